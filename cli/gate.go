package cli

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/policy"
)

const gateUsage = `usage: venv-guard gate [--once]

Judges what programs other than a hook's clients are about to do: executors of
an agent's code, runners of tools. Each line of standard input is a request,
one JSON object, and gets one line of JSON as its answer, in order; the next
request is read when the answer was written.

  {"id": 1, "type": "shell", "command": "pip install requests", "cwd": "/work"}
  {"id": 2, "type": "code", "language": "python", "code": "print('hi')"}
  {"id": 3, "type": "code", "blocks": [{"language": "sh", "code": "…"}, …]}
  {"id": 4, "type": "file.write", "path": "/etc/crontab"}
  {"id": 5, "type": "network", "url": "https://example.org/"}
  {"id": 6, "type": "mcp", "tool": "pip-install", "input": {"package": "x"}}

The answer repeats the id and has verdict (PASS, ALLOW, ASK or BLOCK),
exit_code, reason, rule, remedy and actions. Only PASS and ALLOW let something
run. Policies, the log, limits and approvals hold as in the hook; policies are
read again when they change. A line that is no request is answered with BLOCK.
clients/GATE.md tells of every key, clients/python/venv_guard.py speaks this
for Python, AutoGen's executors among it.

  --once  judge all of standard input as one request, of any number of lines

Exit status: 0 the input has ended, 1 answers cannot be written; with --once
that of check: 0 ALLOW or PASS, 2 BLOCK, 3 ASK; 64 wrong usage.
`

const (
	// maxRequest bounds a request, in bytes, as the hook's input is bounded.
	maxRequest = 16 << 20
	// keptBuffer bounds the memory that is kept from one line to the next.
	keptBuffer = 1 << 20
	// maxLost bounds the requests that are left to themselves because they
	// were not judged in time.
	maxLost = 8
)

// gate answers requests.
func (c *Command) gate(args []string) int {
	fs := flag.NewFlagSet("gate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	once := fs.Bool("once", false, "")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, gateUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("gate", err.Error())
	}
	if fs.NArg() > 0 {
		return c.usage("gate", "takes no arguments; requests come on standard input")
	}
	g := &gate{Command: c, policies: &policy.Cache{}, patience: patience}
	if *once {
		return g.once()
	}
	return g.serve()
}

// A gate is one run of the command.
type gate struct {
	*Command
	policies *policy.Cache
	patience time.Duration // for one request
	lost     int           // requests that were not judged in time
}

// serve answers line by line to the end of the input.
func (g *gate) serve() int {
	in := bufio.NewReaderSize(g.Stdin, 64<<10)
	var out, line []byte
	for {
		var tooLong bool
		var err error
		line, tooLong, err = readLine(in, line[:0], maxRequest)
		if err != nil && len(line) == 0 && !tooLong {
			if err != io.EOF {
				g.errorf("standard input: %v", err)
				return ExitFailure
			}
			return ExitOK
		}
		ans := longLine
		if !tooLong {
			ans = g.judge(string(line))
		}
		out = ans.appendJSON(out[:0])
		if _, err := g.Stdout.Write(out); err != nil {
			g.errorf("standard output: %v", err) // nobody is left to be answered
			return ExitFailure
		}
		if g.lost >= maxLost {
			g.errorf("%d requests were not judged within %v; ending, so that a new gate can begin", g.lost, g.patience)
			return ExitFailure
		}
		if cap(line) > keptBuffer {
			line = nil
		}
		if cap(out) > keptBuffer {
			out = nil
		}
	}
}

// once answers all of the input as one request.
func (g *gate) once() int {
	b, err := io.ReadAll(io.LimitReader(g.Stdin, maxRequest+1))
	var ans *gateAnswer
	switch {
	case err != nil:
		ans = refused("null", fmt.Errorf("standard input: %w", err))
	case len(b) > maxRequest:
		ans = longLine
	default:
		ans = g.judge(string(b))
	}
	if _, err := g.Stdout.Write(ans.appendJSON(nil)); err != nil {
		g.errorf("standard output: %v", err)
		return ExitBlock
	}
	return ans.ExitCode
}

// longLine answers a request whose id nobody has read.
var longLine = refused("null", fmt.Errorf("the request is longer than %d MiB; send less in one request", maxRequest>>20))

// readLine appends a line without its end to buf. Of a line longer than limit
// nothing is kept, but it is read to its end, so that the next is the next
// request.
func readLine(r *bufio.Reader, buf []byte, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if !tooLong {
			buf = append(buf, part...)
		}
		if len(bytes.TrimRight(buf, "\r\n")) > limit {
			buf, tooLong = buf[:0], true
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil && !tooLong {
			buf = bytes.TrimSuffix(bytes.TrimSuffix(buf, []byte("\n")), []byte("\r"))
		}
		return buf, tooLong, err
	}
}

// judge answers one request, whatever goes wrong: with BLOCK where it does. One
// that takes too long is left to itself.
func (g *gate) judge(src string) *gateAnswer {
	begin := time.Now()
	answered := make(chan *gateAnswer, 1)
	policies := g.policies
	go func() {
		var req hook.Request
		defer func() {
			if r := recover(); r != nil {
				answered <- refused(req.ID, fmt.Errorf("internal error: %v; this is a bug in the guard, please report the request", r))
			}
		}()
		var err error
		if req, err = hook.DecodeRequest(src); err != nil {
			answered <- g.refuse(req, err, begin)
			return
		}
		answered <- g.decide(req, policies, begin)
	}()
	timer := time.NewTimer(g.patience)
	defer timer.Stop()
	select {
	case ans := <-answered:
		return ans
	case <-timer.C:
		g.lost++
		g.policies = &policy.Cache{} // it may be at work on this one
		return refused("null", fmt.Errorf("no answer after %v: the disk may not answer", g.patience))
	}
}

// decide judges a request that could be read.
func (g *gate) decide(req hook.Request, policies *policy.Cache, begin time.Time) *gateAnswer {
	call := req.Call
	if call.Dir == "" {
		call.Dir = filepath.ToSlash(g.Dir)
	}
	set, err := policies.Load(g.loader(call.Dir))
	if err != nil {
		return g.refuse(req, brokenPolicy(err), begin)
	}
	ans := &gateAnswer{ID: []byte(req.ID)}
	re := &reply{Command: g.Command, policies: set, begin: begin, say: ans.take}
	if _, held := re.heldByPins(call); held {
		ans.Rule = pinsRule
		return ans
	}
	d := classify.Decider{Packs: set.Packs, Policy: set, List: true}
	w := g.world()
	w.Own, w.Environ = g.Environ, environment(g.Environ, req)
	dec := d.Decide(call, w)
	re.decide(call, &dec)
	ans.explain(req, dec)
	ans.micros = time.Since(begin).Microseconds()
	return ans
}

// refuse blocks a request that could not be judged.
func (g *gate) refuse(req hook.Request, err error, begin time.Time) *gateAnswer {
	ans := &gateAnswer{ID: []byte(req.ID), Rule: refusedRule}
	re := &reply{Command: g.Command, begin: begin, say: ans.take}
	re.refuse(req.Call, err)
	return ans
}

// environment returns the variables that the code of a request will have.
func environment(own []string, req hook.Request) []string {
	if len(req.Set)+len(req.Unset) == 0 {
		return own
	}
	env := slices.DeleteFunc(slices.Clone(own), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(req.Unset, name) ||
			slices.ContainsFunc(req.Set, func(set string) bool { return strings.HasPrefix(set, name+"=") })
	})
	return append(env, req.Set...)
}

// take takes an answer in place of a client. Its exit status is what check
// would end with.
func (a *gateAnswer) take(_ action.Call, ans action.Answer, notes []string) int {
	a.verdict, a.Verdict, a.Reason, a.Ticket, a.Notes = ans.Verdict, ans.Verdict.String(), ans.Reason, ans.Ticket, notes
	a.ExitCode = ExitOK
	switch ans.Verdict {
	case action.Block:
		a.ExitCode = ExitBlock
	case action.Ask:
		a.ExitCode = ExitAsk
	}
	return a.ExitCode
}

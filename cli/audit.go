package cli

import (
	"bufio"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/internal/state"
)

const auditUsage = `usage: venv-guard audit tail [-n N] [-f]
       venv-guard audit show SEQ|ID
       venv-guard audit stats
       venv-guard audit verify [--against FILE] [--key FILE]
       venv-guard audit checkpoint
       venv-guard audit init
       venv-guard audit export [--format jsonl|csv|ocsf]

Works with the log of decisions, audit.jsonl in $XDG_STATE_HOME/venv-guard
(~/.local/state/venv-guard).

  tail        print the last N decisions (10); -f goes on as new ones come
  show        tell all that was recorded of one decision, which is named by its
              number or by the first 8 or more digits of its line's SHA-256;
              nothing is judged again
  stats       count verdicts, rules, tools and agents
  verify      check that every record follows from the one before; --against
              also checks checkpoints (a file with one or more, - for standard
              input, or the checkpoint itself); --key also checks the seals by
              the key in a file (- for standard input)
  checkpoint  print the log's length and last hash as one line, made to be kept
              elsewhere: as the trailer of a commit, in a ticket, on paper
  init        begin to seal the log, and print the key that verifies it. The
              key is shown once and kept nowhere: keep it on another machine
  export      write the whole log; csv and ocsf (Detection Findings of OCSF
              1.6) hold the calls only

What is logged, policy.toml says: audit = "decisions" (BLOCK and ASK; what holds
without it), "all" or "off"; audit_failure = "warn" (without it), or "block" to
block a call that should be logged and cannot be; audit_sync = true to answer
only when the record is on the disk itself. Secrets are replaced by digests
before anything is written; the SHA-256 of the whole input stands beside them, so
that someone who guesses a secret could confirm the guess.

What verify proves:
  alone           that no record was changed, removed, inserted or moved by
                  someone who did not write all later ones anew. Not that the
                  log was not written anew, nor cut off at its end.
  with a          that the log up to the checkpoint is, byte for byte, what it
  checkpoint      was then. Nothing of what came later.
  with the key    that nothing up to the last seal before someone took over the
                  machine was changed, removed or cut off by them, even if they
                  have all that is on it now. A seal is made with the first
                  record that comes 15 minutes or more after the last seal, and
                  when a file is full: records after the last seal are not
                  covered. Old keys are overwritten; that a disk or a backup
                  keeps no copy of them nobody can promise.
  never           that everything that happened was logged, or that what a
                  record says is true: whoever may write the file can add to it.

Exit status: 0 done; 1 the log is not sound, or cannot be read; 64 wrong usage.
`

// audit works with the log of decisions.
func (c *Command) audit(args []string) int {
	if len(args) == 0 {
		return c.usage("audit", "one of tail, show, stats, verify, checkpoint, init and export is wanted")
	}
	fs := flag.NewFlagSet("audit", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var n int
	var follow bool
	var against, key, format string
	verb := args[0]
	switch verb {
	case "tail":
		fs.IntVar(&n, "n", 10, "")
		fs.BoolVar(&follow, "f", false, "")
	case "verify":
		fs.StringVar(&against, "against", "", "")
		fs.StringVar(&key, "key", "", "")
	case "export":
		fs.StringVar(&format, "format", "jsonl", "")
	case "-h", "--help":
		fmt.Fprint(c.Stdout, auditUsage)
		return ExitOK
	}
	operands, err := parseMixed(fs, args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(c.Stdout, auditUsage)
		return ExitOK
	} else if err != nil {
		return c.usage("audit", err.Error())
	}
	dir, err := state.Dir(c.Environ)
	if err != nil {
		c.errorf("audit log: %v", err)
		return ExitFailure
	}
	log := &audit.Log{Dir: dir}
	switch {
	case verb == "tail" && len(operands) == 0 && n >= 0:
		err = c.auditTail(log, n, follow)
	case verb == "show" && len(operands) == 1:
		return c.auditShow(log, operands[0])
	case verb == "stats" && len(operands) == 0:
		err = c.auditStats(log)
	case verb == "verify" && len(operands) == 0:
		return c.auditVerify(log, against, key)
	case verb == "checkpoint" && len(operands) == 0:
		var cp audit.Checkpoint
		if cp, err = log.Checkpoint(); err == nil && cp.Seq == 0 {
			err = errors.New("the audit log holds no record yet")
		} else if err == nil {
			fmt.Fprintln(c.Stdout, cp)
		}
	case verb == "init" && len(operands) == 0:
		err = c.auditInit(log)
	case verb == "export" && len(operands) == 0 && slices.Contains(audit.Formats, format):
		out := bufio.NewWriter(c.Stdout)
		err = errors.Join(log.Export(out, format), out.Flush())
	default:
		return c.usage("audit", "cannot make sense of "+strings.Join(args, " "))
	}
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	return ExitOK
}

func (c *Command) auditTail(log *audit.Log, n int, follow bool) error {
	var last []audit.Record
	err := log.Records(func(r audit.Record) bool {
		if isEvent(&r) && n > 0 {
			if len(last) == n {
				last = last[1:]
			}
			last = append(last, r)
		}
		return true
	})
	if err != nil {
		return err
	}
	for i := range last {
		c.auditLine(&last[i])
	}
	if !follow {
		return nil
	}
	return log.Follow(250*time.Millisecond, func(r audit.Record) bool {
		return !isEvent(&r) || c.auditLine(&r) == nil
	})
}

// isEvent reports whether a record tells of what agents and humans did.
func isEvent(r *audit.Record) bool { return r.Kind == audit.KindCall || r.Kind == audit.KindApproval }

func (c *Command) auditLine(r *audit.Record) error {
	rule := "-"
	if len(r.Rules) > 0 {
		rule = r.Rules[0]
	}
	if r.Kind == audit.KindApproval {
		text := "ticket " + r.Ticket + " " + r.Event + " by " + strings.Join(r.By, ", ")
		_, err := fmt.Fprintf(c.Stdout, "%6d  %s  %-5s  %-24s  %s\n",
			r.Seq, r.Time.Local().Format("2006-01-02 15:04:05"), "-", oneLine(rule, 60), oneLine(text, 120))
		return err
	}
	_, err := fmt.Fprintf(c.Stdout, "%6d  %s  %-5s  %-24s  %s\n",
		r.Seq, r.Time.Local().Format("2006-01-02 15:04:05"), oneLine(r.Verdict, 5), oneLine(rule, 60), oneLine(cmp.Or(r.Command(), r.Reason), 120))
	return err
}

// oneLine makes a text of the log safe for a terminal, and short.
func oneLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
	if r := []rune(s); len(r) > n {
		s = string(r[:n-1]) + "…"
	}
	return s
}

func (c *Command) auditShow(log *audit.Log, name string) int {
	seq, err := strconv.ParseUint(name, 10, 64)
	byHash := len(name) >= 8 && len(name) <= 64 && strings.Trim(name, "0123456789abcdef") == ""
	if err != nil && !byHash {
		return c.usage("audit", fmt.Sprintf("%q is neither the number of a record nor 8 or more digits of its SHA-256", name))
	}
	var found []audit.Record
	err2 := log.Records(func(r audit.Record) bool {
		if err == nil && r.Seq == seq || byHash && strings.HasPrefix(r.Hash, name) {
			found = append(found, r)
		}
		return len(found) < 2
	})
	if err2 != nil {
		c.errorf("%v", err2)
		return ExitFailure
	}
	switch {
	case len(found) == 0:
		c.errorf("the audit log has no record %s", name)
		return ExitFailure
	case len(found) > 1:
		c.errorf("%s is not the name of one record only", name)
		return ExitFailure
	}
	c.printRecord(&found[0])
	return ExitOK
}

// printRecord tells what a record holds.
func (c *Command) printRecord(r *audit.Record) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(c.Stdout, "%-11s %s\n", name, oneLine(value, 2000))
		}
	}
	line("record", strconv.FormatUint(r.Seq, 10)+" "+r.Kind)
	line("id", r.Hash)
	line("time", r.Time.Local().Format(time.RFC3339Nano))
	line("verdict", r.Verdict)
	line("rules", strings.Join(r.Rules, ", "))
	line("place", r.Place)
	line("client", r.Client)
	line("session", r.Session)
	line("agent", r.Agent)
	line("tool", r.Tool)
	line("directory", r.Dir)
	line("policy", r.Policy)
	if r.Micros > 0 {
		line("judged in", fmt.Sprintf("%d µs", r.Micros))
	}
	if r.InputSHA256 != "" {
		line("input", fmt.Sprintf("%d bytes, SHA-256 %s", r.InputBytes, r.InputSHA256))
		for _, l := range strings.Split(r.Input, "\n") {
			fmt.Fprintf(c.Stdout, "            | %s\n", oneLine(l, 2000))
		}
	}
	for i := range r.Invocations {
		inv := &r.Invocations[i]
		line("starts", inv.Verdict+" "+strings.Join(inv.Argv, " "))
		for _, f := range [][2]string{{"by", strings.Join(inv.Via, " > ")}, {"in", inv.File}, {"on", inv.Host}, {"rule", inv.Rule}, {"place", inv.Place}} {
			if f[1] != "" {
				line("", f[0]+" "+f[1])
			}
		}
	}
	if r.More > 0 {
		line("", fmt.Sprintf("and %d more", r.More))
	}
	for i, l := range strings.Split(r.Reason, "\n") {
		line([]string{"reason", ""}[min(i, 1)], l)
	}
	line("remedy", r.Remedy)
	line("ticket", strings.TrimSpace(r.Ticket+" "+r.Event))
	line("by", strings.Join(r.By, ", "))
	line("grant", r.Grant)
	line("message", r.Message)
	line("file", r.File)
	line("put aside", r.Aside)
	if r.SHA256 != "" {
		line("found", fmt.Sprintf("%d bytes, SHA-256 %s", r.Bytes, r.SHA256))
	}
	line("key", r.KeyID)
}

func (c *Command) auditStats(log *audit.Log) error {
	counts := map[string]map[string]int{}
	count := func(what, name string) {
		if counts[what] == nil {
			counts[what] = map[string]int{}
		}
		counts[what][name]++
	}
	calls := 0
	var first, last time.Time
	var micros []int64
	err := log.Records(func(r audit.Record) bool {
		if r.Event != "" {
			count("ticket", r.Event)
		}
		if r.Kind != audit.KindCall {
			return true
		}
		if calls++; calls == 1 {
			first = r.Time
		}
		last = r.Time
		count("verdict", r.Verdict)
		for _, id := range r.Rules {
			count("rule", id)
		}
		count("tool", r.Tool)
		count("client", cmp.Or(r.Client, "unknown"))
		count("agent", cmp.Or(r.Agent, "main"))
		if r.Micros > 0 {
			micros = append(micros, r.Micros)
		}
		return true
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Stdout, "%d calls logged", calls)
	if calls > 0 {
		fmt.Fprintf(c.Stdout, ", from %s to %s", first.Local().Format("2006-01-02 15:04"), last.Local().Format("2006-01-02 15:04"))
	}
	fmt.Fprintln(c.Stdout)
	for _, what := range []string{"verdict", "ticket", "rule", "tool", "client", "agent"} {
		for _, name := range byCount(counts[what]) {
			fmt.Fprintf(c.Stdout, "%-8s %6d  %s\n", what, counts[what][name], oneLine(name, 100))
		}
	}
	if len(micros) > 0 {
		slices.Sort(micros)
		fmt.Fprintf(c.Stdout, "judged in a median of %d µs, 99 %% within %d µs\n", micros[len(micros)/2], micros[len(micros)*99/100])
	}
	return nil
}

// byCount returns the names with the highest counts first.
func byCount(m map[string]int) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
	})
}

func (c *Command) auditVerify(log *audit.Log, against, keyFile string) int {
	var points []audit.Checkpoint
	var key *audit.Key
	if against != "" {
		text := against
		if !strings.Contains(against, ":") || against == "-" {
			b, err := c.slurp(against)
			if err != nil {
				c.errorf("%v", err)
				return ExitFailure
			}
			text = b
		}
		var err error
		if points, err = audit.ParseCheckpoints(text); err != nil {
			c.errorf("%v", err)
			return ExitFailure
		}
	}
	if keyFile != "" {
		text, err := c.slurp(keyFile)
		if err == nil {
			var k audit.Key
			k, err = audit.ParseKey(text)
			key = &k
		}
		if err != nil {
			c.errorf("%v", err)
			return ExitFailure
		}
	}
	v, err := log.Verify(points, key)
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	for _, n := range v.Notes {
		fmt.Fprintf(c.Stdout, "note: %s\n", oneLine(n, 500))
	}
	for _, f := range v.Faults {
		fmt.Fprintf(c.Stdout, "FAIL: %s\n", oneLine(f.String(), 500))
	}
	if v.More > 0 {
		fmt.Fprintf(c.Stdout, "FAIL: and %d more\n", v.More)
	}
	if len(v.Faults) > 0 {
		c.errorf("the audit log in %s is not sound", plain(log.Dir))
		return ExitFailure
	}
	fmt.Fprintf(c.Stdout, "sound: %d records in %d files", v.Records, v.Files)
	if len(points) > 0 {
		fmt.Fprintf(c.Stdout, "; agrees with %d checkpoints", len(points))
	}
	if key != nil {
		fmt.Fprintf(c.Stdout, "; %d seals hold, up to record %d", v.Seals, v.Sealed)
	}
	fmt.Fprintln(c.Stdout)
	return ExitOK
}

// slurp reads a file, or standard input for "-".
func (c *Command) slurp(name string) (string, error) {
	if name == "-" {
		b, err := io.ReadAll(io.LimitReader(c.Stdin, 16<<20))
		return string(b), err
	}
	return c.readText(name)
}

func (c *Command) auditInit(log *audit.Log) error {
	key, err := log.Init()
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout, key)
	fmt.Fprintln(c.Stderr, "venv-guard: the audit log is sealed from now on; this key verifies it (audit verify --key), is shown only now, and belongs on another machine")
	return nil
}

package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/policy"
	"github.com/venv-guard/venv-guard/policy/suggest"
)

// suggestPolicy prints the user's policy with what would have let calls pass.
func (c *Command) suggestPolicy(name string) int {
	text, err := c.readCalls(name)
	if err != nil {
		c.errorf("%v", err)
		return ExitFailure
	}
	red := audit.NewRedactor(os.DevNull, c.Environ) // no directory: its marks need no key
	calls, err := c.suggestCalls(name, text, red)
	if err != nil {
		return c.usage("policy", err.Error())
	}
	user := &policy.Policy{}
	judge := func(call action.Call, adjust func(*policy.Policy) *policy.Policy) (classify.Decision, error) {
		l := c.loader(call.Dir)
		l.Adjust = adjust
		set, err := l.Load()
		if err != nil {
			return classify.Decision{}, err
		}
		return classify.Decider{Packs: set.Packs, Policy: set}.Decide(call, c.world()), nil
	}
	l := c.loader(c.Dir)
	l.Adjust = func(p *policy.Policy) *policy.Policy {
		user = p
		return p
	}
	var s *suggest.Suggestion
	if _, err = l.Load(); err == nil {
		s, err = suggest.Suggest(calls, judge, red.Text)
	}
	if err != nil {
		c.errorf("%v", err)
		c.hintf(checkPolicy)
		return ExitFailure
	}
	if _, err := os.Stat(user.Name); err != nil {
		user.Name = "" // there is none to take the place of
	}
	fmt.Fprint(c.Stdout, s.Format(user))
	return ExitOK
}

// maxCalls bounds the file of calls that is read, in bytes.
const maxCalls = 16 << 20

// readCalls reads a file that the command line names, or standard input for -.
func (c *Command) readCalls(name string) (string, error) {
	r := c.Stdin
	if name != "-" {
		file := name
		if !filepath.IsAbs(file) {
			file = filepath.Join(c.Dir, file)
		}
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, maxCalls+1))
	if err == nil && len(b) > maxCalls {
		err = fmt.Errorf("%s is longer than %d MiB; split it", name, maxCalls>>20)
	}
	return string(b), err
}

// suggestCalls reads one call a line. Where no line says what was approved, all
// of them were.
func (c *Command) suggestCalls(name, text string, red *audit.Redactor) ([]suggest.Call, error) {
	var calls []suggest.Call
	told := false
	scan := bufio.NewScanner(strings.NewReader(text))
	scan.Buffer(nil, maxCalls+1)
	for line := 1; scan.Scan(); line++ {
		b := bytes.TrimSpace(scan.Bytes())
		if len(b) == 0 || bytes.HasPrefix(b, []byte("//")) {
			continue
		}
		var head struct {
			Tool     json.RawMessage `json:"tool_name"`
			Approved *bool           `json:"approved"`
		}
		if err := json.Unmarshal(b, &head); err != nil {
			return nil, fmt.Errorf("%s:%d: %v", name, line, err)
		}
		decode := plainCall
		if head.Tool != nil {
			decode = func(b []byte) (action.Call, error) { return hook.Decode(bytes.NewReader(b)) }
		}
		call, err := decode(b)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %v", name, line, err)
		}
		if call.Dir == "" || !filepath.IsAbs(call.Dir) {
			call.Dir = filepath.ToSlash(filepath.Join(c.Dir, call.Dir))
		}
		told = told || head.Approved != nil
		if !classify.Governed(call) {
			continue
		}
		title := red.Text(call.Command)
		if call.Shell == action.ShellNone {
			title = call.Tool + " " + red.JSON(call.Input)
		}
		calls = append(calls, suggest.Call{Call: call, Text: title, Approved: head.Approved != nil && *head.Approved})
	}
	if !told {
		for i := range calls {
			calls[i].Approved = true
		}
	}
	return calls, scan.Err()
}

// plainCall reads a call of a shell tool in the short form.
func plainCall(b []byte) (action.Call, error) {
	var in struct {
		Command  string `json:"command"`
		Dir      string `json:"dir"`
		Tool     string `json:"tool"`
		Approved bool   `json:"approved"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return action.Call{}, err
	}
	call := action.Call{Tool: in.Tool, Shell: action.ShellPOSIX, Command: in.Command, Dir: in.Dir}
	switch {
	case in.Command == "":
		return call, fmt.Errorf(`a call has a command, or tool_name and tool_input as the hook gets them`)
	case in.Tool == "":
		call.Tool = "Bash"
	case in.Tool == "PowerShell":
		call.Shell = action.ShellPowerShell
	case !slices.Contains([]string{"Bash", "Shell", "Execute", "Monitor"}, in.Tool):
		return call, fmt.Errorf("the tool %s runs no command; give tool_name and tool_input as the hook gets them", in.Tool)
	}
	return call, nil
}

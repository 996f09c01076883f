package hook

import (
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

const (
	maxInput = 16 << 20
	maxDrain = 1 << 30
)

// Decode reads a client's input to the end of r and returns the call that it
// tells of. Events that come before no tool call give a Call with no action in
// it. Errors say what was wrong, where, and what to do.
func Decode(r io.Reader) (action.Call, error) { return DecodeFrom(r, "") }

// DecodeFrom is Decode for input that is said to come from a client, one that
// ParseClient knows. An input that shows another client is believed: clients
// run hooks that were registered for others.
func DecodeFrom(r io.Reader, client string) (action.Call, error) {
	src, err := read(r)
	if err != nil {
		return action.Call{}, err
	}
	in := input{parser: parser{src: src}, named: client}
	v, err := in.parse()
	if err != nil {
		return action.Call{}, err
	}
	in.top = v.members
	call := in.call()
	if in.err != nil {
		return action.Call{}, in.err
	}
	return call, nil
}

func read(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return "", fmt.Errorf("cannot read stdin: %w", err)
	}
	if len(b) > maxInput {
		// A client whose write fails, because nobody reads on, does not
		// wait for the exit status and lets the call run.
		io.Copy(io.Discard, io.LimitReader(r, maxDrain))
		return "", fmt.Errorf("input is longer than %d MiB; make the tool call smaller", maxInput>>20)
	}
	src := string(b)
	if strings.Trim(src, " \t\r\n\ufeff") == "" {
		return "", errors.New("stdin is empty; run this as a client's PreToolUse hook, which gets the tool call there as JSON")
	}
	return src, nil
}

// An input is a client's message.
type input struct {
	parser
	top   map[string]value
	named string // client that it is said to come from; "" if nobody says
	tool  args
	err   error // the first
}

// args are what a tool is called with.
type args struct {
	value
	name   string // what the client calls them, for error texts
	src    string // what the positions of their values count in
	inside bool   // they were a string of JSON
	pos    int    // where they start in the message
}

// call makes the Call of the message. It is worth nothing if in.err is set.
func (in *input) call() action.Call {
	has := func(key string) bool { return in.top[key].kind != missing }
	other := has("agent_action_name") || has("toolName") || has("toolArgs") || has("hookName") || has("preToolUse")
	if other && has("tool_name") {
		in.fail(in.top["tool_name"], "input in the form of two clients: it has tool_name and another client's keys as well; pass on the client's JSON unchanged")
	}
	switch {
	case has("agent_action_name"):
		return in.windsurf()
	case has("hookName"), has("preToolUse"):
		return in.cline()
	case has("toolName"), has("toolArgs"):
		return in.copilot()
	}
	return in.common()
}

// open takes v for what the tool is called with: an object, or its JSON in a
// string.
func (in *input) open(name string, v value) {
	in.tool = args{value: v, name: name, src: in.src, pos: v.pos}
	if v.kind != text || v.text == "" {
		return
	}
	p := parser{src: v.text}
	inner, err := p.parse()
	if err != nil {
		if strings.HasPrefix(strings.TrimLeft(v.text, " \t\r\n"), "{") {
			_, what, _ := strings.Cut(err.Error(), ": ")
			in.fail(v, "%s, a text of JSON: %s", name, what)
		}
		return // another text has no keys
	}
	in.tool = args{value: inner, name: name, src: v.text, inside: true, pos: v.pos}
}

// text returns the tool's input as JSON, or "" if it is no object.
func (a *args) text() string {
	if a.kind != object {
		return ""
	}
	return a.src[a.value.pos:a.value.end]
}

// dir returns the directory that v names, or "" if it names none.
func (in *input) dir(name string, v value) string {
	dir := in.string(name, v)
	if dir != "" && !filepath.IsAbs(dir) && !path.IsAbs(dir) {
		in.fail(v, "%s must be an absolute path, found %.200q", name, dir)
	}
	return dir
}

// optional is string for keys that clients also send as null.
func (in *input) optional(name string, v value) string {
	if v.kind == null {
		return ""
	}
	return in.string(name, v)
}

// string returns the text of v, which must be a string, or "" if v is missing.
func (in *input) string(name string, v value) string {
	if v.kind != text && v.kind != missing {
		in.fail(v, "%s must be a string, found %s", name, v.kind)
	}
	return v.text
}

// words returns the text of v, a string or an array of them.
func (in *input) words(name string, v value) []string {
	switch v.kind {
	case missing, null:
		return nil
	case array:
		var list []string
		for _, e := range v.list {
			list = append(list, in.string(name, e))
		}
		return list
	}
	return []string{in.string(name, v)}
}

// fail notes what is wrong with v, or with the whole input if v is missing.
func (in *input) fail(v value, format string, a ...any) {
	if in.err != nil {
		return
	}
	pos := v.pos
	if in.tool.inside {
		pos = in.tool.pos
	}
	in.err = in.errorf(pos, format, a...)
}

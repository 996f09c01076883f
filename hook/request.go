package hook

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A Request is what a program that is no client of a hook asks before it acts:
// one JSON object. GATE.md tells of it.
type Request struct {
	// ID is the id as it was sent, in JSON: a string or a number; "null" if
	// there is none.
	ID   string
	Call action.Call
	// Set ("NAME=value") and Unset are what differs between the environment
	// that the code will have and the gate's own.
	Set, Unset []string
	// SafeClaw is what was asked, of a request in the form of that gate.
	SafeClaw *SafeClawRequest
}

// A SafeClawRequest is the part of such a request that its answer repeats.
type SafeClawRequest struct {
	ActionType, Target, AgentID string
}

// maxID bounds ids, in bytes: every answer repeats one.
const maxID = 1024

// DecodeRequest reads a request. If it cannot be judged, the ID is returned all
// the same where there is one.
func DecodeRequest(src string) (Request, error) {
	in := input{parser: parser{src: src, name: "request"}}
	v, err := in.parse()
	if err != nil {
		return Request{ID: "null"}, err
	}
	in.top = v.members
	req := Request{ID: "null"}
	in.id(&req)
	in.request(&req)
	in.known("", in.top, requestKeys)
	return req, in.err
}

// requestKeys are all keys of a request, blockKeys those of a block.
var (
	requestKeys = []string{
		"id", "type", "actionType", "target", "cwd", "session", "agent", "agentId", "client", "env",
		"command", "language", "code", "file", "interpreter", "run", "blocks", "path", "content", "url", "tool", "input",
	}
	blockKeys = []string{"language", "code", "file", "interpreter", "run"}
)

// known refuses keys that nothing asks for: one that is misspelt would say
// nothing.
func (in *input) known(at string, members map[string]value, keys []string) {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(keys, key) {
			in.fail(members[key], "unknown key %.100q; known are %s", at+key, strings.Join(keys, ", "))
		}
	}
}

func (in *input) id(req *Request) {
	v := in.top["id"]
	switch {
	case v.kind == missing || v.kind == null:
	case v.kind != text && v.kind != number:
		in.fail(v, "id must be a string or a number, found %s", v.kind)
	case v.end-v.pos > maxID:
		in.fail(v, "id is longer than %d bytes", maxID)
	default:
		req.ID = in.src[v.pos:v.end]
	}
}

func (in *input) request(req *Request) {
	call := &req.Call
	*call = action.Call{
		Session: in.string("session", in.top["session"]),
		Agent:   in.either("agent", "agentId"),
		Client:  in.string("client", in.top["client"]),
		Dir:     in.dir("cwd", in.top["cwd"]),
	}
	in.env(req)
	typ := in.either("type", "actionType")
	if in.top["actionType"].kind != missing {
		req.SafeClaw = &SafeClawRequest{typ, in.string("target", in.top["target"]), call.Agent}
	}
	switch typ {
	case "shell", "shell.exec", "shell_exec":
		in.command(call)
	case "code", "code.exec", "code_exec":
		call.Tool = "Code"
		in.blocks(call)
	case "file.read", "file_read":
		call.Tool = "Read"
		call.Files = []action.FileUse{{Op: action.FileRead, Path: in.place(call)}}
	case "file.write", "file_write":
		call.Tool = "Write"
		call.Files = []action.FileUse{{Op: action.FileWrite, Path: in.place(call), Text: in.string("content", in.top["content"])}}
		call.Input = strings.TrimSuffix(call.Input, "}") + `,"content":` + string(quote(call.Files[0].Text)) + "}" // approved with it
	case "network":
		call.Tool, call.Input = "WebFetch", `{"url":`+string(quote(in.subject("url")))+"}"
	case "mcp", "mcp.call", "mcp_call":
		in.mcpTool(call)
	case "":
		in.fail(in.top["type"], "a request without a type; it is one of shell, code, file.read, file.write, network and mcp")
	default:
		in.fail(in.top["type"], "unknown type %.100q; it is one of shell, code, file.read, file.write, network and mcp", typ)
	}
}

// either returns the text of the one of two keys that is there.
func (in *input) either(key, other string) string {
	if in.top[key].kind != missing && in.top[other].kind != missing {
		in.fail(in.top[other], "%s and %s say the same; give one", key, other)
	}
	return in.string(key, in.top[key]) + in.string(other, in.top[other])
}

// subject returns what a request is about: the text of a key, or of "target".
func (in *input) subject(key string) string {
	s := in.either(key, "target")
	if s == "" && in.err == nil {
		in.fail(value{}, "a request of this type has the key %q, which must not be empty", key)
	}
	return s
}

// place returns the path that a request is about, made absolute.
func (in *input) place(call *action.Call) string {
	name, dir := in.subject("path"), call.Dir
	call.Input = `{"path":` + string(quote(name)) + "}"
	if name == "" || strings.HasPrefix(name, "~") || path.IsAbs(name) || dir == "" {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name // not cleaned: a/.. is . only if a is no link
}

// command reads shell text: of the user's own shell, or of the one that is named,
// which is given it as a block.
func (in *input) command(call *action.Call) {
	call.Tool, call.Command = "Bash", in.subject("command")
	switch lang := strings.ToLower(in.string("language", in.top["language"])); lang {
	case "":
		call.Shell = action.ShellPOSIX
	case "sh", "bash", "shell", "zsh", "dash", "ksh":
		call.Blocks = []action.CodeBlock{{Language: lang, Code: call.Command}}
		call.Input = `{"language":` + string(quote(lang)) + `,"command":` + string(quote(call.Command)) + "}"
		call.Command = ""
	case "powershell", "pwsh", "ps1":
		call.Tool, call.Shell = "PowerShell", action.ShellPowerShell
	default:
		in.fail(in.top["language"], "a command is in sh, bash, zsh, dash, ksh or powershell, not in %.100q; code has the type code", lang)
	}
}

// blocks reads the blocks of a request, or the one that it is itself.
func (in *input) blocks(call *action.Call) {
	list := in.top["blocks"]
	if list.kind == missing {
		m := in.top
		if m["target"].kind != missing {
			m = map[string]value{"code": m["target"], "language": m["language"]}
		}
		b := in.block("", m)
		call.Blocks = []action.CodeBlock{b}
		call.Input = `{"language":` + string(quote(b.Language)) + `,"code":` + string(quote(b.Code)) + "}"
		return
	}
	call.Input = `{"blocks":` + in.src[list.pos:list.end] + "}"
	for _, key := range append([]string{"target"}, blockKeys...) {
		if in.top[key].kind != missing {
			in.fail(in.top[key], "%s stands in each of the blocks, not beside them", key)
		}
	}
	if list.kind != array || len(list.list) == 0 {
		in.fail(list, "blocks must be a list of at least one block, found %s", list.kind)
	}
	for _, v := range list.list {
		if v.kind != object {
			in.fail(v, "a block must be an object with language and code, found %s", v.kind)
		}
		in.known("blocks[].", v.members, blockKeys)
		call.Blocks = append(call.Blocks, in.block("blocks[].", v.members))
	}
}

func (in *input) block(at string, m map[string]value) action.CodeBlock {
	for _, key := range [...]string{"code", "language"} {
		if m[key].kind == missing {
			in.fail(value{}, "code without %q", at+key)
		}
	}
	run := m["run"]
	if run.kind != missing && run.kind != boolean {
		in.fail(run, "%srun must be true or false, found %s", at, run.kind)
	}
	return action.CodeBlock{
		Language:    in.string(at+"language", m["language"]),
		Code:        in.string(at+"code", m["code"]),
		File:        in.string(at+"file", m["file"]),
		Interpreter: in.string(at+"interpreter", m["interpreter"]),
		Saved:       run.kind == boolean && in.src[run.pos:run.end] == "false",
	}
}

// mcpTool reads the call of a tool. A name without its server's is that of any.
func (in *input) mcpTool(call *action.Call) {
	call.Tool, call.Input = in.subject("tool"), "{}"
	if !strings.HasPrefix(call.Tool, "mcp__") {
		call.Tool = "mcp__any__" + call.Tool
	}
	switch v := in.top["input"]; v.kind {
	case missing:
	case object:
		call.Input = in.src[v.pos:v.end]
	default:
		in.fail(v, "input must be an object, found %s", v.kind)
	}
}

// env reads the variables that the code will have, or not have.
func (in *input) env(req *Request) {
	v := in.top["env"]
	if v.kind != missing && v.kind != object {
		in.fail(v, "env must be an object of strings, found %s", v.kind)
	}
	for _, name := range slices.Sorted(maps.Keys(v.members)) {
		val := v.members[name]
		switch {
		case name == "" || strings.ContainsAny(name, "=\x00"):
			in.fail(val, "env: %.100q is no variable's name", name)
		case val.kind == null:
			req.Unset = append(req.Unset, name)
		default:
			req.Set = append(req.Set, name+"="+in.string("env."+name, val))
		}
	}
}

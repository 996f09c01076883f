package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A Canary is a pair of commands that show whether a hook guards.
type Canary struct {
	Blocked  string // one that it must block
	Harmless string // one that it must let through
}

// Live starts every registered command line as the client would, with a tool call
// on standard input, and says whether it blocks what it must and nothing else.
func (h *Host) Live(c *Client, canary Canary) []Finding {
	l := &list{topic: c.Name + " live"}
	files, _ := h.files(c)
	var lines []string
	for _, f := range files {
		if c.whole {
			line, ok := c.guard(string(f.text))
			if c.exec {
				line, _ = commandLine(f.file)
			}
			if ok && line != "" {
				lines = append(lines, line)
			}
			continue
		}
		doc, err := parseJSON(f.file, f.text, c.comments)
		if err != nil {
			continue // Examine says so
		}
		for _, r := range doc.registered() {
			if toolEvent(r.event) && !slices.Contains(lines, r.line) {
				lines = append(lines, r.line)
			}
		}
	}
	for _, line := range lines {
		h.try(c, l, line, canary)
	}
	return l.findings
}

// try feeds both commands to one command line.
func (h *Host) try(c *Client, l *list, line string, canary Canary) {
	const again = "venv-guard install, then venv-guard doctor --live; if that does not help, run the line by hand with venv-guard check's command as JSON on its standard input"
	begin := time.Now()
	status, stderr, err := h.start(c, line, canary.Blocked)
	took := time.Since(begin).Round(time.Millisecond)
	switch {
	case err != nil:
		l.add(Bad, again, "%s: cannot be started: %v", line, err)
		return
	case status != 2:
		l.add(Bad, again, "%s: ended with exit status %d for %q, which lets it run%s", line, status, canary.Blocked, firstLine(stderr))
		return
	case strings.TrimSpace(stderr) == "":
		l.add(Bad, again, "%s: blocked %q without a reason", line, canary.Blocked)
		return
	}
	status, stderr, err = h.start(c, line, canary.Harmless)
	if err != nil || status != 0 {
		l.add(Bad, again, "%s: ended with exit status %d for %q, which is harmless%s", line, status, canary.Harmless, firstLine(stderr))
		return
	}
	l.good("%s: blocked %q with a reason in %v, and let %q pass", line, canary.Blocked, took, canary.Harmless)
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	if text == "" {
		return ""
	}
	return ": " + text
}

// patience is how long a hook may take: what the client is told to wait.
const patience = timeout * time.Second

// start runs a command line as the client does, and returns its exit status.
func (h *Host) start(c *Client, line, command string) (status int, stderr string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	argv, err := h.shell(c, line)
	if err != nil {
		return 0, "", err
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = h.Dir, h.Environ, time.Second
	cmd.Stdin = bytes.NewReader(h.payload(c, command))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return 0, "", fmt.Errorf("no answer within %v", patience)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), errs.String(), nil
	}
	return 0, errs.String(), err
}

// shell is how a client starts a line: Codex by the user's login shell, the
// others by sh (seen in Claude Code, Codex, Gemini CLI and Copilot CLI), on
// Windows by Git's bash or PowerShell.
func (h *Host) shell(c *Client, line string) ([]string, error) {
	if runtime.GOOS == "windows" {
		if bash := h.Look("bash"); bash != "" {
			return []string{bash, "-c", line}, nil
		}
		return []string{"powershell", "-NoProfile", "-Command", line}, nil
	}
	if shell := h.Getenv("SHELL"); c == &codex && filepath.IsAbs(shell) {
		return []string{shell, "-lc", line}, nil
	}
	for _, sh := range []string{h.Look("sh"), "/bin/sh"} {
		if sh != "" {
			return []string{sh, "-c", line}, nil
		}
	}
	return nil, errors.New("there is no sh")
}

// payload is the tool call as the client sends it.
func (h *Host) payload(c *Client, command string) []byte {
	const session = "venv-guard-doctor"
	input := map[string]any{"command": command}
	common := func(event, tool string, more ...any) map[string]any {
		m := map[string]any{"session_id": session, "cwd": h.Dir, "hook_event_name": event, "tool_name": tool, "tool_input": input}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	var v any
	switch c {
	case &codex:
		v = common("PreToolUse", "Bash", "turn_id", "1")
	case &gemini:
		v = common("BeforeTool", "run_shell_command", "timestamp", "2026-01-01T00:00:00Z")
	case &copilot:
		v = map[string]any{"sessionId": session, "timestamp": 0, "cwd": h.Dir, "toolName": "bash", "toolArgs": input}
	case &cursor:
		v = map[string]any{"conversation_id": session, "hook_event_name": "beforeShellExecution", "command": command, "cwd": h.Dir, "cursor_version": "1"}
	case &windsurf:
		v = map[string]any{"agent_action_name": "pre_run_command", "trajectory_id": session, "tool_info": map[string]any{"command_line": command, "cwd": h.Dir}}
	case &cline:
		v = map[string]any{"hookName": "PreToolUse", "taskId": session, "workspaceRoots": []string{h.Dir},
			"preToolUse": map[string]any{"toolName": "execute_command", "parameters": input}}
	case &openCode:
		v = common("tool.execute.before", "bash")
	case &droid:
		v = common("PreToolUse", "Execute")
	case &kiro:
		v = common("preToolUse", "execute_bash")
	default:
		v = common("PreToolUse", "Bash", "transcript_path", filepath.Join(h.Dir, ".claude", session))
	}
	return marshal(v)
}

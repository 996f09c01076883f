package hook

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/venv-guard/venv-guard/action"
)

// A stream counts the writes it gets, and fails them if it is broken.
type stream struct {
	text   strings.Builder
	writes int
	broken bool
}

func (s *stream) Write(b []byte) (int, error) {
	if s.writes++; s.broken {
		return 0, errors.New("broken pipe")
	}
	return s.text.Write(b)
}

func (s *stream) String() string { return s.text.String() }

// The reasons are such that one of the streams could come out wrong.
var reasons = []string{
	"pip install would change the system; use `.venv/bin/pip install x`",
	`{"decision":"approve"}`, `{}`, `[]`, `null`, `true`, `0`, `-1e9`, `"quoted"`, `"`, `\`, `\"`, `}`, `</script><a href='x'>&`,
	"two\nlines\n", "\n{\"continue\":true}", "\r\n\t\x00\x1b[31m\x7f", "\u2028\u2029\ufeff", "é€😀\U0010F7A3", "\xff\xfe{}", "a\xed\xa0\x80z",
	strings.Repeat("long \" ", 1e5),
}

var allClients = append([]string{"", claudeCode}, strings.Split(Clients, ", ")[1:]...)

func TestEncodeGoesOn(t *testing.T) {
	for _, client := range allClients {
		want := map[string]string{cursor: "{}\n", cline: `{"cancel":false}` + "\n"}[client]
		for _, v := range []action.Verdict{action.Pass, action.Allow} {
			var stdout, stderr stream
			status := Encode(&stdout, &stderr, action.Call{Client: client}, action.Answer{Verdict: v, Reason: "r"})
			if status != 0 || stdout.String() != want || stderr.writes != 0 {
				t.Errorf("%s for %q: status %d, stdout %q, stderr %q", v, client, status, &stdout, &stderr)
			}
		}
	}
}

func TestEncodeBlocks(t *testing.T) {
	for _, client := range allClients {
		var stdout, stderr stream
		status := Encode(&stdout, &stderr, action.Call{Client: client}, action.Answer{Verdict: action.Block, Reason: "say <why>"})
		const want = `{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"say <why>"},` +
			`"permissionDecision":"deny","permissionDecisionReason":"say <why>","decision":"block","reason":"say <why>",` +
			`"permission":"deny","user_message":"say <why>","agent_message":"say <why>","cancel":true,"errorMessage":"say <why>"}` + "\n"
		if diff := cmp.Diff(want, stdout.String()); diff != "" {
			t.Errorf("%q: stdout (-want +got)\n%s", client, diff)
		}
		if diff := cmp.Diff("venv-guard: say <why>\n", stderr.String()); diff != "" {
			t.Errorf("%q: stderr (-want +got)\n%s", client, diff)
		}
		if status != 2 || stdout.writes != 1 || stderr.writes != 1 {
			t.Errorf("%q: status %d, %d+%d writes", client, status, stdout.writes, stderr.writes)
		}
	}
}

func TestEncodeAsks(t *testing.T) {
	ask := action.Answer{Verdict: action.Ask, Reason: `"sudo" hides <what> runs`}
	const human = `"sudo" hides <what> runs` + "\n" + askHuman

	var stdout, stderr stream
	status := Encode(&stdout, &stderr, action.Call{Client: "claude-code"}, ask)
	const want = `{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"ask","permissionDecisionReason":"\"sudo\" hides <what> runs"}}` + "\n"
	if status != 0 || stdout.String() != want || stdout.writes != 1 || stderr.writes != 0 {
		t.Errorf("status %d, stdout %q, stderr %q", status, &stdout, &stderr)
	}

	for _, client := range allClients {
		if CanAsk(action.Call{Client: client}) != (client == "claude-code") {
			t.Errorf("CanAsk of %q", client)
		}
		if client == "claude-code" {
			continue
		}
		var stdout, stderr stream
		if status := Encode(&stdout, &stderr, action.Call{Client: client}, ask); status != 2 {
			t.Errorf("%q: status %d", client, status)
		}
		checkBlock(t, human, stdout.String(), stderr.String())
	}
}

func TestEncodeFailsClosed(t *testing.T) {
	for _, v := range []action.Verdict{action.Ask, action.Block, action.Block + 1, 255} {
		stdout, stderr := stream{broken: true}, stream{}
		status := Encode(&stdout, &stderr, action.Call{Client: "claude-code"}, action.Answer{Verdict: v, Reason: "why"})
		if status != 2 || !strings.HasPrefix(stderr.String(), "venv-guard: why\n") {
			t.Errorf("verdict %d, broken stdout: status %d, stderr %q", v, status, &stderr)
		}
		stdout, stderr = stream{broken: true}, stream{broken: true}
		if status := Encode(&stdout, &stderr, action.Call{}, action.Answer{Verdict: v, Reason: "why"}); status != 2 {
			t.Errorf("verdict %d, both broken: status %d", v, status)
		}
	}
}

func TestEncodeReasons(t *testing.T) {
	for _, r := range reasons {
		var stdout, stderr stream
		Encode(&stdout, &stderr, action.Call{}, action.Answer{Verdict: action.Block, Reason: r})
		checkBlock(t, r, stdout.String(), stderr.String())
	}
	for _, r := range []string{"", " ", "\n\t"} {
		var stdout, stderr stream
		Encode(&stdout, &stderr, action.Call{}, action.Answer{Verdict: action.Block, Reason: r})
		checkBlock(t, noReason, stdout.String(), stderr.String())
	}
}

func TestQuote(t *testing.T) {
	got := string(quote("<é>&'\"\\/\n\t\r\x00\x7f\u2028\u2029\xff"))
	if want := `"<é>&'\"\\/\n\t\u000d\u0000\u007f\u2028\u2029` + "\ufffd\""; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// No byte of a command may steer the user's terminal.
func TestStderrIsPlain(t *testing.T) {
	got := string(plain("a\x1b[2J\r\x00\u009b\x7f\xff b\tc\nd €"))
	if want := "venv-guard: a\ufffd[2J\ufffd\ufffd\ufffd\ufffd\ufffd b\tc\nd €\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// checkBlock fails the test unless stdout and stderr are those of a block for
// reason. Clients are served by different members of the object.
func checkBlock(t *testing.T, reason, stdout, stderr string) {
	t.Helper()
	reason = string([]rune(reason)) // valid UTF-8
	want := map[string]any{
		"hookSpecificOutput": map[string]any{
			"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
		},
		"permissionDecision": "deny", "permissionDecisionReason": reason,
		"decision": "block", "reason": reason,
		"permission": "deny", "user_message": reason, "agent_message": reason,
		"cancel": true, "errorMessage": reason,
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("stdout %.300q: %v", stdout, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stdout (-want +got)\n%s", diff)
	}
	if strings.Count(stdout, "\n") != 1 || !strings.HasSuffix(stdout, "}\n") {
		t.Errorf("stdout is not one line: %.300q", stdout)
	}
	if !strings.HasPrefix(stderr, "venv-guard: ") || len(strings.TrimSpace(stderr)) <= len("venv-guard:") {
		t.Errorf("stderr %.300q", stderr)
	}
	for _, part := range []string{stderr, strings.TrimSpace(stderr)} {
		if json.Valid([]byte(part)) {
			t.Errorf("stderr is JSON: %.300q", part)
		}
	}
}

// With a ticket even a client that can ask is told no: not its user alone decides.
func TestEncodeTicket(t *testing.T) {
	var stdout, stderr stream
	ans := action.Answer{Verdict: action.Ask, Reason: "ask for ticket x", Ticket: "x"}
	if status := Encode(&stdout, &stderr, action.Call{Client: "claude-code"}, ans); status != 2 {
		t.Errorf("status %d", status)
	}
	checkBlock(t, ans.Reason, stdout.String(), stderr.String())
}

func FuzzEncode(f *testing.F) {
	for _, r := range reasons[:len(reasons)-1] {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, r string) {
		var stdout, stderr stream
		if status := Encode(&stdout, &stderr, action.Call{}, action.Answer{Verdict: action.Block, Reason: r}); status != 2 {
			t.Fatalf("status %d", status)
		}
		want := r
		if strings.TrimSpace(r) == "" {
			want = noReason
		}
		checkBlock(t, want, stdout.String(), stderr.String())

		stdout, stderr = stream{}, stream{}
		Encode(&stdout, &stderr, action.Call{Client: "claude-code"}, action.Answer{Verdict: action.Ask, Reason: r})
		if !json.Valid([]byte(stdout.String())) || stderr.writes != 0 {
			t.Fatalf("ask: stdout %q, stderr %q", &stdout, &stderr)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	ans := action.Answer{Verdict: action.Block, Reason: reasons[0]}
	b.ReportAllocs()
	for b.Loop() {
		var stdout, stderr strings.Builder
		Encode(&stdout, &stderr, action.Call{}, ans)
	}
}

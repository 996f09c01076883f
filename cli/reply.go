package cli

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/audit"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/internal/state"
	"github.com/venv-guard/venv-guard/policy"
)

// A reply is the one answer to a call: logged, then told to the client.
type reply struct {
	*Command
	policies *policy.Set // nil until they are read
	begin    time.Time
	said     sync.Mutex // held by whoever tells the client; never given back
	// say, if not nil, takes the answer that a hook's client would be told.
	say func(call action.Call, ans action.Answer, notes []string) (exit int)
}

// decide answers with a decision, to which it adds what limits have against it. A
// record that cannot be written makes no verdict milder.
func (re *reply) decide(call action.Call, dec *classify.Decision) int {
	notes := re.limit(call, dec)
	ans := action.Answer{Verdict: dec.Verdict, Reason: dec.Reason()}
	re.brake(call, dec, &ans)
	out, more := re.approve(call, dec, &ans)
	notes = append(notes, more...)
	if re.policies.Audit().Logs(ans.Verdict) || re.wanted(*dec) || out != nil && re.policies.Audit().Log != policy.AuditOff {
		r := record(call, ans)
		r.Micros = time.Since(re.begin).Microseconds()
		r.Remedy, r.Policy = dec.Remedy(), re.policies.Digest()
		describe(r, *dec)
		ticket(r, out)
		notes = append(notes, re.log(r, call, &ans)...)
	}
	re.said.Lock()
	return re.tell(call, ans, notes)
}

// wanted reports whether a rule that matched wants the call to be logged.
func (re *reply) wanted(dec classify.Decision) bool {
	return re.policies.Audit().Log != policy.AuditOff && slices.ContainsFunc(dec.Rulings, func(r policy.Ruling) bool {
		return r.Rule != nil && r.Rule.Audit
	})
}

// refuse blocks a call that could not be judged.
func (re *reply) refuse(call action.Call, err error) int {
	ans := refusal(err)
	var notes []string
	if re.policies.Audit().Logs(ans.Verdict) {
		r := record(call, ans)
		r.Rules = []string{"guard/refused"}
		notes = re.log(r, call, &ans)
	}
	re.said.TryLock() // a panic while the client was told comes here, too
	return re.tell(call, ans, notes)
}

// expire blocks a call that took too long, unless it is being answered. It is not
// logged: it may be the log's disk that does not answer.
func (re *reply) expire(err error) (exit int, told bool) {
	if !re.said.TryLock() {
		return 0, false
	}
	return re.tell(action.Call{}, refusal(err), nil), true
}

func refusal(err error) action.Answer {
	return action.Answer{Verdict: action.Block, Reason: "The tool call could not be judged, so it was blocked: " + err.Error()}
}

func (re *reply) tell(call action.Call, ans action.Answer, notes []string) int {
	if re.say != nil {
		return re.say(call, ans, notes)
	}
	exit := hook.Encode(re.Stdout, re.Stderr, call, ans)
	for _, n := range notes {
		fmt.Fprintf(re.Stderr, "venv-guard: warning: %s\n", plain(n))
	}
	return exit
}

// log writes a record. What the user should know of the log is returned; where
// the policy says so, a failure blocks the call.
func (re *reply) log(r *audit.Record, call action.Call, ans *action.Answer) (notes []string) {
	notes, err := re.write(r, call)
	if err == nil {
		return notes
	}
	if re.policies.Audit().Failure == policy.AuditBlock && ans.Verdict != action.Block {
		*ans = action.Answer{
			Verdict: action.Block,
			Reason:  fmt.Sprintf("The tool call was blocked because it could not be logged, and the policy wants that (audit_failure = \"block\"): %v. Ask the user to mend that.", err),
		}
		return notes
	}
	return append(notes, fmt.Sprintf("this call was not logged: %v", err))
}

func (re *reply) write(r *audit.Record, call action.Call) (notes []string, err error) {
	defer func() { // a bug in the log is no reason to change a verdict
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	dir, err := state.Dir(re.Environ)
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	ignoreFileLimit()
	red := audit.NewRedactor(dir, re.Environ)
	if call.Shell != action.ShellNone {
		r.SetInput(call.Command, false, red)
	} else {
		r.SetInput(call.Input, true, red)
	}
	r.Clean(red)
	log := audit.Log{Dir: dir, Sync: re.policies.Audit().Sync}
	return log.Append(r)
}

// record begins the record of a call.
func record(call action.Call, ans action.Answer) *audit.Record {
	return &audit.Record{
		Client: call.Client, Session: call.Session, Agent: call.Agent, Tool: call.Tool, Dir: call.Dir,
		Verdict: ans.Verdict.String(), Reason: ans.Reason,
	}
}

// describe adds to a record what led to the decision: the invocations, those
// first that are to blame.
func describe(r *audit.Record, dec classify.Decision) {
	rule := func(id string) {
		if id != "" && !slices.Contains(r.Rules, id) {
			r.Rules = append(r.Rules, id)
		}
	}
	for _, p := range dec.Problems {
		rule("guard/" + p.ID)
	}
	if _, f := dec.Worst(); f != nil {
		r.Place = action.Show(f.Place.String())
	}
	for _, blamed := range []bool{true, false} {
		for i := range dec.Steps {
			st := &dec.Steps[i]
			if st.Builtin && len(st.Findings) == 0 || blamed != (st.Verdict == dec.Verdict && len(st.Findings) > 0) {
				continue
			}
			inv := audit.Invocation{Argv: shown(st.Argv), Verdict: st.Verdict.String(), Via: shown(st.Via), File: st.File, Host: st.Host}
			for k := range st.Findings {
				f := &st.Findings[k]
				if f.Verdict == dec.Verdict {
					rule(f.Rule)
				}
				if k == 0 || f.Verdict > st.Findings[0].Verdict && f.Verdict == st.Verdict {
					inv.Rule, inv.Tool, inv.Operation, inv.Place = f.Rule, f.Tool, f.Operation, action.Show(f.Place.String())
				}
			}
			r.Invocations = append(r.Invocations, inv)
		}
	}
}

// shown returns words with their holes as a human reads them.
func shown(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = action.Show(w)
	}
	return out
}

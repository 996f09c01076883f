package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/hook"
	"github.com/venv-guard/venv-guard/policy"
)

// A gateAnswer is the JSON form of an answer. clients/GATE.md documents it; it
// is stable: keys are added, never renamed or removed.
type gateAnswer struct {
	ID       json.RawMessage `json:"id"`
	Verdict  string          `json:"verdict"`
	ExitCode int             `json:"exit_code"`
	Reason   string          `json:"reason"`
	Rule     string          `json:"rule"`
	Remedy   string          `json:"remedy"`
	Ticket   string          `json:"ticket,omitempty"` // of an ASK: ask again once it is approved
	Notes    []string        `json:"notes,omitempty"`  // what the user should know of the log
	Actions  []gateAction    `json:"actions"`
	More     int             `json:"more,omitempty"` // actions that are not told
	*safeClawAnswer

	verdict action.Verdict
	micros  int64
}

// A gateAction is one thing that would be done.
type gateAction struct {
	Type     string `json:"type"`
	Target   string `json:"target"`
	Language string `json:"language,omitempty"`
	Verdict  string `json:"verdict"`
	Rule     string `json:"rule"`
}

// A safeClawAnswer is what the answer to a request in that gate's form has
// besides.
type safeClawAnswer struct {
	ActionType     string `json:"actionType"`
	Target         string `json:"target"`
	AgentID        string `json:"agentId"`
	Decision       string `json:"decision"`
	EvaluationTime string `json:"evaluationTime"`
}

// refusedRule stands for a rule where nothing could be judged.
const refusedRule = "guard/refused"

const (
	maxTold   = 64  // actions of one answer
	maxTarget = 512 // bytes of an action's target
)

// refused is the answer to what could not be judged.
func refused(id string, err error) *gateAnswer {
	a := &gateAnswer{ID: []byte(id), Rule: refusedRule}
	a.take(action.Call{}, refusal(err), nil)
	return a
}

// explain adds what led to the answer.
func (a *gateAnswer) explain(req hook.Request, dec classify.Decision) {
	a.Remedy = dec.Remedy()
	if len(dec.Problems) > 0 {
		a.Rule = "guard/" + dec.Problems[0].ID
	} else {
		a.Rule = decisive(dec)
	}
	if a.verdict > dec.Verdict { // not logged, and that is wanted
		a.Rule = refusedRule
	}
	a.actions(dec)
	if s := req.SafeClaw; s != nil {
		a.safeClawAnswer = &safeClawAnswer{ActionType: s.ActionType, Target: s.Target, AgentID: s.AgentID, Decision: safeClawDecision(a.verdict)}
	}
}

// decisive returns the rule that decided. What is found to be harmless has none,
// unless a policy says so, too.
func decisive(dec classify.Decision) string {
	for i := range dec.Steps {
		for _, f := range dec.Steps[i].Findings {
			if f.Verdict == dec.Verdict && f.Rule != "" {
				return f.Rule
			}
		}
	}
	return ""
}

// actions tells of each action what the rules about it say. That a word may be
// a file's name is told where some rule cares.
func (a *gateAnswer) actions(dec classify.Decision) {
	ruled := make([]*policy.Ruling, len(dec.Actions))
	for i := range dec.Rulings {
		r := &dec.Rulings[i]
		if old := ruled[r.Action]; !r.Simulated && (old == nil || r.Verdict > old.Verdict) {
			ruled[r.Action] = r
		}
	}
	for i := range dec.Actions {
		act := &dec.Actions[i]
		if act.Maybe && ruled[i] == nil {
			continue
		}
		if len(a.Actions) == maxTold {
			a.More++
			continue
		}
		out := gateAction{Type: string(act.Type), Target: shorten(action.Show(act.Target)), Language: act.Language}
		verdict := action.Pass
		for k := range act.Findings {
			if f := &act.Findings[k]; f.Policy == "" && f.Verdict > verdict {
				verdict, out.Rule = f.Verdict, f.Rule
			}
		}
		if r := ruled[i]; r != nil && (r.Verdict > verdict || r.Verdict == verdict && out.Rule == "") {
			verdict, out.Rule = r.Verdict, rulingRule(r)
		}
		out.Verdict = verdict.String()
		a.Actions = append(a.Actions, out)
	}
}

func shorten(s string) string {
	if len(s) > maxTarget {
		return strings.ToValidUTF8(s[:maxTarget], "") + "…"
	}
	return s
}

// appendJSON appends the answer as one line.
func (a *gateAnswer) appendJSON(out []byte) []byte {
	if a.Actions == nil {
		a.Actions = []gateAction{}
	}
	if a.safeClawAnswer != nil {
		a.EvaluationTime = fmt.Sprintf("%.1fms", float64(a.micros)/1000)
	}
	w := bytes.NewBuffer(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(a); err != nil {
		return refused("null", fmt.Errorf("internal error: %w", err)).appendJSON(out)
	}
	return w.Bytes()
}

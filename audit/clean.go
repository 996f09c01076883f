package audit

import "strings"

// Bounds of what a record keeps, in bytes or elements. A record stays well
// below the size that reading the log's end is made for.
const (
	maxInput       = 16 << 10
	maxText        = 4 << 10 // reason, remedy
	maxName        = 512     // names, paths, words
	maxWords       = 64      // of one invocation
	maxInvocations = 24
	maxRules       = 16
	maxArgv        = 16 << 10 // all words together
	// margin is how far secrets are looked for behind what is kept, so that
	// one that stands on the border is seen as a whole.
	margin = 4 << 10
)

const cutMark = "…"

// SetInput tells what the tool was given: shell text, or with asJSON a JSON text.
// It is called before Clean.
func (r *Record) SetInput(text string, asJSON bool, red *Redactor) {
	r.InputBytes, r.InputSHA256 = len(text), hash([]byte(text))
	if asJSON && len(text) <= maxInput+margin {
		r.Input = shorten(red.JSON(text), maxInput)
		return
	}
	if len(text) > maxInput+margin {
		text = text[:maxInput+margin]
	}
	r.Input = shorten(red.Text(text), maxInput)
}

// Clean takes secrets out of everything else that a record tells of a call, and
// shortens it.
func (r *Record) Clean(red *Redactor) {
	if n := len(r.Invocations); n > maxInvocations {
		r.Invocations, r.More = r.Invocations[:maxInvocations], r.More+n-maxInvocations
	}
	left := maxArgv
	for i := range r.Invocations {
		inv := &r.Invocations[i]
		argv := inv.Argv
		if len(argv) > maxWords {
			argv = append(argv[:maxWords:maxWords], cutMark)
		}
		for k, w := range argv { // long before looking for secrets
			if len(w) > maxName+margin {
				argv[k] = w[:maxName+margin]
			}
		}
		argv = red.Words(argv)
		for k, w := range argv {
			if left <= 0 {
				argv = append(argv[:k], cutMark)
				break
			}
			argv[k] = shorten(w, maxName)
			left -= len(argv[k])
		}
		inv.Argv = argv
		for _, p := range []*string{&inv.Rule, &inv.Tool, &inv.Operation, &inv.Place, &inv.File, &inv.Host} {
			*p = shorten(red.Text(*p), maxName)
		}
		if len(inv.Via) > maxRules {
			inv.Via = inv.Via[:maxRules]
		}
		for k, v := range inv.Via {
			inv.Via[k] = shorten(red.Text(v), maxName)
		}
	}
	for _, p := range []*string{&r.Client, &r.Session, &r.Agent, &r.Tool, &r.Place, &r.Dir} {
		*p = shorten(red.Text(shorten(*p, maxName+margin)), maxName)
	}
	for _, p := range []*string{&r.Reason, &r.Remedy} {
		*p = shorten(red.Text(shorten(*p, maxText+margin)), maxText)
	}
	if len(r.By) > maxRules {
		r.By = append(r.By[:maxRules:maxRules], cutMark)
	}
	for i, by := range r.By {
		r.By[i] = shorten(red.Text(by), maxName)
	}
	r.Message = shorten(red.Text(shorten(r.Message, maxText+margin)), maxText)
	if len(r.Rules) > maxRules {
		r.Rules = append(r.Rules[:maxRules:maxRules], cutMark)
	}
}

// shorten cuts a text that is longer than n bytes, and shows that it did. What
// is left of a mark of ours goes with it.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = strings.ToValidUTF8(s[:n], "")
	return s + cutMark
}

package rules

import (
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// A token names the variables that hold the credentials of a registry.
type token struct {
	variables []string // patterns
	hosts     []string // domains that they are meant for
}

// A secretRule says what is to be said where the value of such a variable gets
// to.
type secretRule struct {
	id, title, category string
	since, source       string
	by                  secretUse
	verdict             action.Verdict
	reason, remedy      string
}

// A secretUse is a way in which a value gets to somebody.
type secretUse uint8

const (
	secretOutput  secretUse = iota // printed where the model sees it
	secretListing                  // with all other variables
	secretTrace                    // by set -x
	secretNetwork                  // to a host that is not its registry's
	secretUnknown                  // to a host that is not known
	secretCommand                  // printed by a program whose output is a credential
	secretHistory                  // written into the history of a repository
)

// secretUses are the words for them.
var secretUses = [...]string{"output", "listing", "trace", "network", "unknown-host", "command", "history"}

// SecretUse is what an invocation does with the value of a variable that holds
// a credential.
type SecretUse struct {
	Name   string // of the variable; or the command that prints it
	Listed bool   // it is printed with all others
	Traced bool   // it is printed by the shell, with the command
	Kept   bool   // it gets into the history of a repository
	// Hosts are the addresses that it is sent to, if it is; "" or holed where
	// they are not known.
	Hosts []string
}

// IsSecret reports whether variables of that name hold credentials.
func (p *Packs) IsSecret(name string) bool {
	if !strings.Contains(name, "_") {
		return false
	}
	if _, ok := slices.BinarySearch(p.tokenNames, name); ok {
		return true
	}
	return p.tokenOf(name) != nil
}

func (p *Packs) tokenOf(name string) *token {
	for i := range p.tokens {
		for _, pattern := range p.tokens[i].variables {
			if matchElem(pattern, name) {
				return &p.tokens[i]
			}
		}
	}
	return nil
}

// Secret judges what an invocation does with the value of a variable.
func (p *Packs) Secret(inv *action.Invocation, use SecretUse) []Finding {
	by, host := secretOutput, ""
	switch {
	case use.Kept:
		by = secretHistory
	case !p.IsSecret(use.Name):
		if by = secretCommand; len(use.Hosts) > 0 {
			return nil // there is no telling which host it is for
		}
	case len(use.Hosts) > 0:
		var ok bool
		if by, host, ok = p.destination(use); !ok {
			return nil
		}
	case use.Traced:
		by = secretTrace
	case use.Listed:
		by = secretListing
	}
	j := judgement{p: p, inv: inv}
	fill := strings.NewReplacer("{name}", use.Name, "{host}", action.Show(host))
	for i := range p.secrets {
		l := &p.secrets[i]
		verdict := p.settings.verdict(l.id, l.category, l.verdict)
		if l.by != by || verdict == action.Pass {
			continue
		}
		j.find(Finding{
			Verdict: verdict, Rule: l.id, Tool: baseName(inv.Program()), Operation: opReveal,
			Place: action.Place{Kind: action.PlaceUser}, Reason: fill.Replace(l.reason), Remedy: fill.Replace(l.remedy),
		})
	}
	return j.findings
}

// destination returns the worst of the hosts that a value is sent to. It is not
// ok if all of them are the registry's own, or this machine.
func (p *Packs) destination(use SecretUse) (by secretUse, host string, ok bool) {
	t := p.tokenOf(use.Name)
	for _, addr := range use.Hosts {
		h := addressHost(addr)
		switch {
		case action.Holed(h) || h == "":
			if !ok {
				by, host, ok = secretUnknown, "", true
			}
		case isLocalHost(h):
		case t == nil || !inDomains(h, t.hosts):
			return secretNetwork, h, true
		}
	}
	return by, host, ok
}

// addressHost returns the host of a URL, or of an address as curl and nc take
// it.
func addressHost(addr string) string {
	if !strings.Contains(addr, "://") {
		addr = "//" + addr
		return urlHost("x:" + addr)
	}
	return urlHost(addr)
}

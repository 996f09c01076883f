package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/internal/sshkey"
	"github.com/venv-guard/venv-guard/internal/toml"
)

// A Role is a name with the people behind it.
type Role struct {
	Name string
	// Members are users of the operating system, by name or number, and SSH
	// public keys. There are none if no policy says who has the role.
	Members []string
}

// maxMembers bounds the members of a role: an approval may be held against each.
const maxMembers = 64

// roles reads who has which role.
func (d *decoder) roles(e *toml.Entry) {
	t := d.table(e)
	d.p.Roles = make(map[string][]string, len(t.Entries))
	for i := range t.Entries {
		e := &t.Entries[i]
		members := d.texts(e)
		switch {
		case e.Value.Kind != toml.Array:
		case len(members) == 0:
			d.fail(e.Value.Pos, "the role %s has no members", e.Key)
		case len(members) > maxMembers:
			d.fail(e.Value.Pos, "the role %s has more than %d members", e.Key, maxMembers)
		}
		for k, m := range members {
			pos := e.Value.List[k].Pos
			if text := memberFault(m); text != "" && m != "" {
				d.fail(pos, "%s", text)
			}
			if slices.ContainsFunc(members[:k], func(other string) bool { return sameMember(m, other) }) {
				d.fail(pos, "%.60q stands twice in the role %s", m, e.Key)
			}
		}
		d.p.Roles[e.Key] = members
		d.p.Pos["roles."+e.Key] = e.Pos
	}
}

// memberFault returns what is wrong with a member of a role; "" if nothing is.
func memberFault(m string) string {
	if sshkey.Looks(m) {
		if _, err := sshkey.Parse(m); err != nil {
			return err.Error()
		}
		return ""
	}
	if strings.ContainsFunc(m, func(r rune) bool { return r <= ' ' || r == 0x7f || r == ':' || r == '/' }) {
		return fmt.Sprintf("%.60q is neither the name of a user nor an SSH public key", m)
	}
	return ""
}

// sameMember reports whether two members are one: an SSH key may have another
// comment.
func sameMember(a, b string) bool {
	x, errX := sshkey.Parse(a)
	y, errY := sshkey.Parse(b)
	if errX == nil && errY == nil {
		return x.Same(y)
	}
	return a == b
}

// Role returns who has a role. Of several policies that say so the strongest
// layer's counts, and within one the first.
func (s *Set) Role(name string) Role {
	if s != nil {
		for _, p := range s.Policies {
			if members, ok := p.Roles[name]; ok {
				return Role{name, members}
			}
		}
	}
	return Role{Name: name}
}

// ignoreRoles takes the roles out of a project's policy that is not pinned: who
// may write the project would be who approves.
func (l *Loader) ignoreRoles(p *Policy) {
	if len(p.Roles) == 0 || l.pinned(p) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.Roles)) {
		l.ignore(p, "roles."+name)
	}
	p.Roles = nil
}

// ApprovedBy says who must approve what a rule asks about; "" for any human.
func (r *Rule) ApprovedBy() string {
	who := strings.Join(r.Approvers, " or ")
	if r.Approvals < 2 {
		return who
	}
	people := fmt.Sprintf("%d different people", r.Approvals)
	if who == "" {
		return people
	}
	return people + ", each " + who
}

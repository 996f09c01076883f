package action

// A PlaceKind says what sort of thing a package operation would change.
type PlaceKind uint8

const (
	PlaceNone      PlaceKind = iota // nothing: dry run, help, query
	PlaceVenv                       // an isolated environment (venv, conda prefix)
	PlaceProject                    // the project's own dependency tree
	PlaceDir                        // some other directory, named on the command line
	PlaceUser                       // the user's home, shared by all projects
	PlaceSystem                     // the machine's or a shared toolchain's installation
	PlaceFake                       // something that only looks like an isolated environment
	PlaceContainer                  // a container's file system
	PlaceRemote                     // another machine, or a registry
	PlaceUnknown                    // cannot be told
)

var placeNames = [...]string{"none", "venv", "project", "dir", "user", "system", "fake", "container", "remote", "unknown"}

// String returns the word that rules use for the kind.
func (k PlaceKind) String() string { return placeNames[k] }

// ParsePlaceKind returns the kind that rules call name.
func ParsePlaceKind(name string) (PlaceKind, bool) {
	for i, n := range placeNames {
		if n == name {
			return PlaceKind(i), true
		}
	}
	return PlaceNone, false
}

// A Place is what a package operation would change.
type Place struct {
	Kind PlaceKind
	Path string // root of the environment, directory or prefix; may be holed or empty
	Note string // how it was found, where that is not obvious: "`.venv` has no pip, so …"
}

// String returns the place as kind(path).
func (p Place) String() string {
	if p.Path == "" {
		return p.Kind.String()
	}
	return p.Kind.String() + "(" + Show(p.Path) + ")"
}

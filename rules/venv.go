package rules

import (
	"path"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// create lays the files of a new environment over the view of files, so that
// what follows on the same command line finds them.
func (r *reading) create(c *creates) {
	if c.is != isNothing {
		if p := r.resolve(c.is, "", fromNowhere); p.Kind == action.PlaceVenv {
			r.createAt(c, p.Path)
		}
		return
	}
	dirs := r.list(nil, &c.at)
	if len(dirs) == 0 && c.or != "" {
		dirs = append(dirs, c.or)
	}
	for _, d := range dirs {
		r.createAt(c, r.absolute(d))
	}
}

func (r *reading) createAt(c *creates, dir string) {
	if dir == "" || action.Holed(dir) {
		return
	}
	if c.missing && world.Exists(r.inv.FS, dir) {
		return
	}
	base := "/usr/bin/python3"
	if f := &r.interp; r.inside && f.path != "" && !f.holed {
		base = f.path
	}
	w := func(w world.Write) { w.Path = dir + "/" + w.Path; r.out.Writes = append(r.out.Writes, w) }
	if c.conda {
		w(world.Write{Path: "conda-meta/history", Kind: world.File, Content: "==>\n"})
		w(world.Write{Path: "bin/python", Kind: world.File, Exec: true})
	} else {
		cfg := "home = " + path.Dir(base) + "\ninclude-system-site-packages = false\n"
		if r.t.id == "uv" {
			cfg += "uv = 0\n"
		}
		w(world.Write{Path: "pyvenv.cfg", Kind: world.File, Content: cfg})
		w(world.Write{Path: "bin/python", Kind: world.Link, Target: base})
		w(world.Write{Path: "bin/activate", Kind: world.File, Content: activateText(dir, "bin")})
	}
	names := []string{"pip", "pip3"}
	w(world.Write{Path: "bin/python3", Kind: world.Link, Target: "python"})
	if v := r.versionOf(base); v != "" {
		names = append(names, "pip"+v)
		w(world.Write{Path: "bin/python" + v, Kind: world.Link, Target: "python"})
	}
	hasPip := c.pip && !r.any(c.noPip)
	pip := world.Write{Kind: world.File, Exec: true, Content: "#!" + dir + "/bin/python\nfrom pip._internal.cli.main import main\n"}
	for _, name := range names {
		pip.Path = "bin/" + name
		if hasPip {
			w(pip)
		} else if c.anew && world.Exists(r.inv.FS, dir+"/"+pip.Path) {
			w(world.Write{Path: pip.Path, Kind: world.Missing})
		}
	}
}

// versionOf returns the version that an interpreter is named for, as "3.11":
// an environment holds a python3.11 and a pip3.11 too. A --python of the tool
// that makes the environment decides before the interpreter that it runs in.
func (r *reading) versionOf(interp string) string {
	if v, src := r.value("--python"); src != fromNowhere {
		interp = v
		if f := r.which(v); f.path != "" && !f.holed {
			interp = f.path
		}
	}
	if v := minorVersion(interp); v != "" {
		return v
	}
	real, err := world.Resolve(r.inv.FS, interp, true)
	if err != nil {
		return ""
	}
	return minorVersion(real)
}

// minorVersion returns the 3.11 of a name like python3.11 or 3.11.4, or "".
func minorVersion(name string) string {
	v := strings.TrimLeft(path.Base(name), "abcdefghijklmnopqrstuvwxyz-")
	major, rest, _ := strings.Cut(v, ".")
	n := 0
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	if major == "" || strings.Trim(major, "0123456789") != "" || n == 0 {
		return ""
	}
	return major + "." + rest[:n]
}

// activate says what `conda activate` and its like change in the shell.
func (r *reading) activate(c *command) {
	word := ""
	if len(r.operands) > 0 {
		word = r.operands[0].text
	}
	p := r.resolve(c.activates, word, fromLine)
	switch {
	case r.inv.Host != "":
	case p.Kind == action.PlaceVenv && p.Path != "" && !action.Holed(p.Path):
		if !world.Exists(r.inv.FS, p.Path) {
			// It is somewhere; where does not matter.
			r.createAt(&creates{conda: true, pip: true}, p.Path)
		}
		r.out.Shell.PathFirst = []string{p.Path + "/bin"}
		r.out.Shell.Set = []string{"CONDA_PREFIX=" + p.Path, "CONDA_DEFAULT_ENV=" + path.Base(p.Path)}
	case p.Kind == action.PlaceSystem:
		if p.Path != "" {
			r.out.Shell.PathFirst = []string{p.Path + "/bin"}
			r.out.Shell.Set = []string{"CONDA_PREFIX=" + p.Path, "CONDA_DEFAULT_ENV=base"}
		} else {
			r.out.Shell.PathReset = true
			r.out.Shell.Set = []string{"CONDA_DEFAULT_ENV=base"}
		}
	default:
		r.out.Shell.PathFirst = []string{action.HoleText + "/bin"}
	}
}

// print says what a command writes about an environment: its directory, or
// shell text that activates it. The directory of one that is not where it is
// expected is not known.
func (r *reading) print(k *prints) {
	if !r.all(k.when) || r.inv.Host != "" {
		return
	}
	value, _ := r.get(&k.from)
	p := r.resolve(k.is, value, fromLine)
	switch {
	case p.Path == "" || p.Kind == action.PlaceUnknown:
		r.out.Output = action.HoleText
		return
	case k.is == isCondaEnv && !world.Exists(r.inv.FS, p.Path):
		// It is somewhere; where does not matter.
		r.createAt(&creates{conda: true, pip: true}, p.Path)
	case !world.Exists(r.inv.FS, p.Path):
		p.Path = action.HoleText
	}
	r.out.Output = strings.ReplaceAll(k.text, "{}", p.Path) + "\n"
}

// Script returns the shell text that a file is known to hold by where it
// stands: an activate script beside a pyvenv.cfg that is empty or cannot be
// read.
func (p *Packs) Script(fs world.FS, file string) (text string, ok bool) {
	if path.Base(file) != "activate" {
		return "", false
	}
	bin := path.Dir(file)
	root := path.Dir(bin)
	if !world.IsFile(fs, root+"/pyvenv.cfg") || !world.IsFile(fs, file) {
		return "", false
	}
	if b, err := fs.ReadFile(file, 64); len(b) > 0 && (err == nil || err == world.ErrTooLarge) {
		return "", false
	}
	return activateText(root, path.Base(bin)), true
}

// activateText is CPython's activate script for an environment, without what
// only changes the prompt.
func activateText(dir, bin string) string {
	quoted := "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	return deactivateText + "deactivate nondestructive\n" +
		"VIRTUAL_ENV=" + quoted + "\nexport VIRTUAL_ENV\n" +
		"_OLD_VIRTUAL_PATH=\"$PATH\"\nPATH=\"$VIRTUAL_ENV/" + bin + ":$PATH\"\nexport PATH\n" + pythonhomeText
}

const deactivateText = `deactivate () {
    if [ -n "${_OLD_VIRTUAL_PATH:-}" ] ; then
        PATH="${_OLD_VIRTUAL_PATH:-}"
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    if [ -n "${_OLD_VIRTUAL_PYTHONHOME:-}" ] ; then
        PYTHONHOME="${_OLD_VIRTUAL_PYTHONHOME:-}"
        export PYTHONHOME
        unset _OLD_VIRTUAL_PYTHONHOME
    fi
    unset VIRTUAL_ENV
    if [ ! "${1:-}" = "nondestructive" ] ; then
        unset -f deactivate
    fi
}
`

const pythonhomeText = `if [ -n "${PYTHONHOME:-}" ] ; then
    _OLD_VIRTUAL_PYTHONHOME="${PYTHONHOME:-}"
    unset PYTHONHOME
fi
`

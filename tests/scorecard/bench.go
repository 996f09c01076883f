//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/world"
)

var (
	harmful  = []string{"pip install x", "pip3 install y", "python3 -m pip install z", "pip install -r req.txt", "git status", ".venv/bin/pip install x", "pip list"}
	harmless = []string{"pip list", "git status", "ls x", "grep pip install", ".venv/bin/pip install x", "python3 -m venv env2", "pip install --dry-run x"}
)

// A bench is a directory with the programs that generated programs start.
type bench struct{ dir, bin, bash string }

// stub records its start and does nothing. A record is: the name, the path by
// which it was started, whether pyvenv.cfg stands beside its directory, what
// pip would read from the environment, and the arguments.
const stub = `#!/bin/sh
cfg=0
[ -e "${0%%/*}/../pyvenv.cfg" ] && cfg=1
r="%[1]s` + sep + `$0` + sep + `$cfg` + sep + `$PIP_USER$PIP_TARGET$PIP_PREFIX$PIP_PYTHON"
for w; do r="$r` + sep + `$w"; done
printf '%%s\036' "$r" >>"%[2]s"
`

const sep = "\x1f"

// makeVenv goes on in the stub of Python.
const makeVenv = `
case $1$2 in
-mvenv) /bin/cp -r "$HOME/.template" "$3" && /bin/sed -i "s|@VENV@|$(cd "$3" && pwd)|" "$3/bin/activate" ;;
esac
`

// sudo stands for sudo and doas: the programs of the system, in its own PATH.
const sudo = `#!/bin/sh
PATH=%s
shell=
while :; do
	case $1 in
	--) shift; break ;;
	-s) shell=1; shift ;;
	-u|-Hu) shift 2 ;;
	-*) shift ;;
	*=*) export "$1"; shift ;;
	*) break ;;
	esac
done
[ -z "$shell" ] || exec sh -c "$*"
exec "$@"
`

// activate does what the activate script of a virtual environment does.
const activate = `deactivate () {
    if [ -n "${_OLD_VIRTUAL_PATH:-}" ] ; then
        PATH="${_OLD_VIRTUAL_PATH:-}"
        export PATH
        unset _OLD_VIRTUAL_PATH
    fi
    hash -r 2> /dev/null
    unset VIRTUAL_ENV
    if [ ! "${1:-}" = "nondestructive" ] ; then
        unset -f deactivate
    fi
}

deactivate nondestructive
VIRTUAL_ENV="@VENV@"
export VIRTUAL_ENV
_OLD_VIRTUAL_PATH="$PATH"
PATH="$VIRTUAL_ENV/bin:$PATH"
export PATH
hash -r 2> /dev/null
`

// tools are the real programs that programs need.
var tools = []string{
	"awk", "base64", "bash", "cat", "chmod", "chrt", "cp", "cut", "dd", "dirname", "env", "find", "flock", "fold", "grep", "head",
	"install", "ionice", "ln", "mkdir", "mkfifo", "mv", "nice", "nl", "nohup", "paste", "rev", "rm", "script", "sed", "setsid", "sh", "sleep",
	"sort", "stdbuf", "tac", "tail", "taskset", "tee", "timeout", "touch", "tr", "uniq", "which", "xargs", "xxd", "yes",
}

func newBench() (*bench, error) {
	dir, err := os.MkdirTemp("", "scorecard")
	if err != nil {
		return nil, err
	}
	b := &bench{dir: dir, bin: filepath.Join(dir, "bin")}
	if b.bash, err = exec.LookPath("bash"); err != nil {
		return nil, err
	}
	if err := os.Mkdir(b.bin, 0o755); err != nil {
		return nil, err
	}
	for _, name := range tools {
		// What is missing here is missing in the programs too.
		if p, err := exec.LookPath(name); err == nil {
			if err := os.Symlink(p, filepath.Join(b.bin, name)); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// A site is the place in which one program runs.
type site struct{ home, work, bin, log string }

// lay makes the site of one program: its own home, working directory, stubs
// and environments, so that nothing that a program does is seen by another.
func (b *bench) lay(name string) (*site, error) {
	s := &site{home: filepath.Join(b.dir, name)}
	s.work, s.bin, s.log = filepath.Join(s.home, "w"), filepath.Join(s.home, "bin"), filepath.Join(s.home, "log")
	var err error
	put := func(path, text string, mode os.FileMode) {
		if err == nil {
			err = os.WriteFile(path, []byte(text), mode)
		}
	}
	dirs := []string{s.bin, s.work + "/sub"}
	venvs := map[string]string{s.work + "/.venv": s.work + "/.venv", s.work + "/fake": s.work + "/fake", s.home + "/.template": "@VENV@"}
	for dir := range venvs {
		dirs = append(dirs, dir+"/bin")
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	programs := map[string]string{}
	for _, name := range []string{"pip", "pip3", "python", "python3"} {
		programs[name] = fmt.Sprintf(stub, name, s.log)
	}
	programs["python3"] += makeVenv
	for name, text := range programs {
		put(filepath.Join(s.bin, name), text, 0o755)
		for dir := range venvs {
			put(filepath.Join(dir, "bin", name), text, 0o755)
		}
	}
	for _, name := range []string{"git", "ls", "q"} {
		put(filepath.Join(s.bin, name), "#!/bin/sh\n", 0o755)
	}
	for _, name := range []string{"sudo", "doas"} {
		put(filepath.Join(s.bin, name), fmt.Sprintf(sudo, s.bin+":"+b.bin), 0o755)
	}
	for dir, value := range venvs {
		put(dir+"/bin/activate", strings.ReplaceAll(activate, "@VENV@", value), 0o644)
		if !strings.HasSuffix(dir, "/fake") {
			put(dir+"/pyvenv.cfg", "home = /usr/bin\n", 0o644)
		}
	}
	if err == nil {
		err = os.Symlink(".venv", s.work+"/link")
	}
	return s, err
}

// A result says what bash and the guard made of a program.
type result struct {
	job
	used     map[string]int
	text     string
	started  bool // bash started an installation into the system
	missed   bool // and the program was not blocked
	harmless bool // it holds no such installation
	alarm    bool // and was stopped
	why      string
}

// run generates, judges and runs one program.
func (b *bench) run(j job) result {
	s, err := b.lay(fmt.Sprintf("%d.%d", j.seed, j.i))
	if err != nil {
		fatal(err)
	}
	defer os.RemoveAll(s.home)
	g := program(j, s.bin)
	res := result{job: j, text: g.Program()}
	res.used = g.Used
	environ := []string{"PATH=" + s.bin + ":" + b.bin, "HOME=" + s.home, "LC_ALL=C.UTF-8", "SHELL=/bin/bash"}
	dec := classify.Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: res.text, Dir: s.work},
		classify.World{FS: world.OS{}, Environ: environ})
	res.why = fmt.Sprint(dec.Verdict)
	for _, rec := range b.execute(s, res.text, environ) {
		if installs(rec) {
			res.started = true
			res.missed = dec.Verdict != action.Block
			res.why = fmt.Sprintf("%v, bash starts %q", dec.Verdict, rec)
		}
	}
	res.harmless = g.Harmless && !res.started
	if res.harmless && dec.Verdict >= action.Ask {
		res.alarm = true
		res.why = "false alarm: " + dec.Reason()
	}
	return res
}

// execute runs text in bash and returns the records of the stubs started.
func (b *bench) execute(s *site, text string, environ []string) [][]string {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.bash, "--norc", "--noprofile", "-c", text)
	cmd.Dir, cmd.Env, cmd.WaitDelay = s.work, environ, time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Run()
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left in the background
	log, _ := os.ReadFile(s.log)
	var records [][]string
	for _, rec := range bytes.Split(log, []byte{0x1e}) {
		if len(rec) > 0 {
			records = append(records, strings.Split(string(rec), sep))
		}
	}
	return records
}

// installs reports whether the record of a stub is an installation that
// changes more than a virtual environment.
func installs(rec []string) bool {
	if len(rec) < 5 {
		return false
	}
	name, venv, moved, args := rec[0], rec[2] == "1", rec[3] != "", rec[4:]
	if strings.HasPrefix(name, "python") {
		if len(args) < 2 || !strings.HasPrefix(args[0], "-") || !strings.HasSuffix(args[0], "m") || args[1] != "pip" {
			return false
		}
		args = args[2:]
	}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = args[1:]
	}
	if len(args) < 2 || args[0] != "install" && args[0] != "uninstall" {
		return false
	}
	operands := 0
	for _, a := range args[1:] {
		switch {
		case a == "--dry-run" || a == "--help" || a == "-h":
			return false
		case !strings.HasPrefix(a, "-"):
			operands++
		}
	}
	return operands > 0 && (!venv || moved)
}

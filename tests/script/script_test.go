// Package script runs the command line of venv-guard as its users meet it:
// each testdata/*.txtar is a script with the files it needs. Beside the
// commands of testscript there are:
//
//	status N prog args…   run prog; it must end with exit status N
//	payload file command  write to file what a client sends before it runs
//	                      command in the script's directory
//	silent                the last program wrote nothing at all
//	ticket NAME           set NAME to the id of the last ticket that waits
//	terminal LINE prog…   (a program) run prog at a terminal that types LINE when
//	                      it is asked to type yes
//
// and the conditions [ensurepip]: python3 can make environments with pip;
// [terminal]: there is the program terminal; [keygen]: there is ssh-keygen.
package script

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/venv-guard/venv-guard/cli"
	"github.com/venv-guard/venv-guard/tests/fixture"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"venv-guard": func() { // as main.go does
			cmd := cli.Command{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ()}
			cmd.Dir, _ = os.Getwd()
			os.Exit(cmd.Main(os.Args[1:]))
		},
		"terminal": runTerminal,
	})
}

func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			home := env.WorkDir + "/home"
			env.Setenv("HOME", home)
			return os.MkdirAll(home, 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"status":  status,
			"payload": payload,
			"silent":  silent,
			"ticket":  ticket,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "ensurepip":
				return exec.Command("python3", "-m", "ensurepip", "--version").Run() == nil, nil
			case "terminal":
				return hasTerminal, nil
			case "keygen":
				_, err := exec.LookPath("ssh-keygen")
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition")
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N prog args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func payload(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: payload file command")
	}
	text := fixture.Payload(ts.MkAbs("."), args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

func ticket(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ticket NAME")
	}
	ts.Check(ts.Exec("venv-guard", "approvals", "list"))
	id := ""
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		if f := strings.Fields(line); len(f) > 1 && f[1] == "waiting" {
			id = f[0]
		}
	}
	if id == "" {
		ts.Fatalf("no ticket waits")
	}
	ts.Setenv(args[0], id)
}

func silent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: silent")
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if text := ts.ReadFile(stream); text != "" {
			ts.Fatalf("%s is not empty: %s", stream, text)
		}
	}
}

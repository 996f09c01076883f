// Package script runs the command line of venv-guard as its users meet it:
// each testdata/*.txtar is a script with the files it needs. Beside the
// commands of testscript there are:
//
//	status N prog args…   run prog; it must end with exit status N
//	payload file command  write to file what a client sends before it runs
//	                      command in the script's directory
//	silent                the last program wrote nothing at all
//
// and the condition [ensurepip]: python3 can make environments with pip.
package script

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
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
		},
		Condition: func(cond string) (bool, error) {
			if cond != "ensurepip" {
				return false, fmt.Errorf("unknown condition")
			}
			return exec.Command("python3", "-m", "ensurepip", "--version").Run() == nil, nil
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

// Command scorecard measures the guard against bash itself: it generates shell
// programs, lets the real bash run them among stubs that only record how they
// were started, and compares that with the guard's verdicts.
//
//	go run ./tests/scorecard [-n 2000] [-seed 1] [-v]
//
// Half of the programs hold commands that install into the system's Python:
// wherever bash starts one of these, the guard must have blocked the program
// ("missed" counts the others). The other half holds none, on no path: of
// these the guard may block none ("false alarms").
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/tests/generate"
	"github.com/venv-guard/venv-guard/world"
)

var (
	unsafe = []string{"pip install x", "pip3 install y", "python3 -m pip install z", "pip install -r req.txt", "git status", ".venv/bin/pip install x", "pip list"}
	safe   = []string{"pip list", "git status", "ls x", "grep pip install", ".venv/bin/pip install x", "python3 -m venv env2", "pip install --dry-run x"}
)

type tally struct{ programs, missed, unsafe, harmless, alarms int }

type result struct {
	used   map[string]int
	unsafe bool // the program may hold unsafe commands
	missed bool // bash started one, and it was not blocked
	began  bool // bash started one
	alarm  bool
	text   string
	why    string
}

func main() {
	n := flag.Int("n", 2000, "programs")
	seed := flag.Uint64("seed", 1, "seed")
	verbose := flag.Bool("v", false, "print what was missed and what was blocked for nothing")
	workers := flag.Int("j", 2, "programs at a time")
	flag.Parse()
	dir, err := os.MkdirTemp("", "scorecard")
	if err == nil {
		err = stubs(filepath.Join(dir, "bin"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scorecard:", err)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)

	jobs, results := make(chan int), make(chan result)
	var wg sync.WaitGroup
	for range *workers {
		wg.Go(func() {
			for i := range jobs {
				r := rand.New(rand.NewPCG(*seed, uint64(i)))
				results <- run(dir, i, r)
			}
		})
	}
	go func() {
		for i := range *n {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
		close(results)
	}()
	total, per := tally{}, map[string]*tally{}
	for r := range results {
		add(&total, r)
		for name := range r.used {
			if per[name] == nil {
				per[name] = &tally{}
			}
			add(per[name], r)
		}
		if *verbose && (r.missed || r.alarm) {
			fmt.Printf("--- %s\n%s\n", r.why, r.text)
		}
	}
	names := make([]string, 0, len(per))
	for name := range per {
		names = append(names, name)
	}
	sort.Strings(names)
	fmt.Printf("%-24s %9s %8s %8s %9s %8s\n", "construct", "programs", "started", "missed", "harmless", "alarms")
	for _, name := range append(names, "all") {
		t := per[name]
		if name == "all" {
			t = &total
		}
		fmt.Printf("%-24s %9d %8d %8d %9d %8d\n", name, t.programs, t.unsafe, t.missed, t.harmless, t.alarms)
	}
	if total.missed > 0 {
		os.Exit(1)
	}
}

func add(t *tally, r result) {
	count := func(n *int, b bool) {
		if b {
			*n++
		}
	}
	t.programs++
	count(&t.unsafe, r.began)
	count(&t.missed, r.missed)
	count(&t.harmless, !r.unsafe)
	count(&t.alarms, r.alarm)
}

// stubs fills a directory with programs that record their start and do
// nothing, and with the few real tools that programs need.
func stubs(bin string) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	const stub = "#!/bin/sh\nr=${0##*/}\nfor w; do r=\"$r\x1f$w\"; done\nprintf '%s\\036' \"$r\" >>\"$LOG\"\n"
	for _, name := range []string{"pip", "pip3", "python3", "git", "ls", "grep", "q"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(stub), 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"cat", "tee", "xargs", "env", "bash", "sh", "chmod", "sleep", "rm"} {
		p, err := exec.LookPath(name)
		if err != nil {
			return err
		}
		if err := os.Symlink(p, filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return nil
}

// run generates, judges and runs one program.
func run(dir string, i int, r *rand.Rand) result {
	g := &generate.Generator{Source: r, Commands: safe}
	res := result{unsafe: i%2 == 0}
	if res.unsafe {
		g.Commands = unsafe
	}
	res.text = g.Program()
	res.used = g.Used

	home := filepath.Join(dir, fmt.Sprintf("home%d", i))
	work := filepath.Join(home, "w")
	defer os.RemoveAll(home)
	os.MkdirAll(filepath.Join(work, "sub"), 0o755)
	os.MkdirAll(filepath.Join(work, ".venv", "bin"), 0o755)
	os.WriteFile(filepath.Join(work, ".venv", "pyvenv.cfg"), []byte("home = /usr/bin\n"), 0o644)
	os.WriteFile(filepath.Join(work, ".venv", "bin", "pip"), []byte("#!/bin/sh\n"), 0o755)
	environ := []string{"PATH=" + filepath.Join(dir, "bin"), "HOME=" + home, "LC_ALL=C.UTF-8", "SHELL=/bin/bash"}

	dec := classify.Decide(action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: res.text, Dir: work},
		classify.World{FS: world.OS{}, Environ: environ})
	if !res.unsafe {
		res.alarm = dec.Verdict >= action.Ask
		res.why = "false alarm: " + dec.Reason()
		return res
	}
	log := filepath.Join(home, "log")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "--norc", "--noprofile", "-c", "ulimit -t 2 -u 2000 2>/dev/null; eval \"$1\"", "bash", res.text)
	cmd.Dir, cmd.Env, cmd.WaitDelay = work, append(environ, "LOG="+log), time.Second
	cmd.Run()
	b, _ := os.ReadFile(log)
	for _, rec := range bytes.Split(b, []byte{0x1e}) {
		argv := strings.Split(string(rec), "\x1f")
		if installs(argv) {
			res.began = true
			if dec.Verdict != action.Block {
				res.missed = true
				res.why = fmt.Sprintf("missed (%v): bash starts %q", dec.Verdict, argv)
			}
		}
	}
	return res
}

// installs reports whether a stub was started to install.
func installs(argv []string) bool {
	switch {
	case len(argv) > 2 && (argv[0] == "pip" || argv[0] == "pip3"):
		return argv[1] == "install"
	case len(argv) > 4 && argv[0] == "python3":
		return argv[1] == "-m" && argv[2] == "pip" && argv[3] == "install"
	}
	return false
}

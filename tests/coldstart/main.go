//go:build unix

// Command coldstart measures what one call of the guard costs: the whole
// process, from start to exit, beside an empty static Go program, which is the
// floor, and bash.
//
//	go run ./tests/coldstart [-n 300]
//
// The programs are started in turn, each round in another order, since a
// machine's speed drifts: compare the ratios within one run, not times of
// different runs. It asserts nothing.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("coldstart: ")
	n := flag.Int("n", 300, "starts of each program")
	flag.Parse()
	if *n < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(64)
	}
	tmp, err := os.MkdirTemp("", "coldstart")
	if err != nil {
		log.Fatal(err)
	}
	err = run(tmp, *n)
	os.RemoveAll(tmp)
	if err != nil {
		log.Fatal(err)
	}
}

// rule allows what limit bounds, out of reach of the runs.
const (
	rule  = "[[rule]]\nid = \"fetch\"\naction = \"shell.exec\"\nmatch = { command = \"git fetch\" }\nverdict = \"allow\"\n"
	limit = "limit = { window = \"hour\", max = 1000, scope = \"session\", count = \"allowed\" }"
)

// A program is one of those compared. The first of them is the floor.
type program struct {
	name  string
	argv  []string
	stdin string // a file
	env   []string
	wall  []time.Duration
	cpu   time.Duration // user and system, of all starts
}

func run(tmp string, n int) error {
	site, err := fixture.NewSite(tmp)
	if err != nil {
		return err
	}
	if err := site.PutVenv(".venv"); err != nil {
		return err
	}
	empty, guard := filepath.Join(tmp, "empty"), filepath.Join(tmp, "venv-guard")
	source := filepath.Join(tmp, "empty.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return err
	}
	if err := build(empty, source); err != nil {
		return err
	}
	if err := build(guard, "github.com/venv-guard/venv-guard"); err != nil {
		return err
	}

	programs := []*program{{name: "empty Go program", argv: []string{empty}, stdin: os.DevNull}}
	if bash, err := exec.LookPath("bash"); err == nil {
		programs = append(programs, &program{name: "bash -c :", argv: []string{bash, "-c", ":"}, stdin: os.DevNull})
	}
	// What is blocked is logged. The rows with a setting differ in nothing but
	// whether the call is, or is counted.
	for i, row := range []struct{ command, note, policy string }{
		{"git status", "", ""}, {".venv/bin/pip install x", "", ""}, {"pip install x", "", ""},
		{"git status", "audit=off", "audit = \"off\""}, {"git status", "audit=all", "audit = \"all\""},
		{"pip install x", "audit=off", "audit = \"off\""}, {"pip install x", "audit=all", "audit = \"all\""},
		{"pip install x", "audit_sync", "audit_sync = true"}, {"pip install x", "denied_retries=0", "denied_retries = 0"},
		{"git fetch", "a rule", rule}, {"git fetch", "a rule with a limit", rule + limit},
	} {
		stdin := filepath.Join(tmp, fmt.Sprint("call", i))
		if err := os.WriteFile(stdin, []byte(fixture.Payload(site.Dir, row.command)), 0o644); err != nil {
			return err
		}
		p := &program{name: "guard: " + row.command, argv: []string{guard, "hook"}, stdin: stdin}
		if row.policy != "" {
			p.name += ", " + row.note
			config := fmt.Sprint("config", i)
			if err := site.Put("~/"+config+"/venv-guard/policy.toml", row.policy+"\n"); err != nil {
				return err
			}
			p.env = []string{"XDG_CONFIG_HOME=" + filepath.Join(site.Home, config)}
		}
		programs = append(programs, p)
	}

	const warm = 5
	for round := -warm; round < n; round++ {
		for i := range programs {
			p := programs[(i+round+warm)%len(programs)]
			if err := p.start(site, round >= 0); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	report(programs)
	return nil
}

func build(out, source string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", source, err, text)
	}
	return nil
}

// start runs the program once. os/exec would add pipes and goroutines to what
// is measured; here everything is prepared before the clock starts.
func (p *program) start(site *fixture.Site, count bool) error {
	stdin, err := os.Open(p.stdin)
	if err != nil {
		return err
	}
	defer stdin.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{
		Dir:   site.Dir,
		Env:   append(slices.Concat(site.Environ, p.env), "LANG=C.UTF-8"),
		Files: []uintptr{stdin.Fd(), null.Fd(), null.Fd()},
	}
	var status syscall.WaitStatus
	var usage syscall.Rusage
	begin := time.Now()
	pid, err := syscall.ForkExec(p.argv[0], p.argv, attr)
	if err != nil {
		return err
	}
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &usage); err != syscall.EINTR {
			break
		}
	}
	wall := time.Since(begin)
	if err != nil {
		return err
	}
	if !status.Exited() || status.ExitStatus() != 0 && status.ExitStatus() != 2 {
		return fmt.Errorf("ended with %v", status)
	}
	if count {
		p.wall = append(p.wall, wall)
		p.cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	return nil
}

func report(programs []*program) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	at := func(p *program, part int) float64 { return ms(p.wall[len(p.wall)*part/100]) }
	for _, p := range programs {
		slices.Sort(p.wall)
	}
	floor := programs[0]
	head := fmt.Sprintf("%-38s %8s %8s %9s %9s %9s", "ms", "p10", "median", "user+sys", "ratio p10", "ratio med")
	fmt.Println(head)
	fmt.Println(strings.Repeat("-", len(head)))
	for _, p := range programs {
		fmt.Printf("%-38s %8.2f %8.2f %9.2f %9.2f %9.2f\n", p.name,
			at(p, 10), at(p, 50), ms(p.cpu)/float64(len(p.wall)), at(p, 10)/at(floor, 10), at(p, 50)/at(floor, 50))
	}
	fmt.Printf("%d starts each\n", len(floor.wall))
}

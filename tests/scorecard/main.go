//go:build unix

// Command scorecard measures the guard against bash itself: it generates shell
// programs, lets the real bash run them among stubs that only record how they
// were started, and compares that with the guard's verdicts.
//
//	go run ./tests/scorecard [-n 2000] [-seeds 1,2,3] [-v]
//
// Half of the programs are made of commands some of which install into the
// system's Python: wherever bash starts such an installation, the guard must
// have blocked the program ("missed" counts the others). The other half holds
// none on any path, though many mention one: of those the guard may stop none
// ("alarms").
//
// The table is Markdown, by family of constructs; -constructs adds a line for
// each construct. A program counts for everything that it holds. The exit
// status is 1 if a program was missed.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/venv-guard/venv-guard/tests/generate"
)

// A job is a program by its number in the sequence of a seed.
type job struct {
	seed uint64
	i    int
}

func main() {
	n := flag.Int("n", 2000, "programs of each seed")
	seed := flag.Uint64("seed", 1, "seed")
	list := flag.String("seeds", "", "seeds, separated by commas, instead of one")
	only := flag.Int("i", -1, "run only this program of the seed, and show it")
	verbose := flag.Bool("v", false, "show each program that was missed or stopped for nothing")
	constructs := flag.Bool("constructs", false, "a line for each construct")
	workers := flag.Int("j", runtime.NumCPU(), "programs at a time")
	flag.Parse()
	seeds := []uint64{*seed}
	if *list != "" {
		seeds = nil
		for _, s := range strings.Split(*list, ",") {
			u, err := strconv.ParseUint(strings.TrimSpace(s), 10, 64)
			if err != nil {
				fatal(err)
			}
			seeds = append(seeds, u)
		}
	}
	isolate()
	bench, err := newBench()
	if err != nil {
		fatal(err)
	}
	defer os.RemoveAll(bench.dir)

	var jobs []job
	for _, s := range seeds {
		for i := range *n {
			if *only < 0 || *only == i {
				jobs = append(jobs, job{s, i})
			}
		}
	}
	t := newTable()
	for r := range runAll(bench, jobs, *workers) {
		t.add(r)
		if *verbose && (r.missed || r.alarm) || *only >= 0 {
			fmt.Printf("--- -seed %d -i %d: %s\n%s\n", r.seed, r.i, r.why, r.text)
		}
	}
	t.print(os.Stdout, *constructs)
	if t.total.missed > 0 {
		os.RemoveAll(bench.dir)
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "scorecard:", err)
	os.Exit(2)
}

// runAll runs jobs, some at a time, and yields their results in any order.
func runAll(b *bench, jobs []job, workers int) <-chan result {
	queue, results := make(chan job), make(chan result)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for j := range queue {
				results <- b.run(j)
			}
		})
	}
	go func() {
		for _, j := range jobs {
			queue <- j
		}
		close(queue)
		wg.Wait()
		close(results)
	}()
	return results
}

// program writes the program of a job: every other one is harmless, and some
// are small, so that what is found is easy to read.
func program(j job, bin string) *generate.Generator {
	g := &generate.Generator{
		Source:   rand.New(rand.NewPCG(j.seed, uint64(j.i))),
		Commands: harmful,
		Harmless: j.i%2 == 1,
		Bin:      bin,
		Depth:    1 + j.i/2%3,
	}
	if g.Harmless {
		g.Commands = harmless
	}
	return g
}

// isolate starts the scorecard again, once, where programs have no network,
// few resources, and end with it, if the system allows that.
func isolate() {
	const mark = "SCORECARD_ISOLATED"
	if os.Getenv(mark) != "" {
		return
	}
	args := []string{"unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "--kill-child"}
	if exec.Command(args[0], append(args[1:], "true")...).Run() != nil {
		return // not Linux, or not allowed
	}
	const limits = `ulimit -f 40000; ulimit -c 0; exec "$@"`
	cmd := exec.Command("sh", append(append([]string{"-c", limits, "sh"}, args...), os.Args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), mark+"=1")
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fatal(err)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

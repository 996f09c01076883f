//go:build unix

package main

import (
	"os"
	"testing"

	"github.com/venv-guard/venv-guard/tests/generate"
)

// notYet are the families and constructs that are not understood well enough.
var notYet = []string{"filters", "descriptors", "script, edited", "environment broken"}

// Whatever installs into the system must be blocked, and little else.
func TestScore(t *testing.T) {
	b, err := newBench()
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(b.dir)
	var jobs []job
	for i := range 600 {
		jobs = append(jobs, job{20261121, i})
	}
	harmless, alarms := 0, 0
	for r := range runAll(b, jobs, 2) {
		if r.missed && !holds(r, notYet) {
			t.Errorf("-seed %d -i %d: %s\n%s", r.seed, r.i, r.why, r.text)
		}
		if r.harmless && !holds(r, notYet) {
			harmless++
		}
		if r.alarm && !holds(r, notYet) {
			alarms++
			t.Logf("-seed %d -i %d: %s\n%s", r.seed, r.i, r.why, r.text)
		}
	}
	if alarms*50 > harmless {
		t.Errorf("%d of %d harmless programs are stopped", alarms, harmless)
	}
}

func holds(r result, families []string) bool {
	for name := range r.used {
		for _, f := range families {
			if generate.Family(name) == f || name == f {
				return true
			}
		}
	}
	return false
}

//go:build unix

package main

import (
	"os"
	"testing"
)

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
		if r.missed {
			t.Errorf("-seed %d -i %d: %s\n%s", r.seed, r.i, r.why, r.text)
		}
		if r.harmless {
			harmless++
		}
		if r.alarm {
			alarms++
			t.Logf("-seed %d -i %d: %s\n%s", r.seed, r.i, r.why, r.text)
		}
	}
	if alarms*50 > harmless {
		t.Errorf("%d of %d harmless programs are stopped", alarms, harmless)
	}
}

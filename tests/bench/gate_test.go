package bench

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// BenchmarkAsk measures what an answer takes a caller, from a gate that goes on
// and from a process for each request, in the same run: the median, and how many
// there are in a second.
//
//	go test -run=^$ -bench=Ask ./tests/bench
func BenchmarkAsk(b *testing.B) {
	s := site(b)
	guard := fixture.BuildGuard(b)
	for _, r := range []struct {
		name    string
		request map[string]any
	}{
		{"shell", map[string]any{"type": "shell", "command": "git status"}},
		{"blocks", map[string]any{"type": "code", "blocks": []map[string]any{
			{"language": "python", "code": "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nprint(df.describe())\n"},
			{"language": "sh", "code": ".venv/bin/pip install -r requirements.txt\npytest -q\n"},
		}}},
	} {
		r.request["cwd"] = s.Dir
		line, err := json.Marshal(r.request)
		if err != nil {
			b.Fatal(err)
		}
		request := string(line) + "\n"
		b.Run(r.name+"/gate", func(b *testing.B) {
			cmd := exec.Command(string(guard), "gate")
			cmd.Dir, cmd.Env = s.Dir, s.Environ
			in, err := cmd.StdinPipe()
			if err != nil {
				b.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				b.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			measure(b, func() string {
				if _, err := in.Write([]byte(request)); err != nil || !lines.Scan() {
					b.Fatal(err)
				}
				return lines.Text()
			})
			in.Close()
			if err := cmd.Wait(); err != nil {
				b.Error(err)
			}
		})
		b.Run(r.name+"/process", func(b *testing.B) {
			measure(b, func() string {
				r, err := guard.Run(s, request, "gate", "--once")
				if err != nil {
					b.Fatal(err)
				}
				return r.Stdout
			})
		})
	}
}

func measure(b *testing.B, ask func() string) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		begin := time.Now()
		answer := ask()
		took = append(took, time.Since(begin))
		if !strings.Contains(answer, `"exit_code":0`) {
			b.Fatal(answer)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "requests/s")
}

// Package bench measures the decision itself, without the process around it
// (tests/coldstart measures that), and holds that its cost grows no faster than
// the text it reads.
//
//	go test -run=^$ -bench=. ./tests/bench
package bench

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/tests/fixture"
)

var commands = []struct{ name, text string }{
	{"safe", ".venv/bin/pip install -r requirements.txt"},
	{"other", "git commit -m 'say how pip install is judged'"},
	{"blocked", "pip install requests"},
	{"pipeline", `find . -name '*.py' -not -path './.venv/*' -print0 | xargs -0 grep -n 'import requests' | ` +
		`sort -t: -k1,1 | uniq -c | sort -rn | head -n 20 | tee report.txt > /dev/null`},
	{"heredoc", `bash <<'EOF'
set -euo pipefail
python3 -m venv .venv
. .venv/bin/activate
for f in requirements*.txt; do
	pip install -r "$f" || exit 1
done
if [ -f setup.cfg ]; then pip install -e .; fi
pytest -q "$@" | tee test.log
EOF`},
}

func site(tb testing.TB) *fixture.Site {
	tb.Helper()
	s, err := fixture.NewSite(tb.TempDir())
	if err == nil {
		err = s.PutVenv(".venv")
	}
	if err == nil {
		err = s.Put("requirements.txt", "requests\n")
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func BenchmarkDecide(b *testing.B) {
	s := site(b)
	for _, c := range commands {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Decide(c.text)
			}
		})
	}
}

func BenchmarkFlat(b *testing.B) {
	s := site(b)
	for _, f := range flats {
		for size := 1 << 10; size <= 1<<20; size <<= 2 {
			text := f.text(size)
			b.Run(fmt.Sprintf("%s/%dk", f.name, size>>10), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					s.Decide(text)
				}
			})
		}
	}
}

// flats are texts of any size that nest nothing.
var flats = []flat{
	{"words", "echo", " abcdefg", ""},
	{"quoted", "echo '", "abc def ", "'"},
	{"dquoted", `echo "`, "abc $HOME ", `"`},
	{"comment", "true #", " abcdefg", ""},
	{"lines", "", "echo abc def\n", ""},
	{"heredoc", "cat > notes.md <<'EOF'\n", "pip install is a command\n", "EOF\n"},
	{"assign", "", "A=abcd\n", ""},
	{"pipe", "cat", " | cat", ""},
}

type flat struct{ name, before, unit, after string }

func (f flat) text(size int) string {
	return f.before + strings.Repeat(f.unit, size/len(f.unit)) + f.after
}

// TestLinear holds that sixteen times the text costs at most linear times one
// and a half, below the guard's limit on texts and across it. It counts
// allocated bytes, not time: those do not depend on what else the machine does.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("reads megabytes")
	}
	s := site(t)
	for _, f := range flats {
		for _, small := range []int{15 << 10, 64 << 10} {
			const times = 16
			few, _ := allocated(s, f.text(small))
			many, verdict := allocated(s, f.text(times*small))
			growth := float64(many) / float64(max(few, 1))
			t.Logf("%-8s %6.1f MB at %d kB, %6.1f MB at %4d kB: times %4.1f, %v",
				f.name, float64(few)/1e6, small>>10, float64(many)/1e6, times*small>>10, growth, verdict)
			if growth > 1.5*times {
				t.Errorf("%s: %d times the text allocates %.1f times the bytes", f.name, times, growth)
			}
		}
	}
}

func allocated(s *fixture.Site, text string) (uint64, action.Verdict) {
	s.Decide("true") // what is made once is not counted
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d := s.Decide(text)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, d.Verdict
}

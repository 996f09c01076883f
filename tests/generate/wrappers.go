package generate

import "strings"

// into writes a wrapper in front of a command.
func into(wrappers ...string) func(g *Generator, d int) string {
	return func(g *Generator, d int) string { return g.pick(wrappers...) + " " + g.line() }
}

var wrappers = []construct{
	{"env", func(g *Generator, d int) string {
		return "env " + g.pick("X=1", "-u NONE", "--", "X=1 Y=2", "-u NONE -- X=1", "", "--unset=NONE", "-uNONE") + " " + g.bare() + " " + g.word(0)
	}, 0},
	{"env -S", in(`env -S '«L»'; env -S'«C»' «R»; env --split-string='«C» «R»' x; env -vS '«L» y' 2>/dev/null`), 0},
	{"env, shells", in(`env bash -c '«L»'; env V='«L»' bash -c '$V x'; env -S 'sh -c "«L» y"'`), 0},
	{"env -C", in(`env -C sub sh -c 'cd ..; «L»'; env --chdir=. «L» x`), 0},
	{"command", func(g *Generator, d int) string { return "command " + g.pick("", "", "-- ") + g.simple(d) }, 0},
	{"exec", func(g *Generator, d int) string {
		return "(exec " + g.pick("", "", "-a name ", "-- ") + g.bare() + " " + g.word(0) + ")"
	}, 0},
	{"builtin and command", in(`builtin command «L»; command command «L» x; builtin eval '«L» y'; command builtin command -- «L» z`), 0},
	{"nohup and nice", into("nohup", "nice", "nice -n 5", "nice -5", "nohup nice", "nice --adjustment=3", "nice -n5 nohup"), 0},
	{"timeout", into("timeout 5", "timeout -k 1 5s", "timeout -s TERM 5", "timeout --signal=KILL 5", "timeout --foreground 5", "timeout --preserve-status -k1 5", "timeout 0.1m"), 0},
	{"setsid and friends", into("setsid -w", "stdbuf -oL", "stdbuf -o0 -e0", "ionice -c3", "taskset -c 0", "setsid --wait", "chrt -o 0", "ionice -c 2 -n 7"), 0},
	{"time, program", in(`time -p «L»; time «L» x; \time «L» y || :`), 0},
	{"flock", in(`flock «v».lock «L»; flock «v».lock -c '«L» x'; flock -n «v».lock sh -c '«L» y'; flock -w 1 «v».lock -c "«L»"`), 0},
	{"sudo", func(g *Generator, d int) string {
		return g.pick("sudo", "sudo -E", "sudo -u root", "sudo -H --", "sudo FOO=1", "sudo -n -u root --", "sudo -Hu root", "doas", "doas -u root", "sudo env X=1", "sudo -E env") + " " + g.line()
	}, unsafeOnly},
	{"sudo, shells", in(`sudo bash -c '«L»'; sudo sh -c "«L» x"; echo '«L»' | sudo bash; sudo -s «L»`), unsafeOnly},
	{"xargs", func(g *Generator, d int) string {
		return "echo " + g.pick("x", "'x y'") + " | xargs " + g.pick("", "-r ", "-n1 ", "-t ", "-P2 -n 1 ", "-0 ", "-d '\\n' ", "-- ", "-I{} ", "-L 1 ", "--no-run-if-empty ") + g.bare() + g.pick("", " -q") + " 2>/dev/null"
	}, 0},
	{"xargs, words of the command", func(g *Generator, d int) string {
		w, rest := g.split()
		return g.pick("echo "+rest+" | xargs "+w, "printf '%s\\n' "+w+" "+rest+" | xargs env", "echo "+w+" | xargs -I% % "+rest, "printf '%s\\0' "+rest+" | xargs -0 "+w, "xargs -a <(echo "+rest+") "+w,
			"echo "+rest+" | tr ' ' '\\n' | xargs "+w, "xargs "+w+" <<< "+quote(rest), "echo '"+w+" "+rest+"' | xargs -I@ bash -c @", "echo "+rest+" | xargs sh -c '"+w+" \"$@\"' _", "echo '"+w+" "+rest+"' | xargs -d'\\n' -n1 bash -c")
	}, 0},
	{"find -exec", func(g *Generator, d int) string {
		return g.pick("find . -maxdepth 0 -exec "+g.line()+" \\;", "find sub -maxdepth 0 -exec "+g.bare()+" {} +", "find . -name sub -execdir "+g.line()+" ';'", "find . -maxdepth 0 -exec sh -c '"+g.line()+"' \\;",
			"find . -maxdepth 0 -exec bash -c '"+g.line()+" \"$1\"' _ {} \\;", "find . -maxdepth 1 -type d -name sub -exec env X=1 "+g.line()+" \\; -print", "find . -maxdepth 0 -print | xargs -I{} "+g.line(),
			"find . -maxdepth 0 -print0 | xargs -0 "+g.bare(), "for f_ in $(find . -maxdepth 0); do "+g.line()+"; done")
	}, 0},
	{"wrappers in a row", func(g *Generator, d int) string {
		var b strings.Builder
		for i := 1 + g.IntN(4); i > 0; i-- {
			b.WriteString(g.pick("env ", "nice ", "timeout 5 ", "nohup ", "command ", "env X=1 ", "setsid -w ", "stdbuf -o0 ") + " ")
		}
		// What is no program can only stand in front.
		s := strings.ReplaceAll(b.String(), "command  ", "")
		return g.pick("", "command ", "time ") + s + g.line()
	}, 0},
	{"wrapper in a variable", in(`«v»='env X=1'; $«v» «L»; «w»=nice; "$«w»" -n 1 «L» x; a_=(timeout 5); "${a_[@]}" «L» y`), 0},
	{"wrapper in a function", in(`«v»() { nice -n 1 "$@"; }; «v» «L»; «w»() { sh -c "$*"; }; «w» «L» x`), 0},
	{"shell as wrapper", into("bash -c '\"$@\"' _", "sh -c '\"$@\"' sh", "bash -c 'exec \"$@\"' a", "sh -c '$0 \"$@\"'", "bash -c '\"${@}\"; exit' -- "), 0},
	{"script -c", in(`script -qc '«L»' /dev/null </dev/null >/dev/null; script -q -c "«L» x" «v».log > /dev/null < /dev/null`), 0},
}

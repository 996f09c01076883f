package generate

import "strings"

var controlFlow = []construct{
	{"subshell", func(g *Generator, d int) string { return "( " + g.list(d) + " )" }, 0},
	{"group", func(g *Generator, d int) string { return "{ " + g.list(d) + "; }" }, 0},
	{"if", func(g *Generator, d int) string {
		return "if " + g.stmt(d) + "; then " + g.list(d) + "; else " + g.list(d) + "; fi"
	}, 0},
	{"if !", func(g *Generator, d int) string { return "if ! { " + g.stmt(d) + "; }; then " + g.list(d) + "; fi" }, 0},
	{"elif", func(g *Generator, d int) string {
		return "if false; then " + g.stmt(d) + "; elif " + g.stmt(d) + "; then " + g.stmt(d) + "; else " + g.stmt(d) + "; fi"
	}, 0},
	{"for words", func(g *Generator, d int) string {
		v := g.fresh("v")
		return "for " + v + " in " + quote(g.bare()) + " " + quote(g.bare()) + "; do $" + v + " " + g.word(0) + "; " + g.stmt(d) + "; done"
	}, 0},
	{"for positional", func(g *Generator, d int) string {
		return "set -- " + quote(g.bare()) + " " + quote(g.bare()) + "; for p_; do $p_; " + g.stmt(d) + "; done"
	}, 0},
	{"for, state kept", in(`«v»=; for i_ in «L»; do «v»="$«v» $i_"; done; $«v» x`), 0},
	{"for (( ))", func(g *Generator, d int) string { return "for ((i=0; i<2; i++)); do " + g.bare() + " $i; done" }, 0},
	{"for (( )), array", func(g *Generator, d int) string {
		return "c_=(" + quote(g.bare()) + " " + quote(g.bare()) + "); for ((i=0; i<${#c_[@]}; i++)); do ${c_[i]}; done"
	}, 0},
	{"break and continue", func(g *Generator, d int) string {
		return "for i_ in 1 2 3; do [ $i_ = 2 ] && continue; " + g.stmt(d) + "; [ $i_ = 3 ] && break; done; " + g.stmt(d)
	}, 0},
	{"while", func(g *Generator, d int) string {
		v := g.fresh("n")
		return v + "=0; while [ $" + v + " -lt 2 ]; do " + g.stmt(d) + "; " + v + "=$((" + v + "+1)); done"
	}, 0},
	{"while, condition", func(g *Generator, d int) string { return "while " + g.stmt(d) + "; do " + g.stmt(d) + "; break; done" }, 0},
	{"until", func(g *Generator, d int) string { return "until " + g.stmt(d) + "; do break; done" }, 0},
	{"loop that builds a command", in(`«v»=«C»; n_=0; until (( n_ >= 2 )); do «v»+=' «R»'; n_=$((n_+1)); done; $«v»`), 0},
	{"select", func(g *Generator, d int) string {
		return "select s_ in " + quote(g.bare()) + " " + quote(g.bare()) + "; do $s_; " + g.stmt(d) + "; break; done <<< 2 2>/dev/null"
	}, 0},
	{"case", func(g *Generator, d int) string {
		return "case " + g.pick("x", "$HOME", "y") + " in x|z) " + g.list(d) + ";; *) " + g.list(d) + ";; esac"
	}, 0},
	{"case ;&", func(g *Generator, d int) string {
		return "case x$(" + g.posix() + ") in x) " + g.stmt(d) + ";& y) " + g.stmt(d) + ";; esac"
	}, 0},
	{"case ;;&", func(g *Generator, d int) string {
		return "case abc in a*) " + g.stmt(d) + ";;& *z) " + g.stmt(d) + ";;& ?b[c-e]) " + g.stmt(d) + ";; *) " + g.stmt(d) + ";; esac"
	}, 0},
	{"case in a variable", func(g *Generator, d int) string {
		v := g.fresh("v")
		return "case ${NONE:-n} in n) " + v + "=" + quote(g.bare()) + ";; *) " + v + "=" + quote(g.bare()) + ";; esac; $" + v
	}, 0},
	{"pipeline", func(g *Generator, d int) string { return g.stmt(d) + g.pick(" | ", " |& ") + g.stmt(d) }, 0},
	{"&& ||", func(g *Generator, d int) string { return g.stmt(d) + " && " + g.stmt(d) + " || " + g.stmt(d) }, 0},
	{"!", func(g *Generator, d int) string { return "{ ! " + g.stmt(d) + "; }" }, 0},
	{"time", func(g *Generator, d int) string { return "time " + g.pick("", "-p ") + g.stmt(d) }, 0},
	{"[[ ]]", func(g *Generator, d int) string { return "[[ -n $(" + g.inside(d) + ") ]] && " + g.stmt(d) }, 0},
	{"[[ ]], patterns", func(g *Generator, d int) string {
		return "if [[ abc == a?c && " + g.pick("$HOME == /*", "-d sub", "b > a", "2 -gt 1", "! -e none", "x =~ ^[xy]$") + " ]]; then " + g.stmt(d) + "; else " + g.stmt(d) + "; fi"
	}, 0},
	{"test", func(g *Generator, d int) string {
		return g.pick("[ -d sub ]", "[ -e none ]", "test 1 -lt 2", "[ -n \"$NONE\" ]", "[ a = a ]", "[ ! -f x ]", "(( 1 ))", "(( 0 ))", "let 1-1") +
			" && " + g.stmt(d) + " || " + g.stmt(d)
	}, 0},
	{"redirected group", func(g *Generator, d int) string { return "{ " + g.list(d) + "; } > out.txt 2>&1 < /dev/null" }, 0},
	{"redirected loop", func(g *Generator, d int) string {
		return "for i_ in 1; do " + g.stmt(d) + "; done > out.txt 2>&1 | cat"
	}, 0},
	{"set -e", func(g *Generator, d int) string { return "(set -e; " + g.stmt(d) + "; false; " + g.stmt(d) + ")" }, 0},
	{"set options", func(g *Generator, d int) string {
		return "(set " + g.pick("-u", "-f", "-x", "-eo pipefail", "-o noglob", "-C", "+e", "-a", "-B") + "; " + g.stmt(d) + "; " + g.stmt(d) + ") 2>/dev/null"
	}, 0},
	{"shopt", func(g *Generator, d int) string {
		return "(shopt -s " + g.pick("nullglob", "extglob", "dotglob", "nocasematch", "globstar", "lastpipe") + "\n" + g.stmt(d) + "\n" + g.stmt(d) + ")"
	}, 0},
	{"exit", func(g *Generator, d int) string {
		return "( " + g.stmt(d) + "; exit " + g.pick("", "0", "1") + "; " + g.stmt(d) + ") " + g.pick("&& ", "|| ", "; ") + g.stmt(d)
	}, 0},
	{"background", func(g *Generator, d int) string { return "{ " + g.stmt(d) + "; } & wait" }, 0},
	{"background, waited for", func(g *Generator, d int) string { return g.stmt(d) + " & p_=$!; wait $p_; " + g.stmt(d) }, 0},
	{"coproc", func(g *Generator, d int) string {
		return "(coproc { " + g.stmt(d) + "; }; wait; " + g.stmt(d) + ") 2>/dev/null"
	}, 0},
	{"$?", func(g *Generator, d int) string {
		return g.pick("true", "false", g.simple(0)) + "; if [ $? -eq 0 ]; then " + g.stmt(d) + "; else " + g.stmt(d) + "; fi"
	}, 0},
}

var functions = []construct{
	{"function", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.list(d) + "; \"$@\"; }; " + f + " " + g.simple(0)
	}, 0},
	{"function, keyword", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return "function " + f + g.pick("", " ()") + " { " + g.stmt(d) + "; $1 x; }; " + f + " " + quote(g.bare())
	}, 0},
	{"function, other bodies", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() " + g.pick("( "+g.stmt(d)+" )", "if :; then "+g.stmt(d)+"; fi", "for i_ in 1; do "+g.stmt(d)+"; done", "case a in a) "+g.stmt(d)+";; esac", "{ "+g.stmt(d)+"; } > out.txt") + "\n" + f
	}, 0},
	{"function called by variable", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.stmt(d) + "; }; f_=" + f + "; $f_; ${f_} x; eval " + f
	}, 0},
	{"function that recurs", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { [ $1 -gt 2 ] && return; " + g.stmt(d) + "; " + f + " $(($1+1)); }; " + f + " 1"
	}, 0},
	{"function redefined", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.stmt(d) + "; }; " + f + "() { " + g.stmt(d) + "; }; " + f
	}, 0},
	{"function over a program", func(g *Generator, d int) string {
		f := g.pick("ls", "cat", "grep", "git", "true", "cd", "echo")
		return "( " + f + "() { " + strings.ReplaceAll(g.simple(0), f, "q") + "; }; " + f + " x; command " + f + " x; unset -f " + f + "; " + f + " x ) > out.txt"
	}, 0},
	{"function over the command", func(g *Generator, d int) string {
		f := g.pick("pip", "pip3", "python3")
		return "( " + f + "() { echo \"$@\"; " + g.pick("", "command "+f+" \"$@\"; ", "env "+f+" \"$@\"; ") + "}; " + g.stmt(d) + "; " + g.stmt(d) + " )"
	}, unsafeOnly},
	{"function exported", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.simple(0) + "; }; export -f " + f + "; bash -c " + g.pick(f, quote(f+" x; "+f), `"`+f+`"`)
	}, 0},
	{"local", func(g *Generator, d int) string {
		return "outer_() { local v=" + quote(g.bare()) + "; inner_; }; inner_() { $v 1; }; v=" + quote(g.bare()) + "; outer_; $v 2"
	}, 0},
	{"return", func(g *Generator, d int) string {
		return "f_() { return 1; " + g.stmt(d) + "; }; f_ || " + g.stmt(d) + "; f_ && " + g.stmt(d)
	}, 0},
	{"output of a function", in(`«v»() { echo «L»; }; $(«v») x; «w»=$(«v»); $«w» y; «v» | bash`), 0},
	{"global set by a function", in(`«v»() { «w»='«L»'; }; «v»; $«w» x`), 0},
	{"arguments handed on", in(`«v»() { shift; "$@"; }; «w»() { «v» a "$@" x; }; «w» «L»`), 0},
	{"trap", func(g *Generator, d int) string {
		return "trap " + g.quoted(g.simple(0)) + " " + g.pick("EXIT", "0", "exit")
	}, 0},
	{"trap in a subshell", func(g *Generator, d int) string {
		return "( trap " + g.quoted(g.list(0)) + " " + g.pick("EXIT", "ERR", "DEBUG") + "; " + g.pick("false", ":", "ls x") + "; " + g.stmt(d) + " )"
	}, 0},
	{"trap RETURN", in(`«v»() { trap '«L»' RETURN; :; }; («v»)`), 0},
	{"trap, signal", in(`( trap '«L»' USR1; kill -USR1 $BASHPID; : )`), 0},
	{"trap taken back", func(g *Generator, d int) string {
		return "( trap " + quote(g.simple(0)) + " EXIT; trap - EXIT; " + g.stmt(d) + " )"
	}, 0},
	{"alias", func(g *Generator, d int) string {
		return "shopt -s expand_aliases; alias al_=" + quote(g.bare()) + "\nal_ x"
	}, 0},
	{"alias of an alias", in("shopt -s expand_aliases; alias «v»='«C» ' «w»='«R»'\n«v» «w»"), 0},
	{"alias over a program", in("shopt -s expand_aliases; alias ls='«L» #'\n(ls a)\n\\ls b\nunalias ls"), 0},
	{"alias not yet known", in("shopt -s expand_aliases\nalias «v»='«L»'; «v» x || true\n«v» y"), 0},
}

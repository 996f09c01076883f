package generate

var texts = []construct{
	{"eval", func(g *Generator, d int) string { return "eval " + g.quoted(g.list(d)) }, 0},
	{"eval of words", func(g *Generator, d int) string {
		return g.pick("", "command ", "builtin ") + "eval " + g.line() + " '; ' " + g.simple(0)
	}, 0},
	{"eval of eval", func(g *Generator, d int) string { return "eval " + quote("eval "+quote(g.simple(d))) }, 0},
	{"eval of a variable", func(g *Generator, d int) string {
		v := g.fresh("v")
		if g.IntN(2) == 0 {
			return v + "=" + g.quoted(g.line()) + "; eval $" + v // on one line
		}
		return v + "=" + g.quoted(g.list(d)) + `; eval "$` + v + `"`
	}, 0},
	{"eval of an output", func(g *Generator, d int) string { return "eval \"$(echo " + quote(g.list(0)) + ")\"" }, 0},
	{"eval of a here-document", func(g *Generator, d int) string {
		e := g.fresh("EOF")
		return "eval \"$(cat <<'" + e + "'\n" + g.list(0) + "\n" + e + "\n)\""
	}, hereDoc},
	{"bash -c", func(g *Generator, d int) string {
		return "bash -c " + g.quoted(g.list(d)) + " x1 x2"
	}, 0},
	{"bash -c, options", func(g *Generator, d int) string {
		return "bash " + g.pick("-ec", "-c --", "+e -c", "-O extglob -c", "--norc -c", "-uc", "-o pipefail -c", "-c -e", "-xc", "-lc", "--posix -c") + " " + g.quoted(g.list(d)) + " x1 x2"
	}, 0},
	{"bash -c in bash -c", func(g *Generator, d int) string { return "bash -c " + quote("bash -c "+quote(g.simple(d))) }, 0},
	{"bash -c of a variable", func(g *Generator, d int) string {
		v := g.fresh("v")
		return v + "=" + g.quoted(g.list(d)) + "; bash -c \"$" + v + "\""
	}, 0},
	{"bash -c with arguments", in(`bash -c '"$0" "$@"' «L»; bash -c '$1 «R»' a «C»; bash -c '"${@:2}"' x y «L»`), 0},
	{"bash -s with arguments", in(`echo '"$@"; $2 «R»' | bash -s «C» «C»`), 0},
	{"sh -c", func(g *Generator, d int) string { return "sh -c " + quote(g.posix()+` "$@" $0`) + " p1 p2" }, 0},
	{"here-document", func(g *Generator, d int) string {
		e := g.fresh("EOF")
		return "{ " + g.pick("bash <<'"+e+"'", "<<'"+e+"' bash", "bash -s x <<\\"+e, "bash - << \""+e+"\"", "cat <<'"+e+"' | bash", "bash /dev/stdin <<'"+e+"'") + "\n" + g.list(d) + "\n" + e + "\n}"
	}, hereDoc},
	{"here-document, unquoted", func(g *Generator, d int) string {
		return "{ bash <<EOF\n" + g.simple(0) + "\nEOF\n}"
	}, hereDoc},
	{"here-document, expanded", in("«v»='«L»'; { bash <<EOF\n$«v»\n${«v»%% *} «R»\n\\$NONE $(echo '«L»')\nEOF\n}"), hereDoc},
	{"here-document, tabs", in("{ bash <<-'EOF'\n\t\t«L»\n\t:\n\tEOF\n}"), hereDoc},
	{"here-document to cat", func(g *Generator, d int) string {
		return "{ cat <<EOF\nnote $(" + g.inside(d) + ")\n`" + g.bare() + "`\nEOF\n}"
	}, hereDoc},
	{"two here-documents", in("{ cat <<A; bash <<'B'\nfirst\nA\n«L»\nB\n}"), hereDoc},
	{"here-string", func(g *Generator, d int) string {
		return g.pick("bash", "sh", "bash -s", "bash /dev/stdin", "source /dev/stdin", ". /dev/fd/0", "bash /proc/self/fd/0") + " <<< " + g.quoted(g.posix())
	}, 0},
	{"echo | sh", func(g *Generator, d int) string {
		return "echo " + g.quoted(g.posix()) + " | " + g.pick("sh", "bash", "sh -s", "bash -", "cat | sh", "bash /dev/stdin", "env sh", "tee x.txt | sh", "(sh)", "{ bash; }")
	}, 0},
	{"printf | bash", func(g *Generator, d int) string { return "printf '%s\\n' " + g.quoted(g.simple(0)) + " | bash" }, 0},
	{"printf of words | bash", in(`printf '%s ' «L» | bash; printf '%b' '«C»\x20«R»\n' | sh; printf '%.«n»s «R»' '«C»gone' | sh`), 0},
	{"group | sh", in(`{ echo -n '«C» '; echo '«R»'; } | sh; (echo :; echo '«L»') | bash`), 0},
	{"source <()", func(g *Generator, d int) string {
		return g.pick("source", ".", "builtin source", "command .") + " <(echo " + g.quoted(g.simple(0)) + ") " + g.pick("", "a b")
	}, 0},
	{"bash <()", func(g *Generator, d int) string { return "bash <(printf %s " + g.quoted(g.simple(0)) + ")" }, 0},
	{"cat <() | sh", in(`cat <(echo '«L»') | sh; sh < <(echo '«L» x'); cat <(echo «C») <(echo «R») | tr '\n' ' ' | sh`), 0},
	{"tee >()", func(g *Generator, d int) string {
		return "tee >(bash) <<< " + quote(g.simple(0)) + " > /dev/null; sleep 0.05"
	}, 0},
	{"> >()", in(`echo '«L»' > >(bash); sleep 0.05; { echo '«L» x' >&2; } 2> >(sh >/dev/null); sleep 0.05`), 0},
	{"backquotes", in("`echo «L»`; x_=`«L» >/dev/null; echo \\`«L»\\``"), 0},
	{"output as command", func(g *Generator, d int) string { return "$(" + g.inside(d) + " >/dev/null; echo " + g.bare() + ")" }, 0},
	{"which", func(g *Generator, d int) string {
		w, rest := g.split()
		return "$(" + g.pick("command -v", "type -P", "which", "type -p") + " " + w + ") " + rest
	}, 0},
	{"BASH_ENV", in(`echo '«L»' > env_.sh; BASH_ENV=env_.sh bash -c :; (export BASH_ENV=$PWD/env_.sh; bash -c 'ls x')`), 0},
	{"hash -p", func(g *Generator, d int) string {
		w, rest := g.split()
		return "(hash -p " + g.Bin + "/" + w + " ls; ls " + rest + ")"
	}, needsBin | unsafeOnly},
}

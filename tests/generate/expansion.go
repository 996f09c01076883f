package generate

import (
	"fmt"
	"strings"
)

// in writes a statement out of a command: «L» stands for the command, «C» for
// its first word (upper case: «CC», first letter: «c», the others: «tail», all
// but the last: «front», the last: «last», how many: «n»), «R» for its other
// words, «v» and «w» for fresh names, «S» for some statement.
func in(format string) func(g *Generator, d int) string {
	return func(g *Generator, d int) string {
		first, rest := g.split()
		stmt := ""
		if strings.Contains(format, "«S»") {
			stmt = g.stmt(d)
		}
		return strings.NewReplacer("«v»", g.fresh("v"), "«w»", g.fresh("w"), "«C»", first, "«R»", rest, "«S»", stmt,
			"«CC»", strings.ToUpper(first), "«L»", first+" "+rest, "«c»", first[:1], "«n»", fmt.Sprint(len(first)),
			"«last»", first[len(first)-1:], "«front»", first[:len(first)-1], "«tail»", first[1:]).Replace(format)
	}
}

var expansion = []construct{
	{"variable", func(g *Generator, d int) string {
		v := g.fresh("v")
		return v + "=" + g.quoted(g.bare()) + "; $" + v + " " + g.word(0)
	}, 0},
	{"variable in pieces", in(`«v»=«c»; «v»+=«tail»; "$«v»" «R»`), 0},
	{"array", func(g *Generator, d int) string {
		v := g.fresh("arr")
		return v + "=(" + g.simple(0) + "); \"${" + v + "[@]}\""
	}, 0},
	{"array, appended", in(`«v»=(«C»); «v»+=(«R» x); "${«v»[@]}"`), 0},
	{"array, by index", in(`«v»=([3]='«C»' [1+1]=b); "${«v»[4-1]}" «R»`), 0},
	{"array, slice", in(`«v»=(a b «C» «R» x); "${«v»[@]:2:9}"`), 0},
	{"array, last element", in(`«v»=(a b «C»); "${«v»[-1]}" «R»`), 0},
	{"array, joined", in(`«v»=(«L»); eval "${«v»[*]}"`), 0},
	{"array, joined by IFS", in(`«v»=(«c» «tail»); «w»=$(IFS=; echo "${«v»[*]}"); $«w» «R»`), 0},
	{"array, associative", in(`declare -A «v»=([k]='«C»' ['x y']=z); «w»=k; ${«v»[$«w»]} «R»`), 0},
	{"array, keys", in(`declare -A «v»; «v»[«C»]=1; "${!«v»[@]}" «R»`), 0},
	{"array, element set later", in(`«v»=(a b); «v»[0]='«L»'; ${«v»[0]}; ${«v»} x`), 0},
	{"array, command substitution in subscript", func(g *Generator, d int) string {
		return "arr0=(1 2); echo ${arr0[$(" + g.posix() + " >/dev/null; echo 1)]}; unset arr0"
	}, 0},
	{"positional", func(g *Generator, d int) string {
		return "set -- " + g.simple(0) + "; " + g.pick(`"$@"`, `$*`, `$@`, `"${@}"`, `"$1" "${@:2}"`, `"${@:1:1}" "${@:2}"`)
	}, 0},
	{"shift", in(`set -- a b «L»; shift 2; "$@"`), 0},
	{"positional, indirect", in(`set -- a «C»; «v»=2; ${!«v»} «R»; ${!#} «R»`), 0},
	{"getopts", in(`set -- -x «C» y; OPTIND=1; while getopts x: o; do $OPTARG «R»; done`), 0},
	{"indirect", in(`«v»=«C»; «w»=«v»; ${!«w»} «R»`), 0},
	{"nameref", func(g *Generator, d int) string {
		return "unset -n ref; declare -n ref=tgt; tgt=" + quote(g.bare()) + "; $ref 1; ref=" + quote(g.bare()) + "; $tgt 2"
	}, 0},
	{"nameref in a function", in(`«v»() { local -n r_=$1; r_='«L»'; }; «v» «w»; $«w» x`), 0},
	{"names by prefix", in(`«v»_a='«L»'; for n_ in "${!«v»_@}"; do ${!n_} x; done`), 0},
	{"substring", in(`«v»=x«C»x; ${«v»:1:«n»} «R»; ${«v»: -1:1} || true`), 0},
	{"substring to the end", in(`«v»=xx«C»; "${«v»:2}" «R»`), 0},
	{"case change", in(`«v»=«CC»; ${«v»,,} «R»; ${«v»/?/q} || true`), 0},
	{"case of one letter", in(`«v»=«C»; «v»=${«v»^}; ${«v»,} «R»`), 0},
	{"case of one letter, swapped", in(`«v»=«C»; «v»=${«v»^}; ${«v»~} «R»`), unsafeOnly},
	{"declare -l", in(`declare -l «v»; «v»=«CC»; $«v» «R»`), 0},
	{"pattern replaced", in(`«v»=«front»@; ${«v»/@/«last»} «R»`), 0},
	{"patterns replaced", in(`«v»=_«c»__«tail»; ${«v»//_} «R»; «w»='«C»%«R»'; ${«w»//%/ }`), 0},
	{"pattern replaced at an end", in(`«v»=x«tail»; ${«v»/#x/«c»} «R»; «w»=«front»x; ${«w»/%x/«last»} «R»`), 0},
	{"pattern replaced by its match", in(`«v»=«tail»; ${«v»/#«tail»/«c»&} «R»; «w»=.«front»; ${«w»/.«front»/"«front»"«last»} «R»`), 0},
	{"prefix removed", in(`«v»=a:b:«C»; ${«v»##*:} «R»; ${«v»#*b:} «R»`), 0},
	{"suffix removed", in(`«v»=«C»:a:b; ${«v»%%:*} «R»; ${«v»%:a:b} «R»`), 0},
	{"@Q", in(`«v»='«L»'; eval "eval ${«v»@Q}"`), 0},
	{"@E", func(g *Generator, d int) string {
		first, rest := g.split()
		return fmt.Sprintf("e_='\\x%02x%s'; ${e_@E} %s", first[0], first[1:], rest)
	}, 0},
	{"@P", in(`«v»='$(«L» >&2)'; echo "${«v»@P}"`), 0},
	{"@A", in(`«v»='«L»'; «w»=${«v»@A}; unset «v»; eval "$«w»"; $«v» x`), 0},
	{"@L and @U", in(`«v»=«CC»; ${«v»@L} «R»; «v»=«C»; ${«v»@U} «R»`), 0},
	{"@Q of an array", in(`«v»=(«L»); eval "${«v»[@]@Q}"`), 0},
	{":=", func(g *Generator, d int) string { return "unset x; echo ${x:=$(" + g.inside(d) + ")}" }, 0},
	{":= as command", in(`${«v»:=«C»} «R»; $«v» «R» x`), 0},
	{":- and :+", in(`${«v»:-«C»} «R»; «v»=1; ${«v»:+«C»} «R»; ${«v»+«C»} «R»`), 0},
	{":?", func(g *Generator, d int) string {
		return "(echo ${NONE:?$(" + g.inside(d) + ")}; " + g.stmt(d) + ")"
	}, 0},
	{"printf -v", in(`printf -v «v» %s «C»; "$«v»" «R»`), 0},
	{"printf -v, in pieces", in(`printf -v «v» '%s%s' «c» «tail»; printf -v «w» '%s ' "$«v»" «R»; $«w»`), 0},
	{"printf -v, element", in(`printf -v '«v»[1]' '%b' '«C»'; ${«v»[1]} «R»`), 0},
	{"printf, octal", func(g *Generator, d int) string {
		var b strings.Builder
		s := g.bare()
		for i := range len(s) {
			fmt.Fprintf(&b, g.pick(`\%03o`, `\x%02x`), s[i])
		}
		return "$(printf '" + b.String() + "')"
	}, 0},
	{"echo -e", in(`$(echo -e '«C»\n«R»\c gone')`), 0},
	{"read", func(g *Generator, d int) string {
		v := g.fresh("v")
		return "read -r " + v + " <<< " + quote(g.bare()) + "; $" + v
	}, 0},
	{"read, several names", in(`read -r «v» «w» <<< '«L»'; "$«v»" $«w»`), 0},
	{"read -a", in(`read -ra «v» <<< '«L» x'; "${«v»[@]}"`), 0},
	{"read with IFS", func(g *Generator, d int) string { return "IFS=, read -ra r_ <<< " + g.listed(",") + "; \"${r_[@]}\"" }, 0},
	{"read -d", in(`read -rd ';' «v» <<< '«L»; gone'; $«v»`), 0},
	{"read -n", in(`read -rn «n» «v» <<< '«C»gone'; $«v» «R»`), 0},
	{"read from a pipe", in(`echo '«L»' | { read -r «v»; $«v» x; }`), 0},
	{"read, REPLY", in(`read -r <<< '«L»'; $REPLY`), 0},
	{"read, lastpipe", in(`shopt -s lastpipe; echo '«L»' | read -r «v»; $«v»`), 0},
	{"mapfile", func(g *Generator, d int) string {
		v := g.fresh("v")
		return "mapfile -t " + v + " <<< " + quote(g.bare()+"\n"+g.bare()) + "; ${" + v + "[1]}"
	}, 0},
	{"mapfile -d", func(g *Generator, d int) string {
		return "mapfile -td ' ' m_ < <(printf %s " + quote(g.bare()) + "); \"${m_[@]}\""
	}, 0},
	{"mapfile -s -n", in(`mapfile -t -s 1 -n 1 «v» < <(printf '%s\n' a '«L»' b); ${«v»[0]}`), 0},
	{"while read", func(g *Generator, d int) string {
		return "while read -r l; do $l; done <<< " + quote(g.bare()+"\n"+g.bare())
	}, 0},
	{"| while read", func(g *Generator, d int) string {
		return "printf '%s\\n' " + quote(g.bare()) + " " + quote(g.bare()) + " | while read l; do $l; " + g.stmt(d) + "; done"
	}, 0},
	{"IFS", func(g *Generator, d int) string {
		sep := g.pick(":", ",", "@", "%")
		return "IFS=" + sep + "; s=" + g.listed(sep) + "; $s; unset IFS"
	}, 0},
	{"nested expansion", in(`«v»=«C»; ${NONE:-${«w»:-$«v»}} «R»`), 0},
	{"BASH_REMATCH", in(`[[ x«C»y =~ x(.*)y ]] && ${BASH_REMATCH[1]} «R»`), 0},
	{"arithmetic index", in(`«v»=(a «C»); i_=0; ${«v»[i_+1]} «R»; ((i_++)); ${«v»[i_]} «R»`), 0},
	{"conditional arithmetic", in(`«v»=«C»; (( ${#«v»} == «n» )) && $«v» «R»; (( ${#«v»} > 90 )) && «S»`), 0},
	{"export", func(g *Generator, d int) string { return "export V1=" + quote(g.bare()) + "; bash -c '$V1 \"$0\"' z" }, 0},
	{"variable of one command", in(`V2='«L»' bash -c '$V2 x'; V2='«C»' sh -c '$V2 «R»'`), 0},
	{"declare", in(`declare «v»='«L»'; typeset -x «w»='«C»'; $«v»; $«w» «R»`), 0},
	{"declare by a built name", in(`«w»=«v»; declare "$«w»=«C»"; $«v» «R»; eval "$«w»2='«L»'"; $«v»2`), 0},
	{"readonly", in(`readonly «v»='«L»'; $«v»`), 0},
	{"$_", in(`: «C»; $_ «R»`), 0},
	{"glob of a program", func(g *Generator, d int) string {
		w, rest := g.split()
		if strings.Contains(w, "/") {
			return g.simple(0)
		}
		return g.Bin + g.pick("/["+w[:1]+"]"+w[1:], "/"+w[:len(w)-1]+"["+w[len(w)-1:]+"]", "//"+w, "/./"+w) + " " + rest
	}, needsBin},
	{"glob of words", in(`mkdir -p «v»; touch «v»/«C»; (cd «v»; «w»=(*); "${«w»[0]}" «R»)`), 0},
	{"assignment", func(g *Generator, d int) string { return "x=$(" + g.inside(d) + ") y=1" }, 0},
	{"arithmetic", func(g *Generator, d int) string { return "echo $(( $(" + g.posix() + ") + 1 )) || :" }, 0},
	{"substitution in arithmetic command", func(g *Generator, d int) string {
		s := "$(" + g.posix() + " >/dev/null; echo 1)"
		return g.pick("(( "+s+" ))", "let x_=\""+s+`"`, "((x_ = "+s+" ? 1 : 0)) && "+g.stmt(d), "for ((i_="+s+"; i_<2; i_++)); do :; done")
	}, 0},
	{"substitution everywhere", func(g *Generator, d int) string {
		s := "$(" + g.inside(d) + " >/dev/null)"
		return g.pick("echo ${HOME:"+"0"+s+":1}", `echo "${HOME/x/`+s+`}"`, "for i_ in a"+s+"; do :; done", "case "+s+" in *) :;; esac",
			"local_="+s, "export E_="+s, "a_=(1 "+s+")", `echo "`+s+`"`, "cat <<< x"+s, "[ -n x"+s+" ]", "test x"+s+" = y", "echo > o"+s+".txt", "${NONE:-: "+s+"}")
	}, 0},
}

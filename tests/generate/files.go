package generate

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// write writes text, which ends its last line, to a file.
func (g *Generator) write(text, f string) string {
	switch g.IntN(14) {
	case 0:
		return "printf '%s\\n' " + g.quoted(text) + " >> " + f
	case 1:
		return "echo " + g.quoted(text) + " | tee " + f + " > /dev/null"
	case 2:
		return "echo " + g.quoted(text) + " > a_.txt && " + g.pick("cp", "mv", "ln -sf", "ln -f", "install -m 755", "cp -p", "mv -f") + " a_.txt " + f
	case 3:
		return "cat > " + f + " <<< " + g.quoted(text)
	case 4:
		return "{ echo :; echo " + g.quoted(text) + "; } > " + f
	case 5:
		return "cat <(echo " + g.quoted(text) + ") > " + f
	case 6:
		return ": > " + f + "; echo " + g.quoted(text) + " >| " + f
	case 7:
		return "echo " + g.quoted(text) + " | dd of=" + f + " 2>/dev/null"
	case 8:
		return "echo @@ > " + f + "; echo " + g.quoted(text) + " 1>> " + f
	case 9:
		return "echo " + g.quoted(text) + " > a_.txt; cat a_.txt > " + f
	case 10:
		return "(echo " + g.quoted(text) + ") &> " + f
	case 11:
		if g.inner == 0 {
			e := g.fresh("E")
			return "cat > " + f + " <<'" + e + "'\n" + text + "\n" + e + "\n"
		}
	case 12:
		return "exec 7> " + f + "; echo " + g.quoted(text) + " >&7; exec 7>&-"
	}
	return "echo " + g.quoted(text) + " > " + f
}

// then separates a statement from the next; a here-document at its end has
// done so.
func then(s string) string {
	if strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "; "
}

// start runs a file that holds shell text without a #! line.
func (g *Generator) start(f string) string {
	return g.pick(
		"bash "+f+" x", "sh "+f, "bash ./"+f, ". ./"+f, "source "+f, "bash < "+f, "cat "+f+" | sh", "sh -x "+f+" 2>/dev/null",
		"eval \"$(cat "+f+")\"", "eval \"$(< "+f+")\"", "bash -c \"$(cat "+f+")\"", "chmod +x "+f+"; ./"+f, "chmod 755 "+f+" && \"$PWD\"/"+f+" x",
		"chmod u+x "+f+"; PATH=.:$PATH "+f, "chmod +x "+f+"; env ./"+f, "BASH_ENV="+f+" bash -c :", "source /dev/stdin < "+f,
		"echo "+f+" | xargs sh", "find . -name "+f+" -exec bash {} \\;", "(cd sub && bash ../"+f+")", "f_="+f+"; bash $f_", "for f_ in ./"+f+"; do sh $f_; done",
		"bash "+f[:len(f)-1]+"?", "timeout 5 bash "+f, "mapfile -t m_ < "+f+"; eval \"${m_[@]}\"", "(exec bash "+f+")", "tail -n +1 "+f+" | bash",
		"env -S 'bash "+f+"'", "bash -- "+f, "bash -e "+f, "(. "+f+")", "cp "+f+" b_.sh; mv b_.sh c_.sh; sh c_.sh", "ln -sf "+f+" l_.sh; sh l_.sh", "bash <(cat "+f+")",
		"while read -r l; do eval \"$l\"; done < "+f, "mkdir -p dir_; mv "+f+" dir_/; bash dir_/"+f)
}

var files = []construct{
	{"script", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return "echo " + quote(g.list(0)) + " > " + f + "; bash " + f + " " + g.word(0)
	}, 0},
	{"script written and started somehow", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return then(g.write(g.posix(), f)) + g.start(f)
	}, 0},
	{"script of statements", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return then(g.write(g.line()+"\n"+g.line(), f)) + g.start(f)
	}, 0},
	{"script, written by && chain", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return "echo " + quote(g.posix()) + " > " + f + " && chmod +x " + f + " && " + g.start(f)
	}, 0},
	{"sourced script", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		e := g.fresh("E")
		return "cat > " + f + " <<'" + e + "'\n" + g.list(d) + "\n" + e + "\n. ./" + f
	}, hereDoc},
	{"script by path", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return "printf '#!" + g.pick("/bin/sh", "/bin/bash", "/usr/bin/env bash", "/bin/sh -e") + "\\n%s\\n' " + quote(g.posix()) + " > " + f + " && chmod +x " + f + " && ./" + f
	}, 0},
	{"script on PATH", in(`mkdir -p «v»; echo '«L» "$@"' > «v»/tool; chmod +x «v»/tool; PATH=$PWD/«v»:$PATH tool x; (PATH=«v»:$PATH; tool y)`), 0},
	{"script found by source", in(`mkdir -p «v»; echo '«L»' > «v»/inc; (PATH=$PWD/«v»:$PATH; . inc)`), 0},
	{"script, extended", in(`echo '«w»="«L»"' > «v».sh; echo '$«w» x' >> «v».sh; bash «v».sh`), 0},
	{"script, edited", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		first, rest := g.split()
		return "echo '@@ " + rest + "' > " + f + "; sed -i 's|@@|" + first + "|' " + f + "; " + g.start(f)
	}, 0},
	{"script, replaced", in("echo '«L»' > «v».sh; echo ': x' > «w».sh; mv «w».sh «v».sh; sh «v».sh; echo '«L» y' > «v».sh; sh «v».sh"), 0},
	{"variables in a file", in(`echo '«v»="«L»"' > env_.sh; . ./env_.sh; $«v»; (set -a; . env_.sh; sh -c '$«v» x')`), 0},
	{"words in a file", in(`echo '«L»' > «v».txt; $(cat «v».txt) x; $(< «v».txt); xargs < «v».txt env; read -r l < «v».txt; $l y`), 0},
	{"lines of a file", in("printf '%s\\n' '«L»' ': x' > «v».txt; while read -r l; do $l; done < «v».txt; xargs -a «v».txt -L1 env; cat «v».txt | xargs -I{} sh -c '{}'"), 0},
	{"function in a file", in(`echo '«v»() { «L» "$@"; }' > «v».sh; source ./«v».sh && «v» x`), 0},
	{"link to a program", func(g *Generator, d int) string {
		w, rest := g.split()
		if strings.Contains(w, "/") {
			return g.simple(0)
		}
		f := g.fresh("tool")
		return g.pick("ln -s ", "ln -sf ") + g.Bin + "/" + w + " " + f + "; ./" + f + " " + rest + "; " + f + " x || PATH=$PWD:$PATH " + f + " " + rest
	}, needsBin},
	{"copied script", in("echo '«L»' > «v».sh; cp «v».sh sub/; (cd sub; sh ./«v».sh); cp -r sub sub_; bash sub_/«v».sh; rm -r sub_"), 0},
	{"script made in a subshell", in("(cd sub; echo '«L»' > «v».sh); bash sub/«v».sh; bash -c \"echo '«L» y' > «v».sh\"; sh «v».sh"), 0},
	{"pipe with a name", in("mkfifo «v»; { echo '«L»' > «v» & } ; timeout 1 bash «v»; rm «v»"), 0},
}

// filters are texts that come out of a program as something else.
var filters = []construct{
	{"tr", func(g *Generator, d int) string {
		return g.pick("echo "+quote(strings.ToUpper(g.bare()))+" | tr A-Z a-z | sh", "echo "+g.listed("@")+" | tr @ ' ' | bash", "echo "+g.listed("@@")+" | tr -s @ ' ' | bash",
			"$(echo "+quote(strings.ToUpper(g.bare()))+" | tr '[:upper:]' '[:lower:]')", "echo "+g.listed("% %")+" | tr -d % | sh", "tr '\\n' ' ' <<< "+quote(g.listed("\n"))+" | sh")
	}, 0},
	{"rev", func(g *Generator, d int) string {
		r := []rune(g.bare())
		slices.Reverse(r)
		return g.pick("echo "+quote(string(r))+" | rev | sh", "$(rev <<< "+quote(string(r))+")", "eval \"$(echo "+quote(string(r))+" | rev)\"")
	}, 0},
	{"base64", func(g *Generator, d int) string {
		b := base64.StdEncoding.EncodeToString([]byte(g.bare() + "\n"))
		return g.pick("echo "+b+" | base64 -d | sh", "base64 --decode <<< "+b+" | bash", "eval \"$(echo "+b+" | base64 -d)\"", "bash -c \"$(base64 -d <<< "+b+")\"",
			"echo "+b+" > b_.txt; base64 -d b_.txt > b_.sh; sh b_.sh", "$(echo "+b+"|base64 -di)", "bash <(echo "+b+" | base64 -d)")
	}, 0},
	{"xxd", func(g *Generator, d int) string {
		h := hex.EncodeToString([]byte(g.bare() + "\n"))
		return g.pick("echo "+h+" | xxd -r -p | sh", "xxd -rp <<< "+h+" | bash", "eval \"$(echo "+h+" | xxd -r -p)\"")
	}, 0},
	{"sed", func(g *Generator, d int) string {
		first, rest := g.split()
		return g.pick("echo '@ "+rest+"' | sed 's|@|"+first+"|' | sh", "echo "+g.listed("_")+" | sed 's/_/ /g' | sh", "echo '# "+first+" "+rest+"' | sed 's/^# //' | bash",
			"sed -n 2p <<< "+quote("a\n"+g.bare()+"\nb")+" | sh", "printf '%s\\n' a "+quote(g.bare())+" | sed 1d | sh", "echo "+quote("x"+g.bare())+" | sed -E 's/^(.)(.*)$/\\2/' | sh")
	}, 0},
	{"cut", func(g *Generator, d int) string {
		l := g.bare()
		return g.pick("echo 'xx"+l+"' | cut -c3- | sh", "echo 'a:"+l+":b' | cut -d: -f2 | sh", "cut -d, -f2- <<< 'z,"+l+"' | bash", "$(echo '1|"+l+"' | cut -d'|' -f 2)", fmt.Sprintf("echo '%sgone' | cut -b1-%d | sh", l, len(l)))
	}, 0},
	{"head and tail", func(g *Generator, d int) string {
		l := quote(g.bare())
		return g.pick("printf '%s\\n' "+l+" gone | head -n1 | sh", "printf '%s\\n' : "+l+" | tail -n 1 | sh", "printf '%s\\n' : "+l+" gone | head -2 | tail -1 | bash", "printf '%s\\n' : "+l+" | tail -n +2 | sh", fmt.Sprintf("printf %%s %s | head -c %d | sh", quote(l[1:len(l)-1]+"gone"), len(l)-2))
	}, 0},
	{"tac and sort", func(g *Generator, d int) string {
		return g.pick("printf '%s\\n' ':' "+quote(g.bare())+" | tac | sh", "printf '%s\\n' : "+quote(g.bare())+" | sort | sh", "printf '%s\\n' "+quote(g.bare())+" "+quote(g.bare())+" | sort -u | sh", "yes "+quote(g.bare())+" | head -n 2 | uniq | sh")
	}, 0},
	{"grep", func(g *Generator, d int) string {
		l := quote(g.bare())
		return g.pick("printf '%s\\n' note "+l+" | grep -v note | sh", "printf '%s\\n' a "+l+" b | grep -v ^[ab]$ | sh")
	}, 0},
	{"awk", func(g *Generator, d int) string {
		l := g.bare()
		return g.pick("echo 'a;"+l+"' | awk -F';' '{print $2}' | sh", "awk 'BEGIN { print \""+l+"\" }' | sh", "awk 'BEGIN { system(\""+l+"\") }'", "echo "+quote(l)+" | awk '{print}' | bash",
			"echo x | awk '{ print \""+l+" \" $1 }' | sh", "awk 'BEGIN { print \"x\" | \""+l+"\" }'", "echo "+quote(l)+" | awk '{ system($0) }'")
	}, 0},
	{"fold and paste", func(g *Generator, d int) string {
		return g.pick("printf '%s\\n' "+g.bare()+" | paste -sd' ' | sh", "echo "+quote(g.bare())+" | fold -w 200 | sh", "printf '%s\\n' "+g.bare()+" | paste -s -d ' ' - | bash", "nl -bn -w1 -s' ' <<< "+quote(g.bare())+" | sh")
	}, 0},
	{"filter into a file", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return "echo " + quote(strings.ToUpper(g.bare())) + " | tr A-Z a-z > " + f + "; " + g.start(f)
	}, 0},
	{"filter in a function", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { tr A-Z a-z | cat; }; echo " + quote(strings.ToUpper(g.bare())) + " | " + f + " | sh"
	}, 0},
	{"filter by a loop", func(g *Generator, d int) string {
		return "printf '%s\\n' " + g.bare() + " | while read -r w_; do printf '%s ' \"$w_\"; done | sh"
	}, 0},
}

var descriptors = []construct{
	{"exec, read back", in(`echo '«L»' > «v».txt; exec 3< «v».txt; read -r l <&3; $l; exec 3<&-`), 0},
	{"exec, written", in(`exec 4> «v».sh; echo '«L»' >&4; exec 4>&-; sh «v».sh`), 0},
	{"exec, kept for the input", in(`(exec < <(echo '«L»'); bash)`), 0},
	{"exec, here-string", in(`exec 5<<< '«L»'; bash <&5; exec 5<&-`), 0},
	{"named descriptor", in(`exec {fd_}<<< '«L»'; read -ru $fd_ l; exec {fd_}<&-; $l`), 0},
	{"read -u", in(`read -ru 6 «v» 6<<< '«L»'; $«v»; mapfile -tu 6 «w» 6< <(echo '«L» y'); ${«w»[0]}`), 0},
	{"duplicated output", in(`{ echo '«L»' >&2; } 2>&1 | sh; { echo '«L» x' >&3; } 3>&1 | sh`), 0},
	{"stderr | sh", in(`{ echo '«L»' >&2; echo gone > /dev/null; } 2>&1 >/dev/null | bash`), 0},
	{"/dev/fd", in(`echo '«L»' | bash /dev/fd/0; bash /dev/fd/8 8<<< '«L» x'; . /dev/fd/8 8<<< '«L» y'`), 0},
	{"swapped descriptors", in(`{ echo gone; echo '«L»' >&2; } 3>&1 1>/dev/null 2>&3 | sh`), 0},
	{"loop with its own descriptor", in(`while read -ru 9 l; do $l < /dev/null; done 9<<< '«L»'`), 0},
	{"group with input", in(`{ read -r a_; read -r b_; $b_ x; } <<< $'one\n«L»'`), 0},
	{"subshell with input", in(`(read -r a_; bash) < <(printf '%s\n' one '«L»')`), 0},
	{"input handed on", in(`«v»() { bash; }; echo '«L»' | «v»; «w»() { cat; }; echo '«L» y' | «w» | sh; «v» <<< '«L» z'`), 0},
	{"coproc, read", in(`(coproc { echo '«L»'; }; read -ru ${COPROC[0]} l; $l) 2>/dev/null`), 0},
	{"output of exec", in(`(exec > «v».sh; echo '«L»'); sh «v».sh; (exec >> «v».sh; echo ':'); . ./«v».sh`), 0},
}

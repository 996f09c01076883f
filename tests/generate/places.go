package generate

// install is an installation by whatever pip is found.
func (g *Generator) install() string {
	return g.pick("pip install x", "pip3 install -q x y", "python3 -m pip install x", "pip install -r req.txt", "pip uninstall -y x", "pip -q install x", "python3 -Im pip install x")
}

// args are the arguments of an installation.
func (g *Generator) args() string {
	return g.pick("install x", "install -q x y", "install -r req.txt", "install -e .", "uninstall -y x", "-q install x")
}

// tool is a program of a virtual environment, with arguments that install.
func (g *Generator) tool() string {
	return g.pick("pip ", "pip3 ", "python3 -m pip ", "python -m pip ") + g.args()
}

// after writes an installation after something.
func after(front ...string) func(g *Generator, d int) string {
	return func(g *Generator, d int) string { return g.pick(front...) + g.install() }
}

// places change where an installation lands. They count on the working
// directory holding .venv, a virtual environment, link, a link to it, fake,
// which looks like one but has no pyvenv.cfg, and sub, which is empty.
var places = []construct{
	{"environment by path", func(g *Generator, d int) string {
		return g.pick(".venv/bin/", "./.venv/bin/", `"$PWD"/.venv/bin/`, "link/bin/", "sub/../.venv/bin/", ".venv/../.venv/bin/", ".ven[v]/bin/", "${NONE:-.venv}/bin/", ".venv//bin/") + g.tool()
	}, 0},
	{"environment by path, from below", func(g *Generator, d int) string {
		return g.pick("cd sub && ../.venv/bin/pip "+g.args()+"; cd ..", "(cd sub && ../.venv/bin/python3 -m pip "+g.args()+")", "env -C sub ../.venv/bin/pip "+g.args(), "pushd sub >/dev/null && { ../.venv/bin/pip "+g.args()+"; popd >/dev/null; }",
			"cd .venv/bin && { ./pip "+g.args()+"; cd ../..; }", "V=$PWD/.venv; (cd sub; $V/bin/pip "+g.args()+")", "cd sub/.. && .venv/bin/pip "+g.args(), "(cd sub; cd - >/dev/null; .venv/bin/pip "+g.args()+")", "(CDPATH=sub; cd .. ; cd w && .venv/bin/pip "+g.args()+")")
	}, 0},
	{"fake environment", func(g *Generator, d int) string {
		return g.pick("fake/bin/", "./fake/bin/", "sub/../fake/bin/", `"$PWD"/fake/bin/`, "cd fake; bin/", "env -C fake bin/", "V=fake; $V/bin/", "(cd fake/bin && ./pip "+g.args()+"); ./fake/bin/") + g.tool()
	}, unsafeOnly},
	{"fake environment on PATH", after("PATH=$PWD/fake/bin:$PATH ", "PATH=$PWD/fake/bin:$PATH; ", "export PATH=\"$PWD/fake/bin:$PATH\"; ", "env PATH=$PWD/fake/bin:$PATH "), unsafeOnly},
	{"environment activated", func(g *Generator, d int) string {
		return "( " + g.pick(".", "source", "builtin source", "command .") + " " + g.pick(".venv/bin/activate", "./.venv/bin/activate", `"$PWD"/.venv/bin/activate`, "link/bin/activate") + " && " + g.install() + g.pick("", " && "+g.install(), "; cd sub; "+g.install(), "; bash -c '"+g.install()+"'") + " )"
	}, 0},
	{"environment activated somehow", after("(. .venv/bin/activate); ", ". .venv/bin/activate | cat; ", "bash .venv/bin/activate; ", "bash -c '. .venv/bin/activate'; ", ". sub/bin/activate; ", ". .venv/bin/activate & wait; ",
		"x_=$(. .venv/bin/activate); ", "VIRTUAL_ENV=$PWD/.venv ", "export VIRTUAL_ENV=.venv; "), unsafeOnly},
	{"environment deactivated", func(g *Generator, d int) string {
		return "( . .venv/bin/activate; " + g.pick("deactivate", "PATH=${PATH#*:}", "env -i PATH=\"${PATH#*:}\" true; deactivate") + "; " + g.install() + " )"
	}, unsafeOnly},
	{"environment left by a wrapper", func(g *Generator, d int) string {
		return "( . .venv/bin/activate; " + g.pick("sudo ", "sudo -E ", "doas ") + g.install() + " )"
	}, unsafeOnly},
	{"environment activated in a function", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { . .venv/bin/activate; }; (" + f + " && " + g.install() + "); if [ -d .venv ]; then (source .venv/bin/activate; " + g.install() + "); fi"
	}, 0},
	{"environment on PATH", func(g *Generator, d int) string {
		return "( " + g.pick("PATH=$PWD/.venv/bin:$PATH", "export PATH=\"$PWD/.venv/bin:$PATH\"", "PATH=\"$PWD/link/bin${PATH:+:$PATH}\"", "declare -x PATH=$PWD/.venv/bin:$PATH", "printf -v PATH %s:%s \"$PWD/.venv/bin\" \"$PATH\"") + "; " + g.install() + " )"
	}, 0},
	{"environment on PATH, of one command", func(g *Generator, d int) string {
		return g.pick("PATH=$PWD/.venv/bin:$PATH ", "env PATH=\"$PWD/.venv/bin:$PATH\" ", "PATH=.venv/bin:$PATH ", "PATH=$PWD/.venv/bin:$PATH env ", "PATH=$PWD/.venv/bin:$PATH nice ", "env -i PATH=$PWD/.venv/bin:$PATH LOG=\"$LOG\" ") + g.install()
	}, 0},
	{"environment last on PATH", after("PATH=$PATH:$PWD/.venv/bin ", "PATH=$PATH:$PWD/.venv/bin; ", "(PATH=$PWD/.venv/bin:$PATH); ", "PATH=$PWD/.venv/bin:$PATH true; ", "PATH=/none:$PATH ", "PATH=sub:$PATH "), unsafeOnly},
	{"environment made", func(g *Generator, d int) string {
		v := g.fresh("env")
		return "python3 -m venv " + v + " && " + g.pick(v+"/bin/pip "+g.args(), "( . "+v+"/bin/activate && "+g.install()+" )", "PATH=$PWD/"+v+"/bin:$PATH "+g.install(), "(cd "+v+"; bin/pip "+g.args()+")", v+"/bin/python3 -m pip "+g.args()+" && "+v+"/bin/pip "+g.args())
	}, 0},
	{"environment made, and not used", func(g *Generator, d int) string {
		v := g.fresh("env")
		return "python3 -m venv " + v + "; " + g.install() + "; (. " + v + "/bin/activate); " + g.install()
	}, unsafeOnly},
	{"environment faked", func(g *Generator, d int) string {
		v := g.fresh("env")
		return "mkdir -p " + v + "/bin; " + "ln -s " + g.Bin + "/pip " + v + "/bin/pip; " + v + "/bin/pip " + g.args()
	}, needsBin | unsafeOnly},
	{"environment broken", func(g *Generator, d int) string {
		return g.pick("rm .venv/pyvenv.cfg; .venv/bin/pip ", "mv .venv/pyvenv.cfg sub/; .venv/bin/python3 -m pip ", "rm -f .venv/*.cfg && .venv/bin/pip ", "unlink_=.venv/pyvenv.cfg; rm $unlink_; .venv/bin/pip ") + g.args()
	}, unsafeOnly},
	{"environment moved", func(g *Generator, d int) string {
		v := g.fresh("env")
		return "cp -r .venv " + v + " && " + v + "/bin/pip " + g.args() + "; rm -r " + v
	}, 0},
	{"cd", func(g *Generator, d int) string { return "cd sub && { " + g.stmt(d) + "; cd ..; }" }, 0},
	{"cd there and back", func(g *Generator, d int) string { return "cd sub; " + g.stmt(d) + "; cd - > /dev/null; " + g.stmt(d) }, 0},
	{"cd by variable", func(g *Generator, d int) string {
		return "d_=sub; cd \"$d_\" && " + g.stmt(d) + "; cd \"$OLDPWD\"; cd; cd w; " + g.stmt(d)
	}, 0},
	{"cd by CDPATH", func(g *Generator, d int) string { return "(CDPATH=$HOME/w:; cd sub >/dev/null; " + g.stmt(d) + ")" }, 0},
	{"cd that fails", func(g *Generator, d int) string {
		return "(cd none 2>/dev/null && " + g.stmt(d) + "; cd none || " + g.stmt(d) + ")"
	}, 0},
	{"pushd", func(g *Generator, d int) string { return "pushd sub > /dev/null; " + g.stmt(d) + "; popd > /dev/null" }, 0},
	{"cd in subshell", func(g *Generator, d int) string { return "(cd sub; " + g.stmt(d) + ")" }, 0},
	{"environment variables of pip", func(g *Generator, d int) string {
		return g.pick("PIP_USER=1 ", "export PIP_USER=1; ", "env PIP_USER=yes ", "PIP_TARGET=/usr/lib/x ", "PIP_PREFIX=/usr ", "PIP_PYTHON=/usr/bin/python3 ") + ".venv/bin/pip install x; unset PIP_USER"
	}, unsafeOnly},
}

// mentions hold installations that nothing starts.
var mentions = []construct{
	{"mention", func(g *Generator, d int) string {
		return "echo pip install x " + quote(g.stmt(0)) + g.pick("", " | cat", " > note.txt")
	}, 0},
	{"mention, printed", func(g *Generator, d int) string {
		return g.pick("echo ", "printf '%s\\n' ", "echo -e ", "cat <<< ", "echo >&2 ", "printf 'run %s\\n' ") + g.quoted(g.install()) + g.pick("", " | cat", " > note.txt", " | tee note.txt", " >> log.txt", " | grep pip", " | head -1", " | tr a-z A-Z")
	}, 0},
	{"mention, message", func(g *Generator, d int) string {
		return "git commit -m " + g.quoted("fix: `"+g.install()+"` ; $("+g.install()+") && "+g.install()) + g.pick("", " -q", " --allow-empty")
	}, 0},
	{"mention, searched", func(g *Generator, d int) string {
		return g.pick("grep -rn ", "git grep ", "git log --grep=", "grep -c ", "git log -S") + g.quoted(g.install()) + g.pick("", " sub", " -- .") + " < /dev/null"
	}, 0},
	{"mention, comment", func(g *Generator, d int) string {
		return g.stmt(d) + " # " + g.install() + "\n# " + g.install() + "; `" + g.install() + "`\n" + g.simple(0)
	}, 0},
	{"mention, here-document", func(g *Generator, d int) string {
		return "{ " + g.pick("cat", "cat > note.md", ":", "tee note.md", "git commit -F -", "grep -n pip") + " <<" + g.pick("'E_'", `\E_`, `"E_"`) + "\n" + g.install() + "\n$(" + g.install() + ")\nE_\n}"
	}, hereDoc},
	{"mention, message by here-document", func(g *Generator, d int) string {
		return "git commit -m \"$(cat <<'E_'\ndocs: it's " + g.install() + "\n\n`" + g.install() + "`\nE_\n)\""
	}, hereDoc},
	{"mention, variable", in(`«v»='pip install x'; echo "$«v»" ${#«v»}; «w»=("$«v»" 'pip3 install y'); echo "${«w»[@]}"; [ "$«v»" = x ] || ls x; [[ $«v» == pip* ]] && ls y`), 0},
	{"mention, function not called", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.install() + "; }; " + g.pick("type "+f, "declare -f "+f, "unset -f "+f, "export -f "+f, ":") + " > /dev/null"
	}, 0},
	{"mention, branch not taken", func(g *Generator, d int) string {
		return g.pick("if false; then "+g.install()+"; fi", "if [ 1 = 2 ]; then "+g.install()+"; else "+g.stmt(d)+"; fi", "if [[ a == b ]]; then "+g.install()+"; fi", "if (( 0 )); then "+g.install()+"; fi",
			"while false; do "+g.install()+"; done", "until true; do "+g.install()+"; done", "for i_ in; do "+g.install()+"; done", "if ! true; then "+g.install()+"; fi", "if true; then "+g.stmt(d)+"; else "+g.install()+"; fi",
			"if [ -n \"$NONE\" ]; then "+g.install()+"; fi", "for ((i_=0; i_<0; i_++)); do "+g.install()+"; done")
	}, 0},
	{"mention, list not run on", func(g *Generator, d int) string {
		return g.pick("false && ", "true || ", "[ a = b ] && ", "(exit 1) && ", "! : && ", "false && true && ") + g.install()
	}, 0},
	{"mention, case not taken", func(g *Generator, d int) string {
		return "case " + g.pick("a", "$HOME", "\"${HOME:-a}\"", "abc") + " in pip) " + g.install() + ";; x*|[0-9]) " + g.install() + ";; *) " + g.stmt(d) + ";; esac"
	}, 0},
	{"mention, after exit", func(g *Generator, d int) string {
		return "( " + g.stmt(d) + g.pick("; exit 0; ", "; exit; ", "\nexit 1\n") + g.install() + " )"
	}, 0},
	{"mention, after return or break", func(g *Generator, d int) string {
		f := g.fresh("fn")
		return f + "() { " + g.stmt(d) + "; return; " + g.install() + "; }; " + f + "; for i_ in 1 2; do break; " + g.install() + "; done"
	}, 0},
	{"mention, alias not used", func(g *Generator, d int) string {
		return "alias pi_=" + quote(g.install()) + "; alias > /dev/null; unalias pi_"
	}, 0},
	{"mention, trap taken back", func(g *Generator, d int) string {
		return "( trap " + quote(g.install()) + " EXIT; trap " + g.pick("- EXIT", "'' EXIT", "EXIT", ": EXIT") + " )"
	}, 0},
	{"mention, file not run", func(g *Generator, d int) string {
		f := g.fresh("note")
		return then(g.write(g.install(), f+".sh")) + g.pick("cat "+f+".sh", "chmod +x "+f+".sh", "grep pip "+f+".sh", "bash -n "+f+".sh", "git add "+f+".sh", "head -1 "+f+".sh", "mv "+f+".sh sub/") + " > /dev/null"
	}, 0},
	{"mention, file overwritten", func(g *Generator, d int) string {
		f := g.fresh("t") + ".sh"
		return "echo " + quote(g.install()) + " > " + f + "; echo " + quote(g.posix()) + " > " + f + "; bash " + f
	}, 0},
	{"mention, query", func(g *Generator, d int) string {
		return g.pick("pip install --dry-run x", "pip install --help", "pip list", "pip download x", "pip --version", "pip help install", "pip show x", "pip freeze > req.txt", "python3 -m pip list", "python3 -m pip install --dry-run x", "pip3 check", "pip config list", "pip wheel .", "pip install", "pip index versions x")
	}, 0},
	{"mention, other programs", func(g *Generator, d int) string {
		return g.pick("pipxx", "pip-install", "xpip", "pip_tool", "q", "./pip.md", "pip-audit", "pipdeptree") + " install x" + g.pick("", " || true", " 2>/dev/null")
	}, 0},
	{"mention, argument", func(g *Generator, d int) string {
		return g.pick("ls pip install x", "q -m "+quote(g.install()), "git tag 'pip install'", "q --run="+quote(g.install()), "touch 'pip install x'", "mkdir -p pip/install", "rm -f pip install x", "test pip = install", "command -v pip install", "type pip install", "which pip", "git log -- pip install x", "export NOTE="+quote(g.install()), "read -r note_ <<< "+quote(g.install())) + " > /dev/null 2>&1"
	}, 0},
	{"mention, text replaced", in(`«v»='pip install x'; «v»=${«v»/pip install/echo}; $«v» y; «w»='pip install x'; «w»=ls; $«w» z`), 0},
	{"mention, printed by a shell", func(g *Generator, d int) string {
		return g.pick("bash -c ", "sh -c ", "eval ") + quote("echo "+quote(g.install())+"; : "+quote(g.install()))
	}, 0},
	{"mention, positional", func(g *Generator, d int) string { return "set -- " + g.install() + "; echo \"$@\" $# $1; set --" }, 0},
	{"mention, other languages", func(g *Generator, d int) string {
		return g.pick("python3 -c "+quote("print('"+g.install()+"')"), "awk 'BEGIN { print \""+g.install()+"\" }'", "sed 's/x/"+g.install()+"/' < /dev/null", "python3 -c 'x = \"pip install x\"'")
	}, 0},
}

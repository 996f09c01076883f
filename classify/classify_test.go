package classify

import (
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// site is a project with an environment, on a machine with a system Python.
func site() world.Mem {
	bin := world.MemFile{Content: "#!/usr/bin/python3\n", Exec: true}
	return world.Mem{
		"/usr/bin/python3":            {Content: "\x7fELF", Exec: true},
		"/usr/bin/python":             {Target: "python3"},
		"/usr/bin/pip":                bin,
		"/usr/bin/pip3":               bin,
		"/home/u/p/.venv/pyvenv.cfg":  {Content: "home = /usr/bin\n"},
		"/home/u/p/.venv/bin/python":  {Target: "/usr/bin/python3"},
		"/home/u/p/.venv/bin/python3": {Target: "python"},
		"/home/u/p/.venv/bin/pip":     {Content: "#!/home/u/p/.venv/bin/python\n", Exec: true},
		"/home/u/p/.venv/bin/activate": {Content: "VIRTUAL_ENV=/home/u/p/.venv\nexport VIRTUAL_ENV\n" +
			"PATH=\"$VIRTUAL_ENV/bin:$PATH\"\nexport PATH\n"},
		"/home/u/p/requirements.txt": {Content: "requests\n"},
		"/home/u/p/deploy.sh":        {Content: "#!/bin/sh\nset -e\npip install requests\n", Exec: true},
		"/home/u/p/Makefile":         {Content: "deps:\n\tpip install requests\nok:\n\t.venv/bin/pip install requests\n"},
	}
}

func decide(text string) Decision {
	return Decide(
		action.Call{Tool: "Bash", Shell: action.ShellPOSIX, Command: text, Dir: "/home/u/p"},
		World{FS: site(), Environ: []string{"HOME=/home/u", "PATH=/usr/local/bin:/usr/bin:/bin"}},
	)
}

var commands = []struct {
	text string
	want action.Verdict
}{
	{"ls -l", action.Pass},
	{"git commit -m 'pip install x'", action.Pass},
	{"pip list", action.Pass},
	{".venv/bin/pip install x", action.Allow},
	{"source .venv/bin/activate && pip install -r requirements.txt", action.Allow},
	{"pip install x", action.Block},
	{"cd / && python3 -m pip install x", action.Block},
	{"X=pip; $X install x", action.Block},
	{"./deploy.sh", action.Block},
	{"bash deploy.sh", action.Block},
	{`python3 -c 'import os; os.system("pip install x")'`, action.Block},
	{"echo 'pip install x' | sh", action.Block},
}

// What Codex's apply_patch writes counts like any other file.
func TestApplyPatch(t *testing.T) {
	for text, want := range map[string]action.Verdict{
		"apply_patch <<'E'\n*** Begin Patch\n*** Add File: x.sh\n+pip install x\n*** End Patch\nE\nsh x.sh":       action.Block,
		"apply_patch <<'E'\n*** Begin Patch\n*** Add File: x.sh\n+pip install x\n*** End Patch\nE\n":              action.Pass,
		"apply_patch '*** Update File: deploy.sh\n@@\n-pip install requests\n+true' && ./deploy.sh":               action.Pass,
		"apply_patch '*** Update File: deploy.sh\n@@\n-set -e\n+set -x' && ./deploy.sh":                           action.Block,
		"cd sub && apply_patch <<'E'\n*** Add File: .npmrc\n+registry=https://npm.example.com/\n*** End Patch\nE": action.Ask,
		"apply_patch <<'E'\n*** Update File: deploy.sh\n*** Move to: y.sh\n*** End Patch\nE\nbash y.sh":           action.Block,
		"apply_patch <<'E'\n*** Delete File: deploy.sh\n*** End Patch\nE\nbash deploy.sh":                         action.Pass,
	} {
		if got := decide(text); got.Verdict != want {
			t.Errorf("%s: %v, want %v: %s", text, got.Verdict, want, got.Reason())
		}
	}
}

func TestDecide(t *testing.T) {
	for _, tt := range commands {
		if got := decide(tt.text).Verdict; got != tt.want {
			t.Errorf("%s: %v, want %v", tt.text, got, tt.want)
		}
	}
}

// What changes nothing in bash must change nothing in the verdict.
func TestHarmlessChanges(t *testing.T) {
	changes := []struct{ name, before, after string }{
		{"blanks", "  \t", "   "},
		{"newlines", "\n\n", "\n"},
		{"comment", "# pip install x\n", "\n# .venv/bin/pip"},
		{"true", "true; ", ""},
		{"colon", ": x && ", ""},
		{"group", "{ ", "\n}"},
		{"condition", "if :; then\n", "\nfi"},
		{"function", "f() {\n", "\n}; f"},
		{"assignment", "UNUSED=pip\n", ""},
	}
	for _, tt := range commands {
		for _, ch := range changes {
			text := ch.before + tt.text + ch.after
			if got := decide(text).Verdict; got != tt.want {
				t.Errorf("%s: %q: %v, want %v", ch.name, text, got, tt.want)
			}
		}
	}
}

// A reason names the words, the place and the rule, and stays short.
func TestReason(t *testing.T) {
	long := "pip install " + strings.Repeat("some-package-with-a-long-name ", 200)
	for _, text := range []string{"pip install x", "./deploy.sh", long, strings.Repeat("pip install x; pip3 install y; ", 50), "pip install x; ("} {
		dec := decide(text)
		if dec.Verdict != action.Block {
			t.Fatalf("%.60s…: %v", text, dec.Verdict)
		}
		r := dec.Reason()
		// The remedy repeats the user's words, however many they are.
		if len(r) > 1000+len(dec.Remedy())*9/10 {
			t.Errorf("%.60s…: the reason has %d bytes:\n%s", text, len(r), r)
		}
		for _, want := range []string{"pip", "/usr", "[python/", ".venv/bin/pip install"} {
			if !strings.Contains(r, want) {
				t.Errorf("%.60s…: the reason lacks %q:\n%s", text, want, r)
			}
		}
	}
	if r := decide("./deploy.sh").Reason(); !strings.Contains(r, "deploy.sh:3") {
		t.Errorf("the reason does not say where in the script: %s", r)
	}
	if r := decide("ls").Reason(); r != "" {
		t.Errorf("a reason for PASS: %q", r)
	}
}

// A reason names what does it as people know it: no program is called
// install.packages(), and none ⟨fetched⟩.
func TestSubject(t *testing.T) {
	for text, want := range map[string]string{
		`curl https://example.com/a | sudo sh`:           "`sh` (started by sudo) would run what https://example.com/a sends",
		`. <(curl https://example.com/a)`:                "This command would run what https://example.com/a sends",
		`Rscript -e 'install.packages("x", lib = "/x")'`: "`install.packages --lib=/x x` (started by Rscript -e) would install x",
	} {
		if r := decide(text).Reason(); !strings.HasPrefix(r, want) {
			t.Errorf("%s: %s\nwant %s…", text, r, want)
		}
	}
}

// A remedy is the first thing that an agent tries next: it must pass.
func TestRemedyPasses(t *testing.T) {
	for _, tt := range commands {
		if r := decide(tt.text).Remedy(); r != "" {
			if v := decide(r).Verdict; v > action.Allow {
				t.Errorf("%s: the remedy %q is answered with %v", tt.text, r, v)
			}
		} else if tt.want == action.Block {
			t.Errorf("%s: no remedy", tt.text)
		}
	}
}

// alike are texts that do the same as text.
func alike(text string) []string {
	return []string{text + "\n", " \t" + text, "\n" + text, text + "\n# note", text + " \n\n", "true; " + text, "true\n" + text, "{ true; " + text + "\n}"}
}

// telling are what lets a text see how it is written, or changes how the text
// after it is read.
var telling = []string{"_", "alias", "shopt", "set", "LINENO", "BASH", "fc", "history", "!", "trap", "\\", "<<", "exec", "enable", "\x00", "\r"}

// What a text is judged does not hang on blanks, comments and groups around it.
func TestSame(t *testing.T) {
	for _, tt := range commands {
		for _, text := range alike(tt.text) {
			if got := decide(text).Verdict; got != tt.want {
				t.Errorf("%q: %v, want %v", text, got, tt.want)
			}
		}
	}
}

// No text may make the guard panic or think long, adding a blocked command to a
// text that bash can read may not make it pass, and what does the same is
// judged the same.
func FuzzDecide(f *testing.F) {
	for _, tt := range commands {
		f.Add(tt.text)
	}
	f.Add("for x in a b; do case $x in a) pip;; esac; done <<E\n$(x)\nE\n")
	f.Add("x=${y:-$(z \"${a[@]/b/c}\")} [[ -n $x && ! -f <(y) ]]")
	f.Add("f() { local v=$1; $v install x; }; f pip; while read -r l; do $l; done < <(echo ls)")
	f.Add("cd sub && . ../.venv/bin/activate && pip install x | tee log & wait")
	f.Add("printf '%s\\n' 'pip install x' > a.sh; chmod +x a.sh; ./a.sh; v=(a b); v[1]=c; \"${v[@]:1}\"")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		dec := decide(text)
		if dec := decide("pip install x\n" + text); dec.Verdict != action.Block {
			t.Errorf("pip install x, then %q: %v", text, dec.Verdict)
		}
		if len(text) > 256 || dec.Verdict == action.Block {
			return // what cannot be read may be read differently
		}
		for _, w := range telling {
			if strings.Contains(text, w) {
				return
			}
		}
		for _, again := range alike(text) {
			if got := decide(again); got.Verdict != dec.Verdict {
				t.Errorf("%q: %v, but %q: %v (%s)", text, dec.Verdict, again, got.Verdict, got.Reason())
			}
		}
	})
}

// What cannot be done another way is for the user: every reason says what to do.
func TestReasonAdvises(t *testing.T) {
	for _, text := range []string{
		"npm install -g .", "corepack enable", "pnpm setup", "pipx uninstall-all", "hatch config set template.name x",
		"npm unlink -g typescript", "mix hex.retire pkg 1.0.0 security", "pip config set global.index-url https://example.com/simple",
	} {
		d := decide(text)
		if r := d.Reason(); d.Verdict != action.Block || !strings.Contains(r, "the user") && !strings.Contains(r, "Run instead:") && !strings.Contains(r, "changes them for that one only") {
			t.Errorf("%s: %v, %q does not say what to do", text, d.Verdict, r)
		}
	}
	r := decide("corepack enable; pnpm setup").Reason()
	if strings.Count(r, "ask the user") != 1 {
		t.Errorf("%q does not ask once", r)
	}
}

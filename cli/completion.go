package cli

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const completionUsage = `usage: venv-guard completion bash|zsh|fish|powershell

Prints what makes a shell complete venv-guard's words when you press tab. In
bash, for this session:

  source <(venv-guard completion bash)

For good, put it where the shell looks:

  venv-guard completion bash > ~/.local/share/bash-completion/completions/venv-guard
  venv-guard completion zsh  > DIR/_venv-guard   (DIR is one of $fpath)
  venv-guard completion fish > ~/.config/fish/completions/venv-guard.fish
  venv-guard completion powershell >> $PROFILE

Exit status: 0 done; 64 wrong usage.
`

// A Topic is the help of one subcommand.
type Topic struct {
	Name    string
	Summary string   // what the list of commands says of it
	Usage   string   // what its --help prints
	Words   []string // the subcommands and options that the usage names
}

// Topics returns the help of every subcommand that the list of commands names,
// in its order.
func Topics() []Topic {
	var list []Topic
	for _, line := range strings.Split(usage, "\n") {
		switch name, rest, found := strings.Cut(strings.TrimPrefix(line, "  "), " "); {
		case found && strings.HasPrefix(line, "  ") && name != "" && isLower(name):
			list = append(list, Topic{Name: name, Summary: strings.TrimSpace(rest)})
		case len(list) > 0 && strings.HasPrefix(line, "      "):
			t := &list[len(list)-1]
			t.Summary += " " + strings.TrimSpace(line)
		case len(list) > 0:
			return withUsage(list)
		}
	}
	return withUsage(list)
}

func isLower(s string) bool { return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == "" }

func withUsage(list []Topic) []Topic {
	option := regexp.MustCompile(`--[a-z][a-z-]*`)
	for i := range list {
		t := &list[i]
		var out bytes.Buffer
		c := Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}
		c.Main([]string{t.Name, "--help"})
		t.Usage = out.String()
		head, body, _ := strings.Cut(t.Usage, "\n\n")
		t.Words = option.FindAllString(head, -1)
		for _, line := range strings.Split(body, "\n") {
			if strings.HasPrefix(line, "  -") {
				t.Words = append(t.Words, option.FindString(line))
			}
		}
		for _, line := range strings.Split(head, "\n") {
			line = strings.TrimPrefix(strings.TrimSpace(line), "usage: ")
			if rest, ok := strings.CutPrefix(line, "venv-guard "+t.Name+" "); ok {
				word, _, _ := strings.Cut(rest, " ")
				for _, w := range strings.Split(word, "|") {
					if isLower(w) && !strings.HasPrefix(w, "-") {
						t.Words = append(t.Words, w)
					}
				}
			}
		}
		slices.Sort(t.Words)
		t.Words = slices.DeleteFunc(slices.Compact(t.Words), func(w string) bool { return w == "" })
	}
	return list
}

func (c *Command) completion(args []string) int {
	if len(args) == 1 && (args[0] == "-h" || args[0] == "--help") {
		fmt.Fprint(c.Stdout, completionUsage)
		return ExitOK
	}
	if len(args) == 1 {
		if text := Completion(args[0]); text != "" {
			fmt.Fprint(c.Stdout, text)
			return ExitOK
		}
	}
	c.errorf("completion: which shell? %q", strings.Join(args, " "))
	c.hintf("venv-guard completion bash, zsh, fish or powershell")
	return ExitUsage
}

// Completion returns the completion script for a shell, "" for one that it does
// not know.
func Completion(shell string) string {
	var b strings.Builder
	topics := Topics()
	names := make([]string, len(topics))
	for i, t := range topics {
		names[i] = t.Name
	}
	switch shell {
	case "bash":
		b.WriteString("# bash completion for venv-guard\n_venv_guard() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n\tCOMPREPLY=()\n")
		fmt.Fprintf(&b, "\tif ((COMP_CWORD == 1)); then\n\t\tCOMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n", strings.Join(names, " "))
		for _, t := range topics {
			if len(t.Words) > 0 {
				fmt.Fprintf(&b, "\t%s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", t.Name, strings.Join(t.Words, " "))
			}
		}
		b.WriteString("\tesac\n}\ncomplete -o default -F _venv_guard venv-guard\n")
	case "zsh":
		b.WriteString("#compdef venv-guard\n_venv_guard() {\n\tif ((CURRENT == 2)); then\n\t\tlocal -a commands=(\n")
		for _, t := range topics {
			fmt.Fprintf(&b, "\t\t\t'%s:%s'\n", t.Name, quoteSingle(strings.ReplaceAll(t.Summary, ":", `\:`)))
		}
		b.WriteString("\t\t)\n\t\t_describe command commands\n\t\treturn\n\tfi\n\tcase $words[2] in\n")
		for _, t := range topics {
			if len(t.Words) > 0 {
				fmt.Fprintf(&b, "\t%s) compadd -- %s; _files ;;\n", t.Name, strings.Join(t.Words, " "))
			}
		}
		b.WriteString("\t*) _files ;;\n\tesac\n}\nif [[ $funcstack[1] == _venv_guard ]]; then\n\t_venv_guard \"$@\"\nelse\n\tcompdef _venv_guard venv-guard\nfi\n")
	case "fish":
		b.WriteString("# fish completion for venv-guard\n")
		for _, t := range topics {
			fmt.Fprintf(&b, "complete -c venv-guard -n __fish_use_subcommand -a %s -d '%s'\n", t.Name, strings.ReplaceAll(t.Summary, "'", `\'`))
			for _, w := range t.Words {
				what := "-a " + w
				if long, ok := strings.CutPrefix(w, "--"); ok {
					what = "-l " + long
				}
				fmt.Fprintf(&b, "complete -c venv-guard -n '__fish_seen_subcommand_from %s' %s\n", t.Name, what)
			}
		}
	case "powershell":
		b.WriteString("Register-ArgumentCompleter -Native -CommandName venv-guard -ScriptBlock {\n\tparam($word, $ast, $cursor)\n\t$seen = $ast.CommandElements | ForEach-Object { \"$_\" }\n\t$words = @{\n")
		fmt.Fprintf(&b, "\t\t'' = '%s'\n", strings.Join(names, " "))
		for _, t := range topics {
			fmt.Fprintf(&b, "\t\t'%s' = '%s'\n", t.Name, strings.Join(t.Words, " "))
		}
		b.WriteString("\t}\n\t$command = ''\n\tif ($seen.Count -gt 2 -or ($seen.Count -eq 2 -and $word -eq '')) { $command = $seen[1] }\n" +
			"\t\"$($words[$command])\".Split(' ') | Where-Object { $_ -like \"$word*\" } | ForEach-Object {\n" +
			"\t\t[System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)\n\t}\n}\n")
	}
	return b.String()
}

// quoteSingle makes a text fit between single quotes of a POSIX shell.
func quoteSingle(s string) string { return strings.ReplaceAll(s, "'", `'\''`) }

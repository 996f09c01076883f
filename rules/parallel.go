package rules

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/venv-guard/venv-guard/action"
)

// maxJobs bounds the jobs of one GNU parallel that are followed; one more with
// unknown values stands for the rest.
const maxJobs = 64

// startParallel reads GNU parallel's words (20221122): a command, then sources
// of values after `:::` (words) or `::::` (files). Without sources the values
// are the lines of -a's files or of standard input; without a command they are
// commands themselves.
func (r *reading) startParallel(s *start) {
	var command []string
	var sources [][]string
	linked := []bool{}
	files := false
	for i := range r.operands {
		w := r.operands[i].text
		plain := strings.TrimSuffix(w, "+")
		switch {
		case plain == ":::" || plain == "::::":
			files = plain == "::::"
			sources, linked = append(sources, nil), append(linked, plain != w)
		case len(sources) == 0:
			command = append(command, w)
		case files:
			sources[len(sources)-1] = append(sources[len(sources)-1], r.lines(w)...)
		default:
			sources[len(sources)-1] = append(sources[len(sources)-1], w)
		}
	}
	if len(sources) == 0 {
		ref := ref{kind: refOption, name: "--arg-file"}
		for _, f := range r.list(nil, &ref) {
			sources, linked = append(sources, r.lines(f)), append(linked, false)
		}
	}
	if len(sources) == 0 {
		sources, linked = [][]string{r.lines("-")}, []bool{false}
	}
	link, _ := r.on("--link", false)
	for i := 1; link && i < len(linked); i++ {
		linked[i] = true
	}
	jobs := r.grouped(combined(sources, linked))
	if len(jobs) > maxJobs {
		rest := string(action.Clipped)
		if len(command) > 0 && !slices.ContainsFunc(jobs[maxJobs:], isText) {
			rest = action.HoleText
		}
		jobs = append(jobs[:maxJobs:maxJobs], []string{rest})
	}
	in := strings.Join(command, " ")
	replace, _ := r.value("-I")
	if replace == "" {
		replace = "{}"
	}
	for _, job := range jobs {
		switch {
		case in == "" || in == replace:
			r.startText(s, strings.Join(job, " "))
		default:
			text, any := filled(in, replace, job)
			if !any {
				text += " " + quotedAll(job)
			}
			r.startText(s, text)
		}
	}
}

// isText reports whether a word of a job may be shell text of its own, if the
// command runs it as such: the name of a program or file is not.
func isText(job []string) bool {
	return slices.ContainsFunc(job, func(w string) bool { return strings.ContainsAny(w, " \t\n;&|<>$`") })
}

// lines returns the lines of a file, "-" for standard input; a hole if they are
// not known.
func (r *reading) lines(file string) []string {
	var text string
	switch {
	case file == "-" || file == "/dev/stdin":
		if r.inv.Stdin == nil {
			return []string{action.HoleText}
		}
		text = *r.inv.Stdin
	default:
		b, err := r.inv.FS.ReadFile(r.absolute(file), maxConfig)
		if err != nil {
			return []string{action.HoleText}
		}
		text = string(b)
	}
	end := "\n"
	if on, _ := r.on("--null", false); on {
		end = "\x00"
	}
	var list []string
	for _, l := range strings.Split(text, end) {
		if l != "" {
			list = append(list, l)
		}
	}
	return list
}

// combined returns every combination of one value of each source; linked ones
// go along with the source before them.
func combined(sources [][]string, linked []bool) [][]string {
	jobs := [][]string{nil}
	for i := 0; i < len(sources); {
		group := 1
		for i+group < len(sources) && linked[i+group] {
			group++
		}
		var next [][]string
		for _, job := range jobs {
			for k, v := range sources[i] {
				row := append(append([]string(nil), job...), v)
				for _, other := range sources[i+1 : i+group] {
					if len(other) > 0 {
						row = append(row, other[k%len(other)])
					}
				}
				if next = append(next, row); len(next) > maxJobs {
					break
				}
			}
		}
		jobs = next
		i += group
	}
	return jobs
}

// grouped splits values into columns (--colsep), or puts several of them into
// one job (-n, -N, -X, -m).
func (r *reading) grouped(jobs [][]string) [][]string {
	if sep, _ := r.value("--colsep"); sep != "" {
		for i, job := range jobs {
			if len(job) == 1 {
				jobs[i] = strings.Split(job[0], strings.Trim(sep, `\`))
			}
		}
		return jobs
	}
	n := 0
	for _, name := range [...]string{"--max-args", "--max-replace-args"} {
		if text, _ := r.value(name); text != "" {
			n, _ = strconv.Atoi(text)
		}
	}
	for _, name := range [...]string{"-X", "--xargs"} {
		if on, _ := r.on(name, false); on {
			n = len(jobs)
		}
	}
	if n < 2 {
		return jobs
	}
	var out [][]string
	for len(jobs) > 0 {
		var job []string
		for _, j := range jobs[:min(n, len(jobs))] {
			job = append(job, j...)
		}
		out, jobs = append(out, job), jobs[min(n, len(jobs)):]
	}
	return out
}

// filled puts the values of a job in the place of the replacement strings of a
// command, and reports whether there were any.
func filled(command, replace string, job []string) (text string, any bool) {
	var b strings.Builder
	for command != "" {
		if rest, ok := strings.CutPrefix(command, replace); ok {
			b.WriteString(quotedAll(job))
			command, any = rest, true
			continue
		}
		if command[0] == '{' {
			if n := strings.IndexByte(command, '}'); n > 0 {
				if v, ok := replacement(command[1:n], job); ok {
					b.WriteString(v)
					command, any = command[n+1:], true
					continue
				}
			}
		}
		b.WriteByte(command[0])
		command = command[1:]
	}
	return b.String(), any
}

// replacement returns what `{what}` stands for: `2`, `.`, `/`, `//`, `/.`, `2.`,
// the job's number `#`, or a perl expression, whose value is not known.
func replacement(what string, job []string) (string, bool) {
	switch {
	case what == "#" || what == "%" || strings.HasPrefix(what, "=") && strings.HasSuffix(what, "="):
		return action.HoleText, true
	case what == "" || what[0] == '-':
		return "", false
	}
	how := strings.TrimLeft(what, "0123456789")
	if n, err := strconv.Atoi(what[:len(what)-len(how)]); err == nil {
		if n < 1 || n > len(job) {
			return action.HoleText, true
		}
		job = job[n-1 : n]
	}
	out := make([]string, len(job))
	for i, v := range job {
		switch how {
		case "":
			out[i] = v
		case ".":
			out[i] = strings.TrimSuffix(v, path.Ext(v))
		case "/":
			out[i] = path.Base(v)
		case "//":
			out[i] = path.Dir(v)
		case "/.":
			out[i] = strings.TrimSuffix(path.Base(v), path.Ext(v))
		default:
			return "", false
		}
	}
	return quotedAll(out), true
}

// quotedAll returns words as a shell needs them; one that is not known at all
// may be several.
func quotedAll(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; !onlyHole(w) && strings.ContainsAny(w, " \t\n'\"\\$`|&;<>()*?[]{}#~!=") {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}

package cli

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/venv-guard/venv-guard/audit"
)

// A page is HTML that is being written. html/template would be linked into the
// program that every call of an agent starts; so every text goes through
// html.EscapeString here, and only constants are written as they are.
type page struct{ strings.Builder }

// text writes a text, escaped. Control characters, which HTML does not have,
// become U+FFFD.
func (p *page) text(s string) {
	p.WriteString(html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || 0x7f <= r && r < 0xa0 {
			return '�'
		}
		return r
	}, s)))
}

// tag writes a text in an element, which is "name" or "name class".
func (p *page) tag(element, s string) {
	name, class, ok := strings.Cut(element, " ")
	p.WriteString("<" + name)
	if ok {
		p.WriteString(` class="` + class + `"`)
	}
	p.WriteString(">")
	p.text(s)
	p.WriteString("</" + name + ">")
}

func (p *page) table(heads ...string) {
	p.WriteString("<table><thead><tr>")
	for _, h := range heads {
		p.tag("th", h)
	}
	p.WriteString("</tr></thead><tbody>\n")
}

const pageHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>venv-guard report</title>
<style>
:root{color-scheme:light dark;--line:#8884;--block:#c62828;--ask:#e69100;--allow:#2e7d32;--pass:#78909c}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
.cards{display:flex;gap:1rem;flex-wrap:wrap}.card{border:1px solid var(--line);border-radius:.5rem;padding:.6rem 1.2rem}
.card b{display:block;font-size:1.6rem}
.BLOCK{color:var(--block)}.ASK{color:var(--ask)}.ALLOW{color:var(--allow)}.PASS{color:var(--pass)}
.verdict{font-weight:600}.bad{color:var(--block);font-weight:600}
svg{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:currentColor}
rect.BLOCK{fill:var(--block)}rect.ASK{fill:var(--ask)}rect.ALLOW{fill:var(--allow)}rect.PASS{fill:var(--pass)}
</style></head><body>
`

var verdictNames = []struct{ verdict, label string }{
	{"BLOCK", "blocked"}, {"ASK", "asked"}, {"ALLOW", "allowed"}, {"PASS", "without opinion"},
}

// html returns the report as one page.
func (s *summary) html() []byte {
	const day = "2006-01-02 15:04"
	p := &page{}
	p.WriteString(pageHead)
	p.tag("h1", "What agents were kept from, and what they changed")
	p.tag("p", fmt.Sprintf("From %s to %s.", s.from.Local().Format(day), s.to.Local().Format(day+" MST")))
	p.WriteString(`<div class="cards">`)
	for _, v := range verdictNames {
		p.WriteString(`<div class="card">`)
		p.tag("b "+v.verdict, fmt.Sprint(s.calls[v.verdict]))
		p.text(v.label)
		p.WriteString("</div>")
	}
	p.WriteString("</div>\n")
	p.tag(map[bool]string{true: "p", false: "p bad"}[s.faults == 0], s.sound)
	s.timeline(p)
	s.rulesTable(p)
	s.changesTable(p)
	s.agentsTable(p)
	s.list(p)
	p.WriteString("</body></html>\n")
	return []byte(p.String())
}

// timeline draws the calls over time, one bar for each of 48 parts.
func (s *summary) timeline(p *page) {
	const parts, width, height = 48, 960, 120
	span := s.to.Sub(s.from)
	if span <= 0 {
		return
	}
	var bars [parts][]int
	most := 1
	for i := range bars {
		bars[i] = make([]int, len(verdictNames))
	}
	for k, v := range verdictNames {
		for _, t := range s.times[v.verdict] {
			i := min(int(float64(t.Sub(s.from))/float64(span)*parts), parts-1)
			bars[i][k]++
		}
	}
	for _, b := range bars {
		sum := 0
		for _, n := range b {
			sum += n
		}
		most = max(most, sum)
	}
	p.tag("h2", "Over time")
	fmt.Fprintf(p, `<svg viewBox="0 0 %d %d" role="img" aria-label="calls over time">`, width, height+20)
	for i, b := range bars {
		y := float64(height)
		for k, n := range b {
			if n == 0 {
				continue
			}
			h := float64(n) / float64(most) * (height - 10)
			y -= h
			fmt.Fprintf(p, `<rect class="%s" x="%d" y="%.1f" width="%d" height="%.1f"><title>`,
				verdictNames[k].verdict, i*width/parts+1, y, width/parts-2, h)
			p.text(fmt.Sprintf("%s: %d %s", s.from.Add(span*time.Duration(i)/parts).Local().Format("2006-01-02 15:04"), n, verdictNames[k].label))
			p.WriteString("</title></rect>")
		}
	}
	fmt.Fprintf(p, `<text x="0" y="%d">`, height+15)
	p.text(s.from.Local().Format("2006-01-02 15:04"))
	fmt.Fprintf(p, `</text><text x="%d" y="%d" text-anchor="end">`, width, height+15)
	p.text(s.to.Local().Format("2006-01-02 15:04"))
	p.WriteString("</text></svg>\n")
}

func (s *summary) rulesTable(p *page) {
	p.tag("h2", "What was stopped, and why")
	list := s.sortedRules()
	if len(list) == 0 {
		p.tag("p", "Nothing.")
		return
	}
	p.table("Times", "Verdict", "Rule", "Last command", "Reason")
	for _, c := range list {
		p.WriteString("<tr>")
		p.tag("td n", fmt.Sprint(c.n))
		p.verdict(c.verdict)
		p.tag("td", c.id)
		p.code(c.example)
		p.tag("td", c.reason)
		p.WriteString("</tr>\n")
	}
	p.WriteString("</tbody></table>\n")
}

func (p *page) verdict(v string) {
	class := ""
	for _, name := range verdictNames {
		if name.verdict == v {
			class = " verdict " + v
		}
	}
	p.tag("td"+class, v)
}

func (p *page) code(s string) {
	p.WriteString("<td>")
	p.tag("code", s)
	p.WriteString("</td>")
}

func (s *summary) changesTable(p *page) {
	p.tag("h2", "Environments that agents changed")
	if note := s.allowedNote(); note != "" {
		p.tag("p", note)
		return
	}
	if len(s.changes) == 0 {
		p.tag("p", "None.")
		return
	}
	p.table("Environment", "Tool", "Times", "Packages and options", "Last")
	for _, c := range s.changes {
		p.WriteString("<tr>")
		p.code(c.place)
		p.tag("td", c.tool+" "+c.operation)
		p.tag("td n", fmt.Sprint(c.n))
		p.code(strings.Join(c.words, "\n"))
		p.tag("td", c.last.Local().Format("2006-01-02 15:04"))
		p.WriteString("</tr>\n")
	}
	p.WriteString("</tbody></table>\n")
}

func (s *summary) agentsTable(p *page) {
	if len(s.agents) == 0 {
		return
	}
	p.tag("h2", "Agents")
	p.table("Agent", "Blocked", "Asked", "Allowed", "Without opinion")
	names := make([]string, 0, len(s.agents))
	for name := range s.agents {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(s.agents[b]["BLOCK"], s.agents[a]["BLOCK"]), cmp.Compare(a, b))
	})
	for _, name := range names {
		p.WriteString("<tr>")
		p.tag("td", name)
		for _, v := range verdictNames {
			p.tag("td n", fmt.Sprint(s.agents[name][v.verdict]))
		}
		p.WriteString("</tr>\n")
	}
	p.WriteString("</tbody></table>\n")
}

// list tells each decision that stopped a call, the newest first.
func (s *summary) list(p *page) {
	if len(s.listed) == 0 {
		return
	}
	p.tag("h2", "One by one")
	p.table("Record", "Time", "Verdict", "Rules", "Command", "Place")
	for _, r := range slices.Backward(s.listed) {
		s.row(p, &r)
	}
	p.WriteString("</tbody></table>\n")
	if s.more > 0 {
		p.tag("p", fmt.Sprintf("And %d older ones.", s.more))
	}
}

func (s *summary) row(p *page, r *audit.Record) {
	p.WriteString("<tr>")
	p.tag("td n", fmt.Sprint(r.Seq))
	p.tag("td", r.Time.Local().Format("2006-01-02 15:04:05"))
	p.verdict(r.Verdict)
	p.tag("td", strings.Join(r.Rules, ", "))
	p.code(r.Command())
	p.tag("td", r.Place)
	p.WriteString("</tr>\n")
}

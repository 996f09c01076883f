package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Formats are those that Export writes.
var Formats = []string{"jsonl", "csv", "ocsf"}

// Export writes the whole log: "jsonl" as it is, line by line; "csv" with a
// header, of calls only; "ocsf" one Detection Finding a line, of calls only.
func (l *Log) Export(w io.Writer, format string) error {
	switch format {
	case "jsonl":
		s, err := l.snapshot()
		if err != nil {
			return err
		}
		defer s.close()
		var werr error
		err = s.lines(func(ln line) bool {
			if _, ok := lineSeq(ln.text); ok {
				_, werr = w.Write(append(ln.text[:len(ln.text):len(ln.text)], '\n'))
			}
			return werr == nil
		})
		if err == nil {
			err = werr
		}
		return err
	case "csv":
		return l.exportCSV(w)
	case "ocsf":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return l.calls(func(r *Record) error { return enc.Encode(ocsf(r)) })
	}
	return fmt.Errorf("unknown format %q; it is one of %s", format, strings.Join(Formats, ", "))
}

// calls calls f for each record of a call.
func (l *Log) calls(f func(*Record) error) error {
	var ferr error
	err := l.Records(func(r Record) bool {
		if r.Kind == KindCall {
			ferr = f(&r)
		}
		return ferr == nil
	})
	if err == nil {
		err = ferr
	}
	return err
}

func (l *Log) exportCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{
		"seq", "time", "client", "session", "agent", "tool", "verdict", "rules", "place", "dir",
		"command", "reason", "remedy", "input", "input_sha256", "us", "hash",
	})
	err := l.calls(func(r *Record) error {
		row := []string{
			strconv.FormatUint(r.Seq, 10), r.Time.UTC().Format(timeForm), r.Client, r.Session, r.Agent, r.Tool, r.Verdict,
			strings.Join(r.Rules, " "), r.Place, r.Dir, r.Command(), r.Reason, r.Remedy, r.Input, r.InputSHA256,
			strconv.FormatInt(r.Micros, 10), r.Hash,
		}
		for i := range row {
			row[i] = cell(row[i])
		}
		return out.Write(row)
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

// cell keeps spreadsheets from taking a text for a formula, as OWASP's "CSV
// Injection" advises.
func cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// Command returns the words of the invocation that led to the verdict, or where
// there is none the first line of the input.
func (r *Record) Command() string {
	best := -1
	for i := range r.Invocations {
		if r.Invocations[i].Verdict == r.Verdict && (best < 0 || r.Invocations[best].Rule == "" && r.Invocations[i].Rule != "") {
			best = i
		}
	}
	if best >= 0 {
		return strings.Join(r.Invocations[best].Argv, " ")
	}
	first, _, more := strings.Cut(strings.TrimSpace(r.Input), "\n")
	if more {
		first += " " + cutMark
	}
	return first
}

// ocsfVersion is the version of the Open Cybersecurity Schema Framework that
// the numbers below are of.
const ocsfVersion = "1.6.0"

// ocsf tells of a call as a Detection Finding (class 2004) with the profile
// security_control: schema.ocsf.io/1.6.0/classes/detection_finding.
func ocsf(r *Record) map[string]any {
	action, disposition, severity := 3, 17, 1 // observed, logged, informational
	switch r.Verdict {
	case "BLOCK":
		action, disposition, severity = 2, 2, 4 // denied, blocked, high
	case "ASK":
		action, disposition, severity = 0, 23, 3 // unknown, challenge, medium
	case "ALLOW", "PASS":
		action, disposition = 1, 1 // allowed
	}
	title := "tool call"
	if len(r.Rules) > 0 {
		title = r.Rules[0]
	}
	const class, create = 2004, 1
	finding := map[string]any{"uid": r.Hash, "title": title}
	if r.Reason != "" {
		finding["desc"] = r.Reason
	}
	if len(r.Rules) > 0 {
		finding["types"] = r.Rules
	}
	return map[string]any{
		"class_uid": class, "class_name": "Detection Finding", "category_uid": 2, "category_name": "Findings",
		"activity_id": create, "activity_name": "Create", "type_uid": class*100 + create,
		"time": r.Time.UnixMilli(), "severity_id": severity, "status_id": 1,
		"action_id": action, "disposition_id": disposition,
		"finding_info": finding,
		"metadata": map[string]any{
			"version": ocsfVersion, "profiles": []string{"security_control"}, "uid": r.Hash, "sequence": r.Seq,
			"product": map[string]any{"name": "venv-guard", "vendor_name": "venv-guard"},
		},
		"unmapped": r,
	}
}

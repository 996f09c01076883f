package rules

import (
	"path"
	"strings"
)

// maxRequirements bounds the requirement files that are read for one command.
const maxRequirements = 16

// listed returns what the requirement files that the call itself wrote give an
// option (pip 23.2, Requirements File Format, Global options). What stood in
// them before is the user's choice.
func (r *reading) listed(o *option) []string {
	fs, ok := r.inv.FS.(interface{ ByHand(name string) bool })
	if !ok || r.cmd.words.requirements.kind == 0 {
		return nil
	}
	var values []string
	files := r.list(nil, &r.cmd.words.requirements)
	for i := 0; i < len(files) && i < maxRequirements; i++ {
		name := r.absolute(files[i])
		if !fs.ByHand(name) {
			continue
		}
		text, err := r.inv.FS.ReadFile(name, maxConfig)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(strings.ReplaceAll(string(text), "\\\n", ""), "\n") {
			opt, value, ok := strings.Cut(strings.TrimSpace(line), "=")
			if f := strings.Fields(line); !ok || strings.ContainsAny(opt, " \t") {
				if len(f) < 2 {
					continue
				}
				opt, value = f[0], f[1]
			}
			switch found, _, known := r.lookup(opt); {
			case known && found == o:
				values = append(values, strings.TrimSpace(value))
			case opt == "-r" || opt == "--requirement" || opt == "-c" || opt == "--constraint":
				files = append(files, path.Join(path.Dir(name), value))
			}
		}
	}
	return values
}

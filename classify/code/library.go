package code

import (
	"slices"
	"strings"
)

// library returns what a call of a function does that the packs know, or nil.
func (s *scanner) library(name string) startFunc {
	if s.lib == nil {
		return nil
	}
	f := s.lib.Function(s.Lang, name)
	if f == nil {
		return nil
	}
	return func(s *scanner, args []argument, t token) {
		if f.Sets != "" {
			if s.Lang == "r" && len(args) == 0 {
				return // .libPaths() only asks
			}
			s.set = append(slices.Clip(s.set), f.Sets+"="+first(args))
			return
		}
		argv := slices.Clone(f.Argv)
		var operands []string
		for _, a := range args {
			switch {
			case a.key != "" && a.kind == listValue:
				for _, v := range a.list {
					argv = append(argv, "--"+a.key+"="+v)
				}
			case a.key != "":
				argv = append(argv, "--"+a.key+"="+a.text())
			case a.kind == listValue:
				operands = append(operands, a.list...)
			case f.Split:
				operands = append(operands, strings.Fields(a.text())...)
			default:
				operands = append(operands, a.text())
			}
		}
		if f.Split {
			// The words may be a verb and its options.
			s.words(append(argv, operands...), t)
			return
		}
		s.words(append(append(argv, "--"), operands...), t)
	}
}

// first returns the first argument, of a list its first element. One with a
// name is returned as name=value: Pkg.activate(temp=true).
func first(args []argument) string {
	switch {
	case len(args) == 0:
		return ""
	case args[0].key != "":
		return args[0].key + "=" + args[0].text()
	case args[0].kind == listValue && len(args[0].list) > 0:
		return args[0].list[0]
	}
	return args[0].text()
}

package javascript

// statement goes over a statement that only TypeScript has, and returns the
// index after it; i if it is none.
func (e *eraser) statement(i, end int) int {
	start := i
	if e.is(i-1, "export") {
		start--
	} else if e.is(i-1, "default") && e.is(i-2, "export") {
		start -= 2
	}
	t := &e.toks[i]
	if t.kind != tsName {
		return i
	}
	next := i + 1
	switch t.text {
	case "interface":
		if e.name(next) && !e.toks[next].newline {
			j := next
			for j < end && !e.is(j, "{") {
				j++
			}
			if j < end {
				e.blank(start, e.after(j))
				return e.after(j)
			}
		}
	case "type":
		if e.name(next) && !e.toks[next].newline {
			return e.typeAlias(start, next, i)
		}
		if start < i && (e.is(next, "{") || e.is(next, "*")) {
			return e.module(start, next, i)
		}
	case "import", "export":
		return e.importOrExport(i, end)
	case "declare":
		if e.name(next) && !e.toks[next].newline {
			return e.declared(start, next, end)
		}
	case "abstract":
		if e.is(next, "class") {
			e.blank(i, next)
			return next
		}
	case "enum":
		if e.name(next) && e.is(next+1, "{") {
			return e.enum(start, i, next)
		}
	case "const":
		if e.is(next, "enum") {
			e.blank(i, next)
			return e.enum(start, next, next+1)
		}
	case "namespace", "module":
		if e.name(next) || e.toks[next].kind == tsLiteral {
			return e.namespace(start, next, i)
		}
	}
	return i
}

// typeAlias goes over `type A<T> = …`.
func (e *eraser) typeAlias(start, i, none int) int {
	j := i + 1
	if e.is(j, "<") {
		j = e.angles(j)
	}
	if !e.is(j, "=") {
		return none
	}
	if j = e.typeEnd(j + 1); j < 0 {
		return none
	}
	return e.noBody(start, j)
}

// module goes over `{ A } from "m"`, which only types are taken of.
func (e *eraser) module(start, i, none int) int {
	for j := i; j < len(e.toks) && j < i+4096; j++ {
		if e.is(j, ";") || j > i && e.toks[j].newline && !e.is(j-1, ",") && !e.is(j-1, "{") && !e.is(j, "}") && !e.is(j, "from") {
			e.blank(start, j)
			return j
		}
		if e.toks[j].kind == tsLiteral {
			return e.noBody(start, j+1)
		}
	}
	return none
}

// importOrExport goes over import type, import a = require(…), export = x, and
// names of types among others.
func (e *eraser) importOrExport(i, end int) int {
	next := i + 1
	switch {
	case e.is(next, "type") && (e.name(i+2) && !e.is(i+2, "from") || e.is(i+2, "{") || e.is(i+2, "*")):
		if e.is(i, "export") && e.name(i+2) {
			return i // export type A = …
		}
		return e.module(i, i+2, i)
	case e.is(i, "import") && e.name(next) && e.is(i+2, "="):
		e.replace(i, "const")
		return i + 3
	case e.is(i, "export") && e.is(next, "="):
		e.blank(i, i+2)
		return i + 2
	case e.is(i, "export") && e.is(next, "as"): // export as namespace N
		e.blank(i, i+4)
		return i + 4
	}
	j := next
	if e.is(i, "import") && e.name(j) && e.is(j+1, ",") {
		j += 2
	}
	if !e.is(j, "{") {
		return i
	}
	for k := j + 1; k < e.toks[j].partner; k++ {
		if e.is(k, "type") && (e.name(k+1) && !e.is(k+1, "as") || e.is(k+1, "as") && e.is(k+2, "as")) {
			last := k
			for last < e.toks[j].partner && !e.is(last, ",") {
				last++
			}
			if e.is(last, ",") {
				last++
			}
			e.blank(k, last)
			k = last - 1
		}
	}
	return e.after(j)
}

// declared goes over what is declared without being there.
func (e *eraser) declared(start, i, end int) int {
	switch e.toks[i].text {
	case "const", "let", "var", "function", "class", "namespace", "module", "global", "enum", "type", "interface", "abstract", "async":
	default:
		return start
	}
	j := i
	for j++; j < end; j++ {
		t := &e.toks[j]
		if e.is(j, ";") {
			j++
			break
		}
		if t.newline && !e.is(j-1, ":") && !e.is(j-1, "=") && !e.is(j-1, "|") && !e.is(j, "|") && !e.is(j-1, ",") {
			break
		}
		if t.opens {
			j = t.partner
			if e.is(j, "}") && !e.is(j+1, "[") && !e.is(j+1, "|") && !e.is(j+1, "&") && !e.is(j+1, ";") && !e.is(j+1, ",") {
				j++
				break
			}
		}
	}
	e.blank(start, j)
	return j
}

// enum makes an object of `enum A { B = "b" }`.
func (e *eraser) enum(start, i, name int) int {
	open := name + 1
	if e.toks[open].at == e.toks[name].at+len(e.toks[name].text) {
		return start
	}
	if e.is(start, "export") && e.is(start+1, "default") {
		return start
	}
	e.replace(i, "var")
	e.out[e.toks[open].at-1] = '='
	close := e.toks[open].partner
	for k := open + 1; k < close; {
		k++
		if e.is(k, "=") {
			e.replace(k, ":")
			k++
		}
		for k < close && !e.is(k, ",") {
			k = e.step(k, close, inGroup, k)
		}
		k++
	}
	e.insert = append(e.insert, insertion{e.toks[close].at + 1, ";"})
	return close + 1
}

// namespace makes a block of `namespace A.B { … }`; what it exports are the
// block's own.
func (e *eraser) namespace(start, i, none int) int {
	j := i + 1
	for e.is(j, ".") && e.name(j+1) {
		j += 2
	}
	if !e.is(j, "{") {
		return none
	}
	e.blank(start, j)
	for k := j + 1; k < e.toks[j].partner; k++ {
		if e.is(k, "export") {
			e.blank(k, k+1)
		} else if e.toks[k].opens {
			k = e.toks[k].partner
		}
	}
	e.scope(j+1, e.toks[j].partner, inBlock)
	return e.after(j)
}

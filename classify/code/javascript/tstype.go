package javascript

// Where types end. Each function takes the index of a token and returns that of
// the token after what it is about; -1 if that is not there.

func (e *eraser) is(i int, text string) bool {
	return i >= 0 && i < len(e.toks) && e.toks[i].kind != tsLiteral && e.toks[i].text == text
}

func (e *eraser) name(i int) bool { return i >= 0 && i < len(e.toks) && e.toks[i].kind == tsName }

// after returns the index after a bracketed group.
func (e *eraser) after(i int) int {
	if e.toks[i].partner < 0 {
		return -1
	}
	return e.toks[i].partner + 1
}

// typeEnd goes over a type.
func (e *eraser) typeEnd(i int) int {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > 200 || i < 0 {
		return -1
	}
	if e.is(i, "asserts") && e.name(i+1) && !e.toks[i+1].newline {
		i++
	}
	if e.is(i, "|") || e.is(i, "&") {
		i++
	}
	for {
		if i = e.oneType(i); i < 0 {
			return -1
		}
		if e.is(i, "is") && !e.toks[i].newline { // a predicate
			return e.typeEnd(i + 1)
		}
		if !e.is(i, "|") && !e.is(i, "&") {
			break
		}
		i++
	}
	if e.is(i, "extends") && !e.toks[i].newline { // A extends B ? C : D
		j := e.typeEnd(i + 1)
		if !e.is(j, "?") {
			return i
		}
		if j = e.typeEnd(j + 1); !e.is(j, ":") {
			return -1
		}
		return e.typeEnd(j + 1)
	}
	return i
}

// oneType goes over a type that is no union.
func (e *eraser) oneType(i int) int {
	t := &e.toks[i]
	switch {
	case t.kind == tsEnd:
		return -1
	case t.kind == tsTemplate:
		if !t.opens {
			return e.arrays(i + 1)
		}
		for e.toks[i].opens { // to the part that ends it
			i = e.toks[i].partner
		}
		return e.arrays(i + 1)
	case t.kind == tsLiteral:
		return e.arrays(i + 1)
	case t.text == "-":
		return i + 2
	case t.text == "(":
		j := e.after(i)
		if e.is(j, "=>") {
			return e.typeEnd(j + 1)
		}
		return e.arrays(j)
	case t.text == "<":
		j := e.angles(i)
		if j < 0 || !e.is(j, "(") {
			return -1
		}
		return e.oneType(j)
	case t.text == "{" || t.text == "[":
		return e.arrays(e.after(i))
	case t.kind != tsName:
		return -1
	}
	switch t.text {
	case "new", "abstract":
		if e.is(i+1, "(") || e.is(i+1, "<") || e.is(i+1, "new") {
			return e.oneType(i + 1)
		}
	case "keyof", "readonly", "unique", "infer", "typeof":
		if k := i + 1; !e.toks[k].newline && (e.toks[k].kind == tsName || e.is(k, "(") || e.is(k, "{") || e.is(k, "[") || e.toks[k].kind == tsLiteral) {
			return e.oneType(k)
		}
	case "import":
		if e.is(i+1, "(") {
			return e.dotted(e.after(i + 1))
		}
	}
	return e.dotted(i + 1)
}

// dotted goes over `.b.c<T>[]` after a name.
func (e *eraser) dotted(i int) int {
	for e.is(i, ".") && e.name(i+1) {
		i += 2
	}
	if e.is(i, "<") && !e.toks[i].newline {
		if j := e.angles(i); j > 0 {
			i = j
		}
	}
	return e.arrays(i)
}

// arrays goes over `[]` and `["key"]` after a type.
func (e *eraser) arrays(i int) int {
	for i > 0 && e.is(i, "[") && !e.toks[i].newline {
		i = e.after(i)
	}
	return i
}

// angles goes over `<…>`, of parameters or arguments.
func (e *eraser) angles(i int) int {
	depth := 0
	for ; i < len(e.toks); i++ {
		switch t := &e.toks[i]; {
		case t.kind == tsEnd:
			return -1
		case t.kind == tsLiteral && !isTypeLiteral(t.text):
			return -1
		case t.kind == tsPunct && t.opens, t.kind == tsTemplate && t.opens:
			i = t.partner
			for e.toks[i].kind == tsTemplate && e.toks[i].opens {
				i = e.toks[i].partner
			}
		case t.kind != tsPunct:
		case t.text == "<":
			depth++
		case t.text == ">":
			if depth--; depth == 0 {
				return i + 1
			}
		default:
			switch t.text {
			case ",", ".", "|", "&", "=>", "=", "?", ":", "-":
			default:
				return -1
			}
		}
	}
	return -1
}

func isTypeLiteral(s string) bool { return s[0] != '/' }

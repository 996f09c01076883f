package javascript

import (
	"strings"
	"testing"
)

// FuzzRead holds that any text is read without a panic, and within its budget of
// steps and acts.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`require('child_process').execSync('a')`, "for (;;) { f() }", "class A extends B { #x = 1; static { this.y } get z() { return super.z } }",
		"const {a, ...b} = c, [d = 1, ...e] = f; `x${a}y${`z`}`", "function f(n) { return f(n - 1) + f(n - 2) } f(9)", "x => x(x => x)", "a?.b?.[c]?.(d) ?? e",
		"let l = []; while (l.length < 9) l.push(...l, 1)", "eval('eval(\"eval(1)\")')", "label: for (const x of y) { continue label }",
		"enum A { B = 'b' } let x: A<B>[] = <any>y!; interface C { d(): void }", "switch (a) { case 1: default: case 2: break }", "async function* g() { yield* g(); await x }",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		r, _ := Read(Program{Text: text, Lang: "typescript", Self: "node"})
		if len(r.Acts) > maxActs {
			t.Errorf("%d acts", len(r.Acts))
		}
		for i := range r.Acts {
			if a := &r.Acts[i]; a.Pos.Line < 0 || a.Pos.Line > 1+strings.Count(text, "\n") || a.Pos.Col < 0 {
				t.Errorf("%v is no place in %q", a.Pos, text)
			}
		}
	})
}

// FuzzErase holds that erasing types leaves the lines of a program where they
// are, and programs without types as they are.
func FuzzErase(f *testing.F) {
	for _, s := range []string{"let a: string = b as c;", "f<T>(x)", "class A { constructor(private x: y) {} }", "enum E { A }", "a < b, c > (d)", "type A<T> = T extends B ? C : D", "`${a as b}`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		out, ok := eraseTypes(text)
		if ok && strings.Count(out, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other lines than %q", out, text)
		}
	})
}

// program is like those that a hook reads: a script of some length.
var program = strings.Repeat(`{
const { execSync } = require('child_process');
const path = require('path');

/** Builds one package of the workspace. */
async function build(name, { watch = false, out = 'dist' } = {}) {
  const dir = path.join(__dirname, 'packages', name);
  const args = ['build', '--out', out];
  if (watch) args.push('--watch');
  for (const target of ['esm', 'cjs']) {
    console.log(`+"`building ${name} for ${target}`"+`);
    execSync(`+"`npx tsc --project ${dir}/tsconfig.${target}.json ${args.join(' ')}`"+`, { stdio: 'inherit', cwd: dir });
  }
  return { name, dir, files: args.map(a => a.toUpperCase()) };
}

build('core', { watch: process.argv.includes('--watch') }).then(r => console.log(r.files.length));
}`, 8)

func BenchmarkRead(b *testing.B) {
	b.SetBytes(int64(len(program)))
	for b.Loop() {
		Read(Program{Text: program, Lang: "node", Self: "node"})
	}
}

func BenchmarkHarmless(b *testing.B) {
	text := strings.Repeat("{\nconst rows = data.map(([k, v]) => ({ k, v: v * 2 })).filter(r => r.v > 10);\nconsole.log('total', rows.length, `${rows[0].k}: pip install x`);\nfunction mean(a) { let s = 0; for (const x of a) { s += x; } return s / a.length; }\n}\n", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(Program{Text: text, Lang: "node", Self: "node"})
	}
}

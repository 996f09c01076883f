package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/venv-guard/venv-guard/action"
)

// told writes acts as the tables below do.
func told(acts []action.Act) string {
	var out []string
	for _, a := range acts {
		s := ""
		switch a.Kind {
		case action.ActStart:
			switch {
			case a.Lang == "python":
				s = "code " + a.Text
			case a.Argv != nil:
				s = strings.Join(a.Argv, "|")
			default:
				s = "$ " + a.Text
			}
			if a.Made != "" {
				s += " made by " + a.Made
			}
			if a.URL != "" {
				s += " from " + a.URL
			}
			if a.Env.Clear {
				s += " env-"
			}
			for _, kv := range a.Env.Set {
				s += " env:" + kv
			}
			for _, kv := range a.Env.Unset {
				s += " unset:" + kv
			}
		case action.ActRead:
			s = "read " + a.Path
		case action.ActWrite:
			s = "write " + a.Path + " " + a.Text
			if a.Append {
				s = "append " + a.Path + " " + a.Text
			}
			if a.URL != "" {
				s += " from " + a.URL
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
			s = "mode " + a.Path
		case action.ActMkdir:
			s = "mkdir " + a.Path
		case action.ActConnect:
			s = "connect " + a.URL
			if a.Sent != "" {
				s += " sent " + strings.TrimSpace(a.Sent)
			}
		case action.ActUnread:
			s = "unread"
		}
		if a.Dir != "" {
			s += " in " + a.Dir
		}
		out = append(out, s)
	}
	return action.Show(strings.Join(out, "; "))
}

func TestRun(t *testing.T) {
	for _, tt := range []struct{ code, want string }{
		// imports and names
		{"import subprocess as sp\nsp.run(['a', 'b'])", "a|b"},
		{"from os import system as s\ns('a b')", "$ a b"},
		{"from os import *\nsystem('a b')", "$ a b"},
		{"from subprocess import *\nrun(['a'])", "a"},
		{"import os.path\nos.system('a')", "$ a"},
		{"from xml import system\nsystem('a')", ""},
		{"import ｏｓ\nos.ｓｙｓｔｅｍ('a')", "$ a"},
		{"import os\n𝐨𝐬.𝘴𝘺𝘴𝘵𝘦𝘮('a')", "$ a"},
		{"import builtins, os\nbuiltins.exec('os.system(\"a\")')", "$ a"},
		{"import sys, os\nsys.modules['os'].system('a')", "$ a"},
		{"import os\ngetattr(os, 'sys' + 'tem')('a')", "$ a"},
		{"import os\nglobals()['os'].system('a')", "$ a"},
		{"import os\nos.__dict__['system']('a')", "$ a"},
		{"__import__('subprocess').run(['a'])", "a"},
		{"import importlib\nimportlib.import_module('os').system('a')", "$ a"},
		{"import importlib\nimportlib.import_module('pip').main(['install', 'x'])", "SELF|-m|pip|install|x"},
		{"import subprocess\nsubprocess.os.system('a')", "$ a"},

		// texts
		{"import os\na = 'x'; b = 'y'\nos.system(f'{a} {b:>3} {a!r} {{}} {a + b}')", "$ x   y 'x' {} xy"},
		{"import os\nos.system('%s-%d-%%' % ('a', 3))", "$ a-3-%"},
		{"import os\nos.system('%(k)s' % {'k': 'a'})", "$ a"},
		{"import os\nos.system('{} {1} {k}'.format('a', 'b', k='c'))", "$ a b c"},
		{"import os\nos.system(' '.join(['a', 'b'] + ['c']))", "$ a b c"},
		{"import os\nos.system('b a'[::-1])", "$ a b"},
		{"import os\nos.system('XaYbZ'[1:4:2])", "$ ab"},
		{"import os\nos.system('  a-b '.strip().replace('-', ' ').upper().lower())", "$ a b"},
		{"import os\nos.system('a' 'b' \"c\")", "$ abc"},
		{"import os\nos.system('a\\x62\\u0063\\\n d')", "$ abc d"},
		{"import os\nos.system(r'a\\b')", `$ a\b`},
		{"import os, base64, zlib\nos.system(base64.b64decode('YSBi').decode())", "$ a b"},
		{"import os, codecs\nos.system(codecs.decode('n o', 'rot13'))", "$ a b"},
		{"import os\nos.system(bytes([97, 98]).decode())", "$ ab"},
		{"import os\nos.system(''.join(chr(c) for c in [97, 98]))", "$ ab"},
		{"import os\nos.system(''.join(chr(ord(c) ^ 1) for c in '`c'))", "$ ab"},
		{"import os\nos.system('a' + unknown())", "$ a⟨…⟩"},
		{"import os\nos.system(str(3 * 2) + 'a' * 3)", "$ 6aaa"},
		{"from string import Template\nimport os\nos.system(Template('$x b').substitute(x='a'))", "$ a b"},
		{"import os\nfrom string import ascii_lowercase as l\nos.system(l[0] + l[1])", "$ ab"},
		{"import os, shlex\nos.system(' '.join(map(shlex.quote, ['a b', 'c'])))", "$ 'a b' c"},
		{"import json, subprocess\nsubprocess.run(json.loads('[\"a\", \"b\"]'))", "a|b"},

		// values and control flow
		{"import os\nif x:\n  c = 'a'\nelse:\n  c = 'b'\nos.system(c)", "$ a; $ b"},
		{"import os\nc = 'a' if x else 'b'\nos.system(c)", "$ a; $ b"},
		{"import os\nif False:\n  os.system('a')", ""},
		{"import subprocess as s\nc = ['a']\nif x:\n  c.append('b')\ns.run(c)", "a|b; a"},
		{"import subprocess as s\nc = ['a']\nd = c\nd += ['b']\nc.extend(['c'])\ns.run([*c, *z])", "a|b|c|⟨…⟩"},
		{"import subprocess as s\nc = ['a', 'b', 'c']\nc[1] = 'd'\nc.insert(0, 'e')\nc.pop()\ns.run(c)", "e|a|d"},
		{"import os\nfor i, c in enumerate(['a', 'b']):\n  os.system(c + str(i))", "$ a0; $ b1"},
		{"import os\nfor c in things:\n  os.system('a ' + c)", "$ a ⟨…⟩"},
		{"import os\ni = 0\nwhile i < 2:\n  os.system('a%d' % i)\n  i += 1", "$ a0; $ a1"},
		{"import os\nd = {'k': 'a', **{'l': 'b'}}\nfor k, v in d.items():\n  os.system(k + v)", "$ ka; $ lb"},
		{"import os\n(a, *b), c = ('a', 'b', 'c'), 'd'\nos.system(a + b[1] + c)", "$ acd"},
		{"import os\ntry:\n  import q\n  c = 'a'\nexcept ImportError:\n  os.system('b')\n  c = 'c'\nfinally:\n  os.system('d')\nos.system(c)", "$ b; $ d; $ c; $ a"},
		{"import os\n[os.system(c) for c in ('a', 'b') if c != 'a']", "$ b"},
		{"import os\nmatch x:\n  case 1:\n    os.system('a')\n  case [y]:\n    os.system('b')", "$ a; $ b"},
		{"import os\nif (c := 'a'):\n  os.system(c)", "$ a"},
		{"import os\nx = y = 'a'\nos.system(y)", "$ a"},
		{"import os\nc: str = 'a'\nos.system(c)", "$ a"},
		{"import os\nasync def f():\n  async with g() as x:\n    os.system('a')\n", "$ a"},
		{"import os\nwith open('f') as f, g():\n  os.system('a')", "read f; $ a"},

		// functions and classes
		{"import os\ndef f(a, b='b', *c, **d):\n  os.system(a + b + c[0] + d['k'])\nf('a', 'x', 'y', k='z')", "$ axyz"},
		{"import os\ndef f(a):\n  return a + '!'\nos.system(f('a'))", "$ a!"},
		{"import os\ndef f(c):\n  os.system(c)\n", "$ ⟨…⟩"},
		{"import os\ndef f(c='a'):\n  os.system(c)\n", "$ a; $ ⟨…⟩"},
		{"import os\nf = lambda c: os.system(c)\nf('a')", "$ a"},
		{"import os\ndef g():\n  yield 'a'\n  yield 'b'\nfor c in g():\n  os.system(c)", "$ a; $ b"},
		{"import os\nclass A:\n  p = 'a'\n  def __init__(self, x):\n    self.x = x\n  def go(self):\n    os.system(self.p + self.x)\nclass B(A):\n  def go(self):\n    super().go()\nB('b').go()", "$ ab"},
		{"import os\nclass A:\n  @staticmethod\n  def f(c):\n    os.system(c)\n  @classmethod\n  def g(cls, c):\n    cls.f(c)\n  @property\n  def h(self):\n    return 'h'\nA.f('a'); A.g('b'); A.f(A().h)", "$ a; $ b; $ h"},
		{"import os\ndef deco(f):\n  def w(*a):\n    os.system('d')\n    return f(*a)\n  return w\n@deco\ndef f(c):\n  os.system(c)\nf('a')", "$ a; $ d"},
		{"import os, threading\nthreading.Thread(target=os.system, args=('a',)).start()", "$ a"},
		{"import os, functools\nfunctools.partial(os.system, 'a')()", "$ a"},
		{"import os\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as p:\n  p.map(os.system, ['a', 'b'])\n  p.submit(os.system, 'c')", "$ a; $ b; $ c"},
		{"import os, operator\noperator.methodcaller('system', 'a')(os)", "$ a"},

		// starts
		{"import subprocess\nsubprocess.run('a b', shell=True, cwd='/d', env={'K': 'v'})", "$ a b env- env:K=v in /d"},
		{"import os, subprocess\nsubprocess.run(['a'], env={**os.environ, 'K': 'v'})", "a env:K=v"},
		{"import os, subprocess\ne = os.environ.copy()\ne['K'] = 'v'\nsubprocess.run(['a'], env=e)", "a env:K=v"},
		{"import os, subprocess\nsubprocess.run(['a'], env=dict(os.environ, K='v'))", "a env:K=v"},
		{"import os\nos.environ['K'] = 'v'\ndel os.environ['L']\nos.system('a')", "$ a env:K=v unset:L"},
		{"import os\nos.chdir('/d')\nos.system('a')\nos.chdir('e')\nopen('f')", "$ a in /d; read f in /d/e"},
		{"import os\nos.execv('/bin/a', ['x', 'b'])", "/bin/a|b"},
		{"import os\nos.execle('a', 'x', 'b', {'K': 'v'})", "a|b env- env:K=v"},
		{"import os\nos.spawnlp(os.P_WAIT, 'a', 'x', 'b')", "a|b"},
		{"import os\nos.posix_spawn('/bin/a', ['x', 'b'], os.environ)", "/bin/a|b"},
		{"import pty\npty.spawn(['a', 'b'])", "a|b"},
		{"import asyncio\nasync def f():\n  p = await asyncio.create_subprocess_exec('a', 'b', stdout=1)\n  await asyncio.create_subprocess_shell('c d')\nasyncio.run(f())", "a|b; $ c d"},
		{"import subprocess\nsubprocess.run('sh', input='a b')", "$ printf %s 'a b' | sh"},
		{"import subprocess\np = subprocess.Popen(['sh'], stdin=subprocess.PIPE)\np.stdin.write(b'a')\np.communicate(b'b')", "sh; $ printf %s 'a' | sh; $ printf %s 'ab' | sh"},
		{"import sh\nsh.a('b', 'c')\nsh.Command('d')('e')", "a|b|c; d|e"},
		{"from sh import pip\npip.install('x')", "pip|install|x"},
		{"from plumbum import local\nlocal['a']['b', 'c']()", "a|b|c"},
		{"from plumbum.cmd import pip\npip('install', 'x')", "pip|install|x"},
		{"from invoke import task\n@task\ndef t(c):\n  c.run('a b')", "$ a b"},
		{"import pexpect\npexpect.spawn('a', ['b'])\npexpect.run('c d')", "a|b; $ c d"},
		{"import shutil, subprocess\nsubprocess.run([shutil.which('a'), 'b'])", "a|b"},
		{"import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', p])", "SELF|-m|pip|install|⟨…⟩"},
		{"import ctypes\nctypes.CDLL('libc.so.6').system(b'a')\nctypes.cdll.LoadLibrary('libc.so.6').system(b'b')", "$ a; $ b"},
		{"app.run('a b')\nasyncio.run(main())", ""},

		// pip and its kin
		{"from pip._internal.cli.main import main\nmain(['install', 'x'])", "SELF|-m|pip|install|x"},
		{"import runpy, sys\nsys.argv = ['pip', 'install', 'x']\nrunpy.run_module('pip', run_name='__main__')", "SELF|-m|pip|install|x"},
		{"import sys\nsys.argv[1:] = ['install', 'x']\nimport pip\npip.main()", "SELF|-m|pip|install|x|⟨…⟩"},
		{"import ensurepip\nensurepip.bootstrap(user=True)", "SELF|-m|ensurepip|--user"},
		{"import venv\nvenv.create('d', with_pip=True)\nvenv.EnvBuilder(with_pip=False).create('e')", "SELF|-m|venv|d; SELF|-m|venv|--without-pip|e"},

		// IPython
		{"!a b\nx = !c\n%pip install x\n%conda install y\n%sx d\nget_ipython().system('e')", "$ a b; $ c; SELF|-m|pip|install|x; $ conda install y; $ d; $ e"},
		{"import sys\np = 'x'\n!{sys.executable} -m pip install {p} $p $HOME", "$ SELF -m pip install x x $HOME"},
		{"%%bash\na\nb", "$ a\nb"},
		{"%%time\nimport os\nos.system('a')", "$ a"},
		{"get_ipython().run_line_magic('pip', 'install x')\nget_ipython().run_cell_magic('bash', '', 'a b')", "SELF|-m|pip|install|x; $ a b"},
		{"%cd /d\n!a\n%env K=v\n!b", "$ a in /d; $ b env:K=v in /d"},
		{"x = 5\nx %pip\n%matplotlib inline\nprint(5 % 3)", ""},

		// files
		{"open('f', 'w').write('a')", "write f ; append f a"},
		{"with open('f', 'a') as f:\n  print('a', 'b', file=f)", "append f ; append f a b\n"},
		{"from pathlib import Path\np = Path('d') / 'f'\np.write_text('a')\nprint(p.read_text())\n(p.parent / 'g').unlink()", "write d/f a; read d/f; remove d/g"},
		{"import shutil, os\nshutil.copy('a', 'b')\nshutil.move('b', 'c')\nos.rename('c', 'd')\nos.symlink('d', 'e')\nos.chmod('e', 0o755)\nshutil.rmtree('f')\nos.makedirs('g')", "copy a b; move b c; move c d; link d e; mode e; remove f; mkdir g"},
		{"open('m.py', 'w').write('import os; os.system(\"a\")')\nexec(open('m.py').read())\nimport m", "write m.py ; append m.py import os; os.system(\"a\"); read m.py; $ a; $ a"},
		{"import os\nopen(os.path.expanduser('~/.pypirc')).read()", "read /home/u/.pypirc"},
		{"from pathlib import Path\n(Path.home() / '.pypirc').read_text()", "read /home/u/.pypirc"},
		{"import json\nwith open('f.json', 'w') as f:\n  json.dump({}, f)", "write f.json "},
		{"import tarfile\ntarfile.open('a.tgz').extractall('d')", "read a.tgz; write d/⟨…⟩ ⟨…⟩"},
		{"import zipfile\nwith zipfile.ZipFile('a.zip') as z:\n  z.extractall('d')", "read a.zip; write d/⟨…⟩ ⟨…⟩"},
		{"import pandas as pd\ndf = pd.read_csv('a.csv')\ndf.groupby('x').sum().to_csv('b.csv')\npd.read_csv('https://h/x.csv')", "read a.csv; write b.csv ⟨…⟩; connect https://h/x.csv"},
		{"import tempfile, subprocess\nwith tempfile.NamedTemporaryFile('w') as f:\n  f.write('a b')\n  subprocess.run(['sh', f.name])", "append /tmp/tmp.python1 a b; sh|/tmp/tmp.python1"},

		// hosts
		{"import requests\nrequests.post('https://h/p', data={'k': 'v'}, headers={'a': 'b'})", "connect https://h/p sent k\nv\na\nb"},
		{"import requests\ns = requests.Session()\ns.get('https://h')\nrequests.request('GET', 'https://i')", "connect https://h; connect https://i"},
		{"import urllib.request as u\nu.urlopen('https://h').read()\nu.urlopen(u.Request('https://i', data=b'd'))\nu.urlretrieve('https://j', 'f')", "connect https://h; connect https://i sent d; connect https://j; write f ⟨…⟩ from https://j"},
		{"import socket\ns = socket.socket()\ns.connect(('h', 80))\ns.sendall(b'd')\nsocket.create_connection(('i', 443))", "connect tcp://h:80/; connect tcp://h:80/ sent d; connect tcp://i:443/"},
		{"import aiohttp\nasync def f():\n  async with aiohttp.ClientSession() as s:\n    async with s.get('https://h') as r:\n      pass\n", "connect https://h"},
		{"import http.client\nc = http.client.HTTPSConnection('h')\nc.request('GET', '/p')", "connect https://h; connect https://h/p"},
		{"import httpx, smtplib, ftplib\nhttpx.get(url)\nsmtplib.SMTP('m')\nftplib.FTP('f')", "connect ⟨…⟩; connect smtp://m; connect ftp://f"},

		// code
		{"exec('import os; os.system(\"a\")')\neval('__import__(\"os\").system(\"b\")')\nexec(compile('os.system(\"c\")', 'f', 'exec'))", "$ a; $ b; $ c"},
		{"exec(x)", "code ⟨…⟩"},
		{"import requests\nexec(requests.get('https://h').text)", "connect https://h; code ⟨…⟩ from https://h"},
		{"import os, requests\nos.system(requests.get('https://h').text)", "connect https://h; $ ⟨…⟩ from https://h"},
		{"import marshal\nexec(marshal.loads(b'xyz'))", "code ⟨…⟩ made by marshal.loads"},
		{"import os\nf = eval('os.system')\nf('a')", "$ a"},
		{"import os\nexec(repr('a') + \"; exec('os.system(\\\\'a\\\\')')\")", "$ a"},
		{"import pickle\nd = pickle.load(open('m.pkl', 'rb'))\nmodel.eval()", "read m.pkl"},
		{"import timeit\ntimeit.timeit('__import__(\"os\").system(\"a\")')", "$ a"},

		// ways around
		{"import os\nos.system.__call__('a')", "$ a"},
		{"[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](['a', 'b'])", "a|b"},
		{"__builtins__.__dict__['exec']('import os; os.system(\"a\")')", "$ a"},
		{"getattr(__builtins__, 'exec')('import os; os.system(\"a\")')", "$ a"},
		{"(lambda: __import__('os').system('a'))()", "$ a"},
		{"import os\ndef f(c=os.system):\n  c('a')\nf()", "$ a"},
		{"import os, contextlib\nwith contextlib.ExitStack() as s:\n  s.callback(os.system, 'a')", "$ a"},
		{"import os\nclass A:\n  def __del__(self):\n    os.system('a')\nA()", "$ a"},
		{"import os\n@(lambda f: os.system('a'))\ndef g(): pass", "$ a"},
		{"import argparse, os\np = argparse.ArgumentParser()\np.add_argument('-c', '--the-command', default='a b')\nargs = p.parse_args()\nos.system(args.the_command)", "$ a b; $ ⟨…⟩"},
		{"open('c.json', 'w').write('{\"c\": \"a b\"}')\nimport json, os\nos.system(json.load(open('c.json'))['c'])", "write c.json ; append c.json {\"c\": \"a b\"}; read c.json; $ a b"},
		{"from pip._internal.commands import create_command\ncreate_command('install').main(['x'])", "SELF|-m|pip|install|x"},
		{"import os\nos.system(os.environ.get('CMD', 'a b'))", "$ ⟨…⟩; $ a b"},
		{"type('X', (), {'go': lambda s: __import__('os').system('a')})().go()", "$ a"},
		{"import sys\nsys.modules.get('os').system('a')", "$ a"},

		// what is no Python
		{"import os\nprint 'x'\nexec 'os.system(\"a\")'\nos.system('b')", "$ a; $ b"},
		{"import os\n)) ?? $\nos.system('a')", "$ a"},
		{"# os.system('a')\nx = '''os.system('a')'''\nlogging.info('pip install x')", ""},
	} {
		got := told(Run(Program{Cells: []string{tt.code}, Self: "SELF", Env: func(name string) (string, bool) {
			return "/home/u", name == "HOME"
		}}))
		if d := cmp.Diff(action.Show(tt.want), got); d != "" {
			t.Errorf("%s\n(-want +got)\n%s", tt.code, d)
		}
	}
}

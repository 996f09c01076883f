package audit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets of these tests: the forms are real, the characters are not.
var (
	npmToken  = "npm_" + strings.Repeat("aB3", 12)
	pypiToken = "pypi-AgEIcHlwaS5vcmc" + strings.Repeat("xY9_", 12)
	ghToken   = "ghp_" + strings.Repeat("k2J", 12)
	jwt       = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + strings.Repeat("dB7-", 10)
)

func TestSecrets(t *testing.T) {
	pem := "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----"
	for _, tt := range []struct{ text, secret string }{
		{"echo " + npmToken, npmToken},
		{"twine upload -u __token__ -p " + pypiToken, pypiToken},
		{"git clone https://x:" + ghToken + "@github.com/a/b", ghToken},
		{"git clone https://" + ghToken + "@github.com/a/b", ghToken},
		{"gh auth login <<< gho_" + strings.Repeat("Zz1", 12), "gho_" + strings.Repeat("Zz1", 12)},
		{"curl -H 'PRIVATE-TOKEN: glpat-AbC123_-xyz456QQwww1'", "glpat-AbC123_-xyz456QQwww1"},
		{"github_pat_11ABCDEFG0abcdefghij_KLMNOP", "github_pat_11ABCDEFG0abcdefghij_KLMNOP"},
		{"aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"},
		{"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY aws s3 ls", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
		{"OPENAI_API_KEY=sk-proj-Ab12Cd34Ef56Gh78Ij90 python x.py", "sk-proj-Ab12Cd34Ef56Gh78Ij90"},
		{"x sk-ant-api03-Ab12Cd34Ef56Gh78Ij90 y", "sk-ant-api03-Ab12Cd34Ef56Gh78Ij90"},
		{"slack xoxb-123456789012-abcdefGHIJ", "xoxb-123456789012-abcdefGHIJ"},
		{"echo " + jwt + " | x", jwt},
		{"cat > k <<E\n" + pem + "\nE", "b3BlbnNzaC1rZXk"},
		{"cargo login cioAbC123dEf456GhI789jKl012MnO345pQ", "cioAbC123dEf456GhI789jKl012MnO345pQ"},
		{"cargo login shortone", "shortone"},
		{"echo rubygems_" + strings.Repeat("0a1b", 12), strings.Repeat("0a1b", 12)},
		{"pip install -i https://me:hunter2@pypi.corp/simple x", "hunter2"},
		{`curl -H "Authorization: Bearer abc.def" https://x.org`, "abc.def"},
		{`curl -H "authorization: token s3cr3t" https://x.org`, "s3cr3t"},
		{`curl -H 'Proxy-Authorization: Basic dTpw'`, "dTpw"},
		{`curl -H 'X-Api-Key: k3yk3y'`, "k3yk3y"},
		{"curl -u me:hunter2 https://x.org", "hunter2"},
		{"curl -ume:hunter2 https://x.org", "hunter2"},
		{"x --password hunter2", "hunter2"},
		{"x --password=hunter2 y", "hunter2"},
		{"x --password='hunter 2' y", "hunter 2"},
		{"x --password 'hunter 2' y", "hunter 2"},
		{"x --api-key k3yk3y y", "k3yk3y"},
		{"x --authToken=k3yk3y y", "k3yk3y"},
		{"uv publish --token " + strings.Repeat("t0", 5), "t0t0t0t0t0"},
		{"uv publish -u a -p hunter2 dist/*", "hunter2"},
		{"echo hi; docker login -u a -p hunter2 ghcr.io", "hunter2"},
		{"sudo docker login -p hunter2", "hunter2"},
		{"sshpass -phunter2 ssh h", "hunter2"},
		{"sshpass -p hunter2 ssh h", "hunter2"},
		{"mysql -u root -phunter2 db", "hunter2"},
		{"npm config set //registry.corp/:_authToken=k3yk3y", "k3yk3y"},
		{"npm config set //registry.corp/:_authToken k3yk3y", "k3yk3y"},
		{"npm publish --//registry.corp/:_authToken=k3yk3y", "k3yk3y"},
		{"echo '//r.corp/:_authToken=k3yk3y' >> .npmrc", "k3yk3y"},
		{"printf '_auth = dTpw' > .npmrc", "dTpw"},
		{"printf '[pypi]\npassword = hunter2\n' > ~/.pypirc", "hunter2"},
		{"poetry config pypi-token.pypi k3yk3y && poetry config http-basic.x.password hunter2", "hunter2"},
		{"export NPM_TOKEN=k3yk3y", "k3yk3y"},
		{"DB_PASSWORD=1234 x", "1234"},
		{"MY_SECRET='a b' x", "a b"},
		{"GITLAB_TOKEN=$'k3\\x41' x", "k3\\x41"},
		{"PGPASSWORD=hunter2 psql", "hunter2"},
		{`echo '{"password":"hunter2"}' | x`, "hunter2"},
		{`echo "{\"client_secret\": \"hunter2\"}" | x`, "hunter2"},
		{"DEPLOY_PASS=hunter2", "hunter2"},
		{"dbPassword: 0123456789abcdefABCDEF", "0123456789abcdefABCDEF"},
	} {
		red := NewRedactor(t.TempDir(), nil)
		got := red.Text(tt.text)
		if strings.Contains(got, tt.secret) || !strings.Contains(got, "[redacted:") {
			t.Errorf("%s\n\tbecame %s", tt.text, got)
		}
		if shell := strings.Fields(tt.text); len(strings.Fields(tt.secret)) == 1 && !strings.ContainsAny(tt.text, "'\"\n;&$:") {
			if got := strings.Join(NewRedactor(t.TempDir(), nil).Words(shell), " "); strings.Contains(got, tt.secret) {
				t.Errorf("as words: %s\n\tbecame %s", tt.text, got)
			}
		}
	}
}

func TestOrdinaryText(t *testing.T) {
	for _, text := range []string{
		"pip install requests==2.31.0 --index-url https://pypi.org/simple",
		"npm_config_registry=https://npmjs.org npm install left-pad",
		"npm_lifecycle_event_is_a_very_long_name_that_goes_on_and_on",
		"pip install pypi-attestations-models-and-more",
		"pip install sk-learn-contrib-something-long",
		"git commit -m 'fix token: handle refresh of passwords'",
		"python train.py --max-tokens 4096 --max_tokens=4096 --tokenizer=bert",
		"TOKENIZERS_PARALLELISM=false python x.py",
		"docker run -p 8080:80 -e PORT=80 nginx",
		"mkdir -p a/b && cp -p x y",
		"curl -u me https://x.org",
		"curl https://x.org/a?b=c#d",
		"git clone ssh://git@github.com/a/b && git clone git@github.com:a/b",
		`curl -H "Authorization: Bearer $TOKEN" https://x.org`,
		`curl -H "Authorization: Bearer ${GITHUB_TOKEN}" https://x.org`,
		`NPM_TOKEN=$(cat f) npm publish`,
		`NPM_TOKEN="$T" npm publish`,
		"PWD=/x OLDPWD=/y cd z",
		"SSH_AUTH_SOCK=/tmp/agent.1 ssh h",
		"gpg --passphrase-file f --password-stdin",
		"TOKEN_FILE=/run/token x",
		"docker login --password-stdin < f",
		"sed -n 's/password=//p' f",
		"grep -r password= src",
		"if token == x: pass",
		"for token in tokens: print(token)",
		"eyJust a word",
		"uv pip install -p .venv x",
		"cargo install ripgrep",
		"cat <<E\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\nE",
		"git rev-parse 8777f2c0d1e2f3a4b5c6d7e8f90123456789abcd",
		"pip install --hash=sha256:8777f2c0d1e2f3a4b5c6d7e8f90123456789abcd8777f2c0d1e2f3a4b5c6d7e8 x",
		"",
	} {
		red := NewRedactor(t.TempDir(), nil)
		if got := red.Text(text); got != text {
			t.Errorf("%s\n\tbecame %s", text, got)
		}
		words := strings.Fields(text)
		if got := strings.Join(red.Words(words), " "); !strings.ContainsAny(text, "'\"") && got != strings.Join(words, " ") {
			t.Errorf("as words: %s\n\tbecame %s", text, got)
		}
	}
}

// What was found once is found again where nothing marks it, also if the text
// was shortened within it.
func TestRedactKnown(t *testing.T) {
	red := NewRedactor(t.TempDir(), []string{"DEPLOY_TOKEN=from-the-environment", "HOME=/home/ann", "TOKEN_LIMIT=100000"})
	if got := red.Text("curl https://x.org/?t=from-the-environment"); strings.Contains(got, "from-the") {
		t.Errorf("the variable's value stays: %s", got)
	}
	red.Text("x --password swordfish-and-more")
	for _, text := range []string{"a swordfish-and-more b", "`x --password swordfish-an…` would", "`x --password swordf…`"} {
		if got := red.Text(text); strings.Contains(got, "swordf") {
			t.Errorf("%s became %s", text, got)
		}
	}
	if text := "ls /home/ann 100000 …"; red.Text(text) != text {
		t.Errorf("%s became %s", text, red.Text(text))
	}
}

func TestRedactJSON(t *testing.T) {
	red := NewRedactor(t.TempDir(), nil)
	got := red.JSON(`{"n":1.50,"b":[true,false,null],"password":"hunter2","o":{"text":"NPM_TOKEN=k3yk3y\nFOO=1","tokens":["a"]}}`)
	want := `{"n":1.50,"b":[true,false,null],"password":"` + red.mark("hunter2") + `","o":{"text":"NPM_TOKEN=` + red.mark("k3yk3y") + `\nFOO=1","tokens":["a"]}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := red.JSON(`{"password":"hunter2"`); strings.Contains(got, "hunter2") {
		t.Errorf("broken JSON: %s", got)
	}
}

// Equal secrets have equal marks, in every process that has the key, and others
// than with another key.
func TestRedactKey(t *testing.T) {
	dir := t.TempDir()
	one := NewRedactor(dir, nil).mark("hunter2")
	if two := NewRedactor(dir, nil).mark("hunter2"); one != two {
		t.Errorf("%s and %s", one, two)
	}
	if other := NewRedactor(t.TempDir(), nil).mark("hunter2"); one == other {
		t.Errorf("the mark does not depend on the key: %s", one)
	}
	if other := NewRedactor(dir, nil).mark("hunter3"); one == other {
		t.Errorf("different secrets look the same: %s", one)
	}
	info, err := os.Stat(filepath.Join(dir, redactKeyName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
	if err := os.WriteFile(filepath.Join(dir, redactKeyName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := NewRedactor(dir, nil).Text("x --password hunter2"); got != "x --password [redacted]" {
		t.Errorf("with a damaged key: %s", got)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("x --password=a 'b", `{"a":"b"}`)
	f.Add("Authorization: Bearer x\\", "://a:b@")
	f.Add("a=$'\\", "-----BEGIN PRIVATE KEY-----")
	f.Fuzz(func(t *testing.T, a, b string) {
		red := &Redactor{key: []byte("key")}
		red.Text(a)
		red.Words([]string{a, b})
		red.JSON(b)
		if got := red.Text("curl -H 'X-Auth-Token: k3yk3yk3y' " + npmToken); strings.Contains(got, npmToken) || strings.Contains(got, "k3yk3yk3y") {
			t.Errorf("a secret stays: %s", got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	red := &Redactor{key: []byte("key")}
	text := strings.Repeat("cd api && .venv/bin/pip install -r requirements.txt --index-url=https://pypi.org/simple\n", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		red.Text(text)
	}
}

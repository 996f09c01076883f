package audit

import (
	"path"
	"strings"
)

// passwordFlags are the options of programs that take a secret and are not named
// like one, as their manuals have them. "=" after a flag says that the secret may
// also follow in the same word.
func passwordFlags(program string) []string {
	switch program {
	case "docker", "podman", "nerdctl", "buildah", "skopeo", "helm", "oras", "crane", "twine", "uv", "poetry", "az":
		return []string{"-p"}
	case "sshpass", "mysql", "mysqldump", "mysqladmin", "mariadb", "mariadb-dump", "7z", "7za":
		return []string{"-p="}
	case "curl":
		return []string{"-u=", "--user", "-U=", "--proxy-user"}
	case "http", "https", "hatch":
		return []string{"-a", "--auth"}
	case "redis-cli":
		return []string{"-a"}
	case "zip", "unzip":
		return []string{"-P="}
	case "nuget":
		return []string{"-ApiKey", "-apikey"}
	case "dotnet":
		return []string{"-k"}
	}
	return nil
}

// passwordOperand reports whether the word after these is a secret: what logs
// in by a token that is an operand.
func passwordOperand(program, before string) bool {
	switch program {
	case "cargo", "vault":
		return before == "login"
	case "snyk":
		return before == "auth"
	case "npm", "pnpm", "yarn":
		// npm config set //host/:_authToken X
		return strings.Contains(before, ":_") && secretName(before[strings.LastIndex(before, ":_")+1:])
	case "pip", "poetry", "bundle", "git", "conda", "gem", "composer":
		i := strings.LastIndexAny(before, ".-")
		return i > 0 && before[0] != '-' && secretName(before[i+1:])
	}
	return false
}

// secretWords tells for each word of a command where in it a secret begins that
// only the words before it mark; -1 where there is none.
func secretWords(words []string) []int {
	marks := make([]int, len(words))
	program, at := "", 0
	var flags []string
	for i, w := range words {
		marks[i] = -1
		base := strings.TrimSuffix(path.Base(w), ".exe")
		if p := passwordFlags(base); p != nil || knownLogin(base) {
			if program == "" || i-at > 1 { // `uv publish`, but not the path after -f
				if program == "" {
					program, at, flags = base, i, p
					continue
				}
			}
		}
		if i == 0 {
			continue
		}
		before := words[i-1]
		for _, f := range flags {
			flag, joined := strings.CutSuffix(f, "=")
			switch {
			case before == flag && !strings.HasPrefix(w, "-") && (f != "-p" || loggingIn(words[at:i])):
				marks[i] = 0
			case joined && len(w) > len(flag) && len(flag) == 2 && strings.HasPrefix(w, flag):
				marks[i] = len(flag)
			}
		}
		if program != "" && i-1 > at && !strings.HasPrefix(w, "-") && passwordOperand(program, before) {
			marks[i] = 0
		}
		// --password x
		if strings.HasPrefix(before, "--") && !strings.Contains(before, "=") && secretName(before) && !strings.HasPrefix(w, "-") {
			marks[i] = 0
		}
		if m := marks[i]; m >= 0 {
			v := w[m:]
			if (program == "curl" || program == "http") && !strings.HasPrefix(before, "--pass") {
				if k := strings.IndexByte(v, ':'); k >= 0 { // user:password
					marks[i], v = m+k+1, v[k+1:]
				} else if secretName(strings.TrimLeft(before, "-")) {
					// a token option of its own
				} else {
					marks[i] = -1 // asks for the password
				}
			}
			if isReference(v) || v == "" || !secretValue(before, v) {
				marks[i] = -1
			}
		}
	}
	return marks
}

func knownLogin(program string) bool {
	switch program {
	case "cargo", "vault", "snyk", "npm", "pnpm", "yarn", "pip", "bundle", "git", "conda", "gem", "composer":
		return true
	}
	return false
}

// loggingIn tells `docker login -p x` from `docker run -p 80:80`.
func loggingIn(words []string) bool {
	for _, w := range words {
		switch w {
		case "login", "publish", "upload", "register":
			return true
		}
	}
	return false
}

// commandSecrets finds the secrets in a text that only the words before them
// mark, reading it as a shell reads words, as far as that matters here.
func commandSecrets(s string) []span {
	var list []span
	var words []string
	var at []span // of words without their quotes
	flush := func() {
		for i, m := range secretWords(words) {
			if m >= 0 && at[i].start+m < at[i].end {
				list = append(list, span{at[i].start + m, at[i].end})
			}
		}
		words, at = words[:0], at[:0]
	}
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case class(c)&blank != 0 && c != '"' && c != '\'':
			flush()
			i++
		default:
			start, end, next := wordAt(s, i)
			words = append(words, s[start:end])
			at = append(at, span{start, end})
			i = next
			if len(words) >= 4096 {
				flush()
			}
		}
	}
	flush()
	return list
}

// wordAt returns the shell word that begins at i, without quotes around the
// whole of it, and where the text goes on.
func wordAt(s string, i int) (start, end, next int) {
	start = i
	if q := s[i]; q == '"' || q == '\'' {
		for end = i + 1; end < len(s) && s[end] != q; end++ {
			if s[end] == '\\' && q == '"' {
				end++
			}
		}
		end = min(end, len(s))
		if next = end + 1; next >= len(s) || class(s[next])&blank != 0 {
			return i + 1, end, min(next, len(s))
		}
	}
	var quote byte
	for next = i; next < len(s); next++ {
		c := s[next]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '\\':
			next++
		case class(c)&blank != 0:
			return start, next, next
		}
	}
	return start, min(next, len(s)), min(next, len(s))
}

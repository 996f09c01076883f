package rules

import "testing"

func TestGlobbed(t *testing.T) {
	for _, test := range []struct {
		glob, file string
		want       bool
	}{
		{"", "/h/.npmrc", true},
		{".npmrc", "/h/.npmrc", true},
		{"**/.npmrc", "/h/.npmrc", true},
		{"*rc", "/h/.npmrc", true},
		{"*.py", "/h/.npmrc", false},
		{"*.{ts,tsx}", "/h/.npmrc", false},
		{"*.{json,toml}", "/h/.cargo/credentials.toml", true},
		{".{n{pm,et},pypi}rc", "/h/.npmrc", true},
		{".{n{pm,et},pypi}rc", "/h/.yarnrc", false},
		{"!*.md", "/h/.npmrc", true},
		{"!.npmrc", "/h/.npmrc", false},
		{"!.cargo", "/h/.cargo/credentials.toml", false},
		{"*.py !.npmrc", "/h/.npmrc", false},
		{"!.npmrc .npmrc", "/h/.npmrc", true},
		{"*.py,*.toml", "/h/.cargo/credentials.toml", true},
		{"*.py,*.js", "/h/.cargo/credentials.toml", false},
		{".cargo/**", "/h/.cargo/credentials.toml", true},
		{".cargo", "/h/.cargo/credentials.toml", false},
		{"src/**", "/h/.cargo/credentials.toml", false},
		{"src/**/*.js", "/h/.npmrc", false},
		{"/.cargo/*", "/h/.cargo/credentials.toml", true},
		{"**", "/h/.npmrc", true},
		{"[", "/h/.npmrc", true},
		{"{", "/h/.npmrc", true},
	} {
		if got := globbed(test.glob, test.file); got != test.want {
			t.Errorf("globbed(%q, %q) = %t", test.glob, test.file, got)
		}
	}
}

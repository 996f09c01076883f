package tools

import (
	"strings"
	"testing"
)

// TestGemVerbs asks rubygems what every beginning of every command stands for.
func TestGemVerbs(t *testing.T) {
	ruby := need(t, "ruby")
	const script = `
require 'rubygems/command_manager'
m = Gem::CommandManager.instance
names = m.command_names + %w[i signin]
puts names.flat_map { |n| (1..n.size).map { |k| n[0, k] } }.uniq.map { |w|
  [w, (m.find_command(w).command rescue '')] }.to_h.to_json`
	var verbs map[string]string
	rubyJSON(t, ruby, script, nil, &verbs)
	s := newSite(t, nil)
	words := []string{"x", "--all", "--add", "y"}
	for word, verb := range verbs {
		// What newer releases have too is ambiguous there.
		if verb == "environment" && strings.HasPrefix("exec", word) || verb == "rdoc" && strings.HasPrefix("release", word) {
			continue
		}
		want := "PASS"
		if verb != "" {
			want = s.verdict(append([]string{"gem", verb}, words...)...)
		}
		if got := s.verdict(append([]string{"gem", word}, words...)...); got != want {
			t.Errorf("gem %s is gem %s: %s, the packs say %s", word, verb, want, got)
		}
	}
	if len(verbs) < 50 || s.verdict("gem", "push", "x") != "BLOCK" {
		t.Errorf("%d words", len(verbs))
	}
}

// TestGemOptions asks rubygems' own parser where `gem install` would put a gem.
func TestGemOptions(t *testing.T) {
	ruby := need(t, "ruby")
	rows := []string{
		"x", "x -i d", "-id x", "x --install-dir=d", "x --install d", "--inst d x", "x --user-install", "x --user", "--no-user-install x", "x --explain", "x --expl", "-n d x", "-N x -i d",
		"-v 1.0 x -i d", "-Nid x", "--document ri x", "--document=ri x -i d", "-g x", "x -- -i d", "-P HighSecurity x", "-p http://example.com x", "--no-http-proxy x -i d", "-f x --no-force", "-i d -i e x",
	}
	const script = `
require 'rubygems/command_manager'
require 'rubygems/commands/install_command'
puts input.map { |row|
  c = Gem::Commands::InstallCommand.new
  begin
    c.handle_options(row.split)
    o = c.options
    next '' if o[:explain] || o[:args].empty? && !o[:gemdeps]
    o[:install_dir] && o[:install_dir] != Gem.dir ? File.basename(o[:install_dir]) : o[:user_install] ? 'user' : 'shared'
  rescue StandardError, SystemExit => e
    'error'
  end
}.to_json`
	var answers []string
	rubyJSON(t, ruby, script, rows, &answers)
	s := newSite(t, map[string]string{"x": "", "Gemfile": ""})
	for i, row := range rows {
		if answers[i] == "error" {
			t.Errorf("gem install %s is an error", row)
			continue
		}
		_, findings := s.judge(append([]string{"gem", "install"}, strings.Fields(row)...)...)
		got := ""
		if len(findings) > 0 {
			switch p := findings[0].Place; {
			case strings.HasPrefix(p.Path, s.dir):
				got = strings.TrimPrefix(p.Path, s.dir+"/")
			case p.Kind.String() == "user":
				got = "user"
			default:
				got = "shared"
			}
		}
		if got != answers[i] {
			t.Errorf("gem install %s: rubygems says %q, the packs %q", row, answers[i], got)
		}
	}
}

// TestBundleVerbs asks bundler's command line what beginnings stand for.
func TestBundleVerbs(t *testing.T) {
	ruby := need(t, "ruby")
	const script = `
require 'bundler'
require 'bundler/cli'
c = Bundler::CLI
names = c.all_commands.keys + %w[i e ex exe c ls pack package]
puts names.flat_map { |n| (1..n.size).map { |k| n[0, k] } }.uniq.map { |w|
  [w, (Array(c.send(:find_command_possibilities, w.tr('-', '_'))).then { |l| l.size == 1 ? c.send(:normalize_command_name, w) : '' } rescue '')] }.to_h.to_json`
	var verbs map[string]string
	rubyJSON(t, ruby, script, nil, &verbs)
	s := newSite(t, map[string]string{"Gemfile": ""})
	seen := 0
	for word, verb := range verbs {
		starts := func(verb string) bool {
			out, _ := s.judge("bundle", verb, "pip", "install", "x")
			return len(out.Starts) > 0
		}
		if want := strings.HasPrefix(verb, "exec"); want != starts(word) {
			t.Errorf("bundle %s is bundle %s: starts: %t, the packs: %t", word, verb, want, !want)
		} else if want {
			seen++
		}
		if strings.HasPrefix(verb, "install") {
			seen++
			if got := s.verdict("bundle", word, "--system"); got != "BLOCK" {
				t.Errorf("bundle %s is install, the packs say %s", word, got)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d words of install and exec in %v", seen, verbs)
	}
}

// TestBundlePath asks bundler's settings where gems would go.
func TestBundlePath(t *testing.T) {
	ruby := need(t, "ruby")
	const script = `
require 'bundler'
p = Bundler.settings.path
puts [p.use_system_gems? ? 'shared' : File.expand_path(p.base_path, Bundler.root)].to_json`
	for _, test := range []struct {
		name  string
		env   []string
		files map[string]string
	}{
		{name: "default"},
		{name: "local file", files: map[string]string{".bundle/config": "---\nBUNDLE_PATH: \"vendor/bundle\"\n"}},
		{name: "variable", env: []string{"BUNDLE_PATH=@HOME@/v"}},
		{name: "relative variable", env: []string{"BUNDLE_PATH=v"}},
		{name: "file in the home", files: map[string]string{"../.bundle/config": "---\nBUNDLE_PATH: \"@HOME@/h\"\n"}},
		{name: "local beats variable", env: []string{"BUNDLE_PATH=@HOME@/v"}, files: map[string]string{".bundle/config": "---\nBUNDLE_PATH: \"l\"\n"}},
		{name: "variable beats home", env: []string{"BUNDLE_PATH=@HOME@/v"}, files: map[string]string{"../.bundle/config": "---\nBUNDLE_PATH: \"@HOME@/h\"\n"}},
		{name: "shared", files: map[string]string{".bundle/config": "---\nBUNDLE_PATH__SYSTEM: \"true\"\n"}},
		{name: "other directory of settings", env: []string{"BUNDLE_APP_CONFIG=@HOME@/app"}, files: map[string]string{"../app/config": "---\nBUNDLE_PATH: \"@HOME@/a\"\n"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"Gemfile": "source 'https://example.com'\n"}
			for name, text := range test.files {
				files[name] = text
			}
			s := newSite(t, files)
			s.set(test.env)
			out := s.run(ruby, "-rjson", "-e", script)
			want := strings.Trim(out, `[]"`)
			_, findings := s.judge("bundle", "install")
			if len(findings) == 0 || want == "" {
				t.Fatalf("bundler says %q, the packs nothing", want)
			}
			got := findings[0].Place
			shared := findings[0].Rule == "ruby/bundle-shared" || got.Kind.String() == "system" && got.Path == ""
			if shared != (want == "shared") || !shared && got.Path != want {
				t.Errorf("bundler says %q, the packs %s (%s)", want, got, findings[0].Rule)
			}
		})
	}
}

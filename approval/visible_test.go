package approval

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"pip install requests", "pip install requests"},
		{"cat <<'E' > f\na\n\nb\nE\n", "cat <<'E' > f\na\n\nb\nE\n"},
		// What terminals obey.
		{"ls\x1b[2K\rrm -rf ~", "ls⟨ESC⟩[2K⟨CR⟩rm -rf ~"},
		{"a\x00b\x08\x7f\tc", "a⟨NUL⟩b⟨BACKSPACE⟩⟨DEL⟩⟨TAB⟩c"},
		{"a\u009b31m", "a⟨U+009B invisible⟩31m"},
		{"bad\xff\xc3", "bad⟨byte FF⟩⟨byte C3⟩"},
		// Trojan Source, CVE-2021-42574.
		{"echo \u202egnp.exe", "echo ⟨U+202E right-to-left override⟩gnp.exe"},
		{"a\u2066b\u2069", "a⟨U+2066 left-to-right isolate⟩b⟨U+2069 end of isolate⟩"},
		// What has no width, or looks like a blank.
		{"pi\u200bp", "pi⟨U+200B zero-width space⟩p"},
		{"rm\u00a0-rf\u3000/", "rm⟨U+00A0 no-break space⟩-rf⟨U+3000 space⟩/"},
		{"a\ufe0f\U000e0041\u3164b", "a⟨U+FE0F combining⟩⟨U+E0041 invisible⟩⟨U+3164 empty letter⟩b"},
		{"ls" + strings.Repeat(" ", 400) + "; reboot", "ls⟨400 spaces⟩; reboot"},
		{"ls" + strings.Repeat("\n", 60) + "reboot", "ls\n⟨59 empty lines⟩\nreboot"},
		// Look-alikes.
		{"рір install x", "⟨р=U+0440≈p⟩⟨і=U+0456≈i⟩⟨р=U+0440≈p⟩ install x"},
		{"pіp install x", "p⟨і=U+0456≈i⟩p install x"},
		{"npm i reаct", "npm i re⟨а=U+0430≈a⟩ct"},
		{"ｐip install x", "⟨ｐ=U+FF50≈p⟩ip install x"},
		{"𝚙𝚒𝚙", "⟨𝚙=U+1D699≈p⟩⟨𝚒=U+1D692≈i⟩⟨𝚙=U+1D699≈p⟩"},
		{"curl https:∕∕x", "curl https:⟨∕=U+2215≈/⟩⟨∕=U+2215≈/⟩x"},
		{"rm –rf x", "rm ⟨–=U+2013≈-⟩rf x"},
		{"p\u0332ip", "p⟨U+0332 combining⟩ip"},
		// Marks cannot be forged.
		{"⟨CR⟩", "⟨U+27E8⟩CR⟨U+27E9⟩"},
		// Words of people stay words.
		{"git commit -m 'Größe, café, naïve: Привет, мир; 你好 λόγος'", "git commit -m 'Größe, café, naïve: Привет, мир; 你好 λόγος'"},
		{"echo ✓ 🎉", "echo ✓ 🎉"},
	} {
		if got := Visible(test.in); got != test.want {
			t.Errorf("%q: got  %s\nwant %s", test.in, got, test.want)
		}
	}
	if got, want := VisibleName("/usr/bin/gröpλ"), "/usr/bin/gr⟨ö=U+00F6⟩p⟨λ=U+03BB⟩"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Whatever comes in, nothing that a terminal obeys or does not show goes out, and
// two texts that differ are shown differently.
func TestVisibleAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x00\x1b\u202e\u200b\u2066\ufeff⟨⟩ \nрpіi")))
		s := rapid.StringOf(r).Draw(t, "text")
		if rapid.Bool().Draw(t, "broken") {
			s += string([]byte{0xff})
		}
		got := Visible(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q: %q is no UTF-8", s, got)
		}
		for _, r := range got {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError) {
				t.Fatalf("%q: %U is shown as it is", s, r)
			}
		}
		other := rapid.StringOf(r).Draw(t, "other")
		if s != other && got == Visible(other) {
			t.Fatalf("%q and %q are both shown as %q", s, other, got)
		}
	})
}

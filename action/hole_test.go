package action

import (
	"slices"
	"testing"
)

func TestHoles(t *testing.T) {
	for _, h := range []string{HoleText, string(rune(FirstTracedHole)), string(rune(LastTracedHole))} {
		if !Holed("a"+h+"b") || !OnlyHoles(h) || !OnlyHoles(h+HoleText) || OnlyHoles(h+"b") {
			t.Errorf("%q is not seen as a hole", h)
		}
		if got := SplitHoles("a" + h + "b" + h); !slices.Equal(got, []string{"a", "b", ""}) {
			t.Errorf("SplitHoles: %q", got)
		}
		if got := Show("a" + h + "b"); got != "a⟨…⟩b" {
			t.Errorf("Show: %q", got)
		}
	}
	for _, s := range []string{"", "abc", "\U0010F7A2", "\U0010FC00", "\xf4\x8f", "\xf4", "😀"} {
		if Holed(s) || OnlyHoles(s) || Show(s) != s {
			t.Errorf("%q is seen as a hole", s)
		}
	}
}

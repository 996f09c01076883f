package patch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []Change
	}{
		{"nothing", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", nil},
		{"add", "*** Begin Patch\n*** Add File: a b\n+one\n+\n+two\n*** End Patch\n", []Change{{Op: Add, Path: "a b", Text: "one\n\ntwo"}}},
		{"add nothing", "*** Add File: a\n*** End Patch", []Change{{Op: Add, Path: "a"}}},
		{"lines that look like headers", "*** Add File: a\n+*** Add File: b\n*** End Patch", []Change{{Op: Add, Path: "a", Text: "*** Add File: b"}}},
		{
			"hunks", "*** Update File: a\r\n@@ def f():\r\n keep\r\n-old\r\n+new\r\n@@\n-x\n*** End of File\n*** End Patch",
			[]Change{{Op: Update, Path: "a", Old: "keep\nold", Text: "keep\nnew"}, {Op: Update, Path: "a", Old: "x"}},
		},
		{
			"move", "*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n*** Delete File: c\n",
			[]Change{{Op: Move, Path: "a", To: "b"}, {Op: Update, Path: "b", Old: "x", Text: "y"}, {Op: Delete, Path: "c"}},
		},
		{"here-document", "apply_patch <<'EOF'\n  *** Begin Patch\n  *** Delete File: a\n  *** End Patch\nEOF\n", []Change{{Op: Delete, Path: "a"}}},
	} {
		if diff := cmp.Diff(test.want, Parse(test.text)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.name, diff)
		}
	}
}

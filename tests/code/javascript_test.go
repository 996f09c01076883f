package code

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
)

// A block is one judged block of code: a line of a .jsonl file.
type block struct {
	ID       string `json:"id"`
	Language string `json:"language"`
	Code     string `json:"code"`
	Expect   string `json:"expect"` // BLOCK or ASK; PASS where nothing is to be said, ALLOW included
	Why      string `json:"why"`
	Evidence string `json:"evidence"` // what says so: a run, a document, source text
}

func (b *block) harmless() bool { return b.Expect == "PASS" }

func loadBlocks(t *testing.T, file string) []block {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var b block
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&b); err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
		if b.ID == "" || b.Code == "" || b.Why == "" || b.Evidence == "" || !strings.Contains("BLOCK ASK PASS", b.Expect) {
			t.Fatalf("%s:%d: id, code, why, evidence and one of BLOCK, ASK and PASS are wanted", file, n)
		}
		list = append(list, b)
	}
	return list
}

// TestJavaScriptBlocks holds that no block is missed, and that at most one
// harmless block of a hundred is refused.
func TestJavaScriptBlocks(t *testing.T) {
	seen := map[string]bool{}
	harmless, refused, bad := 0, 0, 0
	for _, b := range loadBlocks(t, "testdata/javascript.jsonl") {
		if seen[b.ID] {
			t.Errorf("%s stands twice", b.ID)
		}
		seen[b.ID] = true
		dec := judged(b.Language, b.Code)
		switch stops := dec.Verdict >= action.Ask; {
		case b.harmless():
			if harmless++; stops {
				refused++
				t.Logf("refused: %s (%s)\n%s\n%s", b.ID, b.Why, b.Code, dec.Reason())
			}
		default:
			if bad++; !stops || b.Expect == "BLOCK" && dec.Verdict < action.Block {
				t.Errorf("missed: %s (%s): %s, want %s\n%s", b.ID, b.Why, dec.Verdict, b.Expect, b.Code)
			}
		}
	}
	if refused*100 > harmless {
		t.Errorf("%d of %d harmless blocks are refused", refused, harmless)
	}
	if bad < 60 || harmless < 60 {
		t.Errorf("%d and %d blocks, want 60 of each", bad, harmless)
	}
	t.Logf("%d blocks of JavaScript and TypeScript that must be refused, %d harmless, %d of them refused", bad, harmless, refused)
}

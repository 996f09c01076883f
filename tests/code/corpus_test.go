package code

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/classify"
	"github.com/venv-guard/venv-guard/tests/fixture"
	"github.com/venv-guard/venv-guard/world"
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

func blocks(t *testing.T, file string) []block {
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

// TestBlocks holds that no block is missed, and that at most one harmless block
// of a hundred is refused.
func TestBlocks(t *testing.T) {
	files, err := filepath.Glob("*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no blocks: %v", err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			harmless, refused, bad := 0, 0, 0
			for _, b := range blocks(t, file) {
				if seen[b.ID] {
					t.Errorf("%s stands twice", b.ID)
				}
				seen[b.ID] = true
				dec := judge(t, &b)
				stops := dec.Verdict >= action.Ask
				switch {
				case b.harmless():
					if harmless++; stops {
						refused++
						t.Logf("refused: %s (%s)\n%s\n%s", b.ID, b.Why, b.Code, dec.Reason())
					}
				default:
					if bad++; !stops || dec.Verdict < verdictOf(b.Expect) {
						t.Errorf("missed: %s (%s): %s, want %s\n%s", b.ID, b.Why, dec.Verdict, b.Expect, b.Code)
					}
				}
			}
			if refused*100 > harmless {
				t.Errorf("%d of %d harmless blocks are refused", refused, harmless)
			}
			t.Logf("%d blocks that must be refused, %d harmless, %d of them refused", bad, harmless, refused)
		})
	}
}

func verdictOf(word string) action.Verdict {
	if word == "ASK" {
		return action.Ask
	}
	return action.Block
}

// judge judges a block in a project with a virtual environment.
func judge(t *testing.T, b *block) classify.Decision {
	t.Helper()
	site, err := fixture.NewSite(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := site.PutVenv(".venv"); err != nil {
		t.Fatal(err)
	}
	if err := site.Put("package.json", `{"name": "x", "version": "1.0.0", "scripts": {"test": "node --test", "build": "tsc"}}`); err != nil {
		t.Fatal(err)
	}
	call := action.Call{Tool: "code", Dir: site.Dir, Blocks: []action.CodeBlock{{Language: b.Language, Code: b.Code}}}
	return classify.Decide(call, classify.World{FS: world.OS{}, Environ: site.Environ})
}

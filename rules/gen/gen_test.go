package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/venv-guard/venv-guard/rules/load"
)

// TestFresh fails when the TOML files were changed without `go generate`.
func TestFresh(t *testing.T) {
	packs, _, err := load.FS(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Generate(packs)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../zpacks.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("zpacks.go is stale: run `go generate ./rules`")
	}
}

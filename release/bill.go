package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const billSuffix = ".cdx.json"

// A bill is a bill of materials in CycloneDX 1.6 (cyclonedx.org/docs/1.6/json):
// what `go version -m` says of a binary. It has no time and no serial number, so
// that the same binary has the same bill.
type bill struct {
	Format     string   `json:"bomFormat"`
	Spec       string   `json:"specVersion"`
	Version    int      `json:"version"`
	Metadata   metadata `json:"metadata"`
	Components []part   `json:"components"`
}

type metadata struct {
	Component part `json:"component"`
}

type part struct {
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// writeBill writes the bill of materials of a binary beside it.
func writeBill(file string) error {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return err
	}
	b := bill{Format: "CycloneDX", Spec: "1.6", Version: 1}
	b.Metadata.Component = module("application", info.Main.Path, info.Main.Version, "")
	for _, s := range info.Settings {
		p := property{Name: "go:build:" + s.Key, Value: s.Value}
		b.Metadata.Component.Properties = append(b.Metadata.Component.Properties, p)
	}
	b.Components = append(b.Components, module("library", "std", strings.TrimPrefix(info.GoVersion, "go"), ""))
	for _, d := range info.Deps {
		if d.Replace != nil {
			return fmt.Errorf("%s: %s is replaced by %s, which no bill of materials can name", filepath.Base(file), d.Path, d.Replace.Path)
		}
		b.Components = append(b.Components, module("library", d.Path, d.Version, d.Sum))
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file+billSuffix, append(text, '\n'), 0o666)
}

// module describes a Go module. sum is its line in go.sum, a hash of its files
// (golang.org/ref/mod, go.sum files).
func module(kind, path, version, sum string) part {
	p := part{Type: kind, Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
	if sum != "" {
		p.Properties = []property{{Name: "go:sum", Value: sum}}
	}
	return p
}

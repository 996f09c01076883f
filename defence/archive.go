package defence

import (
	"path"
	"slices"
	"strings"

	"github.com/venv-guard/venv-guard/action"
	"github.com/venv-guard/venv-guard/world"
)

// rsync tells of a directory that is copied over another.
func (r *runner) rsync() {
	files := r.files()
	if len(files) < 2 {
		return
	}
	dest := files[len(files)-1]
	if strings.Contains(dest, ":") {
		return
	}
	deletes := slices.ContainsFunc(r.args, func(a string) bool { return strings.HasPrefix(a, "--del") })
	moves := slices.Contains(r.args, "--remove-source-files")
	for _, src := range files[:len(files)-1] {
		from, to := r.abs(src), r.abs(dest)
		if strings.Contains(src, ":") || from == "" {
			r.into(dest)
			continue
		}
		if moves {
			r.judge(Change{Kind: Remove, Path: from})
		}
		if to == "" {
			continue
		}
		if !world.IsDir(r.inv.FS, from) {
			if world.IsDir(r.inv.FS, to) {
				to = path.Join(to, path.Base(from))
			}
			text := action.HoleText
			if b, err := r.inv.FS.ReadFile(from, maxSize); err == nil {
				text = string(b)
			}
			r.judge(Change{Path: to, Text: text})
			continue
		}
		if !strings.HasSuffix(src, "/") && !strings.HasSuffix(src, "/.") {
			to = path.Join(to, path.Base(from))
		}
		r.judge(Change{Path: to, From: from, Over: !deletes})
	}
}

// untar tells of the directory that an archive is unpacked in, and of the archive
// that is made.
func (r *runner) untar() {
	if slices.Contains(r.args, "--remove-files") {
		r.each(Remove, r.files())
	}
	for i, a := range r.args {
		if a == "--extract" || a == "--get" || isShort(a, 'x') || i == 0 && strings.Contains(a, "x") && strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			r.into(or(r.value("-C", "--directory"), r.inv.Dir))
			return
		}
	}
	for i, a := range r.args {
		if strings.HasSuffix(a, "f") && (isShort(a, 'f') || i == 0) && i+1 < len(r.args) {
			r.writes(r.args[i+1 : i+2])
		}
	}
}

// compress tells of files that are replaced by packed ones.
func (r *runner) compress() {
	for _, a := range r.args {
		if isShort(a, 'k') || isShort(a, 'c') || isShort(a, 'l') || isShort(a, 't') || a == "--keep" || a == "--stdout" || a == "--list" || a == "--test" {
			return
		}
	}
	r.each(Remove, r.files())
}

// zip tells of the archive that is made, and of the files that are moved there.
func (r *runner) zip() {
	files := r.files()
	if len(files) > 0 {
		r.writes(files[:1])
	}
	if slices.ContainsFunc(r.args, func(a string) bool { return a == "--move" || isShort(a, 'm') }) {
		r.each(Remove, files)
	}
}

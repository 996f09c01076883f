//go:build unix

package sshkey

import (
	"os"
	"os/exec"
)

// hand gives two texts to a program that wants files, and returns their names.
// They are pipes: in a file, another process of the same user could put
// something else.
func hand(cmd *exec.Cmd, a, b string) (nameA, nameB string, done func(), err error) {
	var open []*os.File
	done = func() {
		for _, f := range open {
			f.Close()
		}
	}
	for _, text := range []string{a, b} {
		r, w, err := os.Pipe()
		if err != nil {
			done()
			return "", "", nil, err
		}
		open = append(open, r)
		go func() { // a pipe may hold less than the text
			w.WriteString(text) // what was not read was not wanted
			w.Close()
		}()
		cmd.ExtraFiles = append(cmd.ExtraFiles, r)
	}
	return "/dev/fd/3", "/dev/fd/4", done, nil
}

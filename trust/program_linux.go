package trust

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newProgram makes a file in memory, which has no name that anyone could write
// to; a file on the disk where the system allows none to be run.
func newProgram(base string) (*os.File, *Program, error) {
	const flags = unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(base, flags|unix.MFD_EXEC)
	if err == unix.EINVAL { // before Linux 6.3, where all may be run
		fd, err = unix.MemfdCreate(base, flags)
	}
	if err != nil {
		return newFile(base)
	}
	w := os.NewFile(uintptr(fd), base)
	// Scripts are opened once more by their interpreter, so the descriptor
	// stays open across the exec.
	return w, &Program{Path: fmt.Sprintf("/proc/self/fd/%d", fd), File: w}, nil
}

// seal makes the copy one that not even its own process can change.
func (p *Program) seal(w *os.File) error {
	if p.File == nil {
		return w.Close()
	}
	_, err := unix.FcntlInt(w.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SEAL|unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE)
	return err
}

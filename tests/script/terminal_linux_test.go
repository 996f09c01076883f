package script

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// runTerminal runs a program at a pseudo-terminal (pty(7)) that types an answer
// as soon as it is asked for one: terminal ANSWER prog args…
func runTerminal() {
	status, err := atTerminal(os.Args[1], os.Args[2], os.Args[3:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
	os.Exit(status)
}

const hasTerminal = true

func atTerminal(answer, name string, args ...string) (status int, err error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return 0, err
	}
	defer master.Close()
	var n, unlock int32
	for _, call := range []struct {
		request uintptr
		arg     *int32
	}{{syscall.TIOCSPTLCK, &unlock}, {syscall.TIOCGPTN, &n}} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), call.request, uintptr(unsafe.Pointer(call.arg))); errno != 0 {
			return 0, errno
		}
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	slave.Close()
	stop := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer stop.Stop()
	var seen bytes.Buffer
	buf := make([]byte, 4096)
	for asked := false; ; {
		n, err := master.Read(buf)
		seen.Write(buf[:n])
		if !asked && bytes.Contains(seen.Bytes(), []byte("Type yes: ")) {
			asked = true
			fmt.Fprintln(master, answer)
		}
		if err != nil { // EIO: nobody has the other end any more
			break
		}
	}
	err = cmd.Wait()
	io.WriteString(os.Stdout, strings.ReplaceAll(seen.String(), "\r\n", "\n"))
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}

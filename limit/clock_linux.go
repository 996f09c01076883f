package limit

import (
	"hash/fnv"
	"os"
	"syscall"
	"unsafe"
)

// clockBoottime is CLOCK_BOOTTIME of clock_gettime(2).
const clockBoottime = 7

// sinceBoot returns the time since the machine was started, and which start it
// was, from random(4)'s boot_id.
func sinceBoot() (ns int64, boot uint64) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	var ts syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&ts)), 0)
	if err != nil || len(id) == 0 || errno != 0 {
		return 0, 0
	}
	h := fnv.New64a()
	h.Write(id)
	return ts.Nano(), h.Sum64() | 1 // never 0
}

//go:build linux || freebsd || netbsd || openbsd

package cli

import (
	"os"
	"syscall"
)

// residentKB returns the largest resident memory that a process had.
func residentKB(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(usage.Maxrss)
	}
	return 0
}

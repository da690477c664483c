//go:build unix

package cputest

import (
	"syscall"
	"time"
)

// Time is how long the process has kept processors busy.
func Time() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

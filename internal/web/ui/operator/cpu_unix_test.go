//go:build unix

package operator_test

import (
	"syscall"
	"time"
)

// cpuTime is how long the process has kept processors busy: on a machine that
// others use it tells more than the time that passed.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

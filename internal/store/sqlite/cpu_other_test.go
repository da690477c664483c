//go:build !unix

package sqlite

import "time"

// cpuTime is not told here.
func cpuTime() time.Duration { return 0 }

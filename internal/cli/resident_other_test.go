//go:build !(linux || freebsd || netbsd || openbsd)

package cli

import "os"

// residentKB: other systems do not tell, or in other units.
func residentKB(*os.ProcessState) int64 { return 0 }

//go:build !linux

package disk

// freeSpace is not known here: the disk is used until writing fails.
func freeSpace(string) (bytes int64, known bool) { return 0, false }

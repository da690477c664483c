package intake

import (
	"errors"

	"github.com/rebound-mail/rebound/internal/spool"
)

// SpoolProblem says in a status what an error of Append means and what to do.
func SpoolProblem(err error) string {
	switch {
	case errors.Is(err, spool.ErrDiskFull):
		return "the disk of the data directory is full: reports wait where they are until there is space"
	case errors.Is(err, spool.ErrFull):
		return "the spool is full: reports wait where they are until some of it is processed; see whether the store works, or raise the spool's limit"
	case errors.Is(err, spool.ErrReadOnly):
		return "the data directory is not writable: reports wait where they are; check its owner, its mode and whether the file system is mounted read-only"
	case errors.Is(err, spool.ErrTooLarge):
		return "a report is larger than the spool takes"
	case errors.Is(err, spool.ErrClosed):
		return "the spool is closed: the server is stopping"
	}
	return "the spool failed: " + err.Error()
}

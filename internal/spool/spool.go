package spool

import (
	"context"
	"errors"
	"time"
)

// What goes wrong with a spool. Errors of a Spool wrap one of these where it fits.
var (
	// ErrFull is that the spool has reached its bound, or its disk is full:
	// nothing of the call was kept. SMTP and LMTP answer 452 4.3.1, HTTP 507;
	// pollers leave the mail where it is.
	ErrFull = errors.New("spool: full")
	// ErrDiskFull comes together with ErrFull where the disk, or a quota of the
	// file system, is what is full.
	ErrDiskFull = errors.New("spool: no space left on the disk")
	// ErrReadOnly is that the spool's directory may not be written to.
	ErrReadOnly = errors.New("spool: the directory is not writable")
	// ErrInUse is that another process has the spool's directory.
	ErrInUse = errors.New("spool: the directory is in use by another process")
	// ErrNewer is that the spool was written by a later version of the program.
	ErrNewer = errors.New("spool: written by a later version")
	// ErrTooLarge is that a report is larger than the spool takes at all.
	ErrTooLarge = errors.New("spool: the report is too large")
	// ErrInvalid is that a report cannot be kept as it is, such as one without ID.
	ErrInvalid = errors.New("spool: the report is not valid")
	// ErrNotFound is that there is no such report among those asked for.
	ErrNotFound = errors.New("spool: no such report")
	// ErrClosed is that the spool was closed.
	ErrClosed = errors.New("spool: closed")
)

// Spool keeps reports from acceptance to processing. All methods may be called
// from several goroutines.
type Spool interface {
	// Append takes reports in. When it returns nil they are durable. On an error
	// none of them counts as accepted; the error of ctx, ErrFull, ErrTooLarge and
	// ErrInvalid mean that none was kept. Bodies must not be changed meanwhile,
	// and may be afterwards.
	Append(ctx context.Context, reports ...Report) error
	// Claim waits until there are reports that nobody has claimed and returns up
	// to limit of them, the first accepted first, fewer if they are large. They
	// stay the claimer's until they are settled by Done, Release or Park.
	Claim(ctx context.Context, limit int) ([]Claimed, error)
	// Done settles claimed reports: they were processed, and are removed. Ids that
	// are not claimed change nothing. After an error reports may be handed out
	// again when the process was restarted, not before.
	Done(ctx context.Context, ids ...string) error
	// Release settles claimed reports: they could not be processed now, through no
	// fault of theirs, and are to be handed out again, before any later ones. Ids
	// that are not claimed change nothing.
	Release(ctx context.Context, ids ...string) error
	// Park settles a claimed report that cannot be processed: it is kept aside,
	// durably, with the reason, until somebody decides. ErrNotFound is that no
	// such report is claimed.
	Park(ctx context.Context, id, reason string, at time.Time) error

	// Parked lists what is kept aside, the first parked first, without bodies. The
	// cursor "" begins; next is "" at the end.
	Parked(ctx context.Context, cursor string, limit int) (list []Parked, next string, err error)
	// ParkedReport returns a report kept aside with its body, or ErrNotFound.
	ParkedReport(ctx context.Context, id string) (Parked, error)
	// Requeue hands a parked report back for processing, behind what was accepted
	// before. ErrNotFound is that no such report is parked.
	Requeue(ctx context.Context, id string) error
	// Drop removes a parked report for good. ErrNotFound is that none is parked.
	Drop(ctx context.Context, id string) error

	// Stats says how the spool fares.
	Stats() Stats
	// Close waits for what is being written and gives the spool up. Claims end;
	// what was not settled is handed out again by the next process.
	Close() error
}

// Claimed is a report that was handed out.
type Claimed struct {
	Report
	// Tries is how often the report was handed out, this time included: more
	// than once means that it was released, or that the process died meanwhile.
	// A report with many tries is likely what the process died of.
	Tries int
}

// Parked is a report that is kept aside.
type Parked struct {
	Report
	Reason   string    // why it could not be processed
	ParkedAt time.Time // as Park was told
	Size     int       // of the body, in bytes, also where the body is left out
}

// Stats is how a spool fares. Counters begin with zero when it is opened.
type Stats struct {
	Len     int       // reports not settled, claimed ones included, parked ones not
	Claimed int       // reports handed out and not settled
	Parked  int       // reports kept aside
	Bytes   int64     // what is used of Limit
	Limit   int64     // the bound; see ErrFull
	Oldest  time.Time // Received of the first report not settled; zero if there is none

	Appended int64 // reports accepted
	Done     int64 // reports processed
	Commits  int64 // how often something accepted was made durable: of a disk, fsyncs

	Torn    int64 // bytes cut from where a write was interrupted by a crash: accepted by nobody
	Damaged int64 // accepted reports found damaged and set aside
	// DamagedFiles are where damaged reports are, also those of earlier runs.
	DamagedFiles []string
}

// Lag is how long the first report not settled has been waiting. It is zero if
// there is none, or if the clock was set back since.
func (s *Stats) Lag(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Oldest))
}

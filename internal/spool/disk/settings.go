package disk

import "time"

// Settings bound what a spool takes. Fields that are zero have the defaults.
type Settings struct {
	// MaxBytes is the bound of the whole spool, parked reports included; what goes
	// beyond is refused with spool.ErrFull. Default 4 GiB.
	MaxBytes int64
	// MaxReport is the bound of one body; what is larger is refused with
	// spool.ErrTooLarge. Default 64 MiB, at most 1 GiB.
	MaxReport int64
	// SegmentBytes is the size at which a segment is closed. Default 16 MiB.
	SegmentBytes int64
	// MinFree is how much of the disk is left free, so that the store beside the
	// spool can go on and drain it: no segment is begun with less. Default 64 MiB;
	// less than zero uses the disk up.
	MinFree int64
	// Linger is how long a segment whose reports are all done is kept for more
	// reports before it is removed. Default 5 seconds.
	Linger time.Duration

	// For tests: how segments are created, how much of the disk is free.
	create func(path string) (file, error)
	free   func(dir string) (bytes int64, known bool)
}

func (s Settings) withDefaults() Settings {
	defaultTo(&s.MaxBytes, 4<<30)
	defaultTo(&s.MaxReport, 64<<20)
	defaultTo(&s.SegmentBytes, 16<<20)
	defaultTo(&s.MinFree, 64<<20)
	defaultTo(&s.Linger, 5*time.Second)
	s.MaxReport = min(s.MaxReport, 1<<30)
	s.SegmentBytes = min(s.SegmentBytes, 1<<30)
	if s.create == nil {
		s.create = createFile
	}
	if s.free == nil {
		s.free = freeSpace
	}
	return s
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

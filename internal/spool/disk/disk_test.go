package disk_test

import (
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/spool/spooltest"
)

func TestConformance(t *testing.T) {
	for name, settings := range map[string]disk.Settings{
		"as set by default": {},
		"a segment a batch": {SegmentBytes: 1},
		"small segments":    {SegmentBytes: 4 << 10, Linger: 1},
	} {
		t.Run(name, func(t *testing.T) {
			spooltest.Run(t, func(t *testing.T) spooltest.Open {
				dir := t.TempDir()
				return func() spool.Spool {
					s, err := disk.Open(dir, settings)
					if err != nil {
						t.Fatal(err)
					}
					return s
				}
			})
		})
	}
}

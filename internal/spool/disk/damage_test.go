package disk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/spool"
)

func TestASegmentCutAtAnyByteKeepsWhatIsWhole(t *testing.T) {
	w := write(t, 0, "", " one", strings.Repeat(" two", 5), "")
	for size := range len(w.segment) {
		whole := ""
		end := int64(0)
		for i, e := range w.found.entries {
			if e.offset+e.size() <= int64(size) {
				whole, end = whole+" "+string(rune('0'+i)), e.offset+e.size()
			}
		}
		dir := w.lay(t, w.segment[:size], nil)
		s := mustOpen(t, dir, Settings{})
		if stats := s.Stats(); stats.Damaged != 0 || whole != "" && stats.Torn != int64(size)-end {
			t.Fatalf("cut to %d bytes: %+v, whole up to %d", size, stats, end)
		}
		mustAppend(t, s, "next")
		wantReports(t, s, strings.TrimSpace(whole+" next"))
		must(t, s.Close())
		again := mustOpen(t, dir, Settings{})
		if stats := again.Stats(); stats.Torn != 0 {
			t.Fatalf("cut to %d bytes: %d of them cut a second time", size, stats.Torn)
		}
		must(t, again.Close())
	}
}

func TestAFlippedByteCostsOneReportAtMost(t *testing.T) {
	w := write(t, 0, "", " one", " two", "")
	for at := range w.segment {
		for _, mask := range []byte{1 << (at % 8), 0xff} {
			flipped := bytes.Clone(w.segment)
			flipped[at] ^= mask
			if strings.HasPrefix(string(flipped[:8]), segmentMagic) && at >= 8 && at < 12 {
				continue // another version: see below
			}
			want, lost := "0 1 2 3", int64(0)
			for i, e := range w.found.entries {
				if int64(at) >= e.offset && int64(at) < e.offset+e.size() {
					want, lost = strings.TrimSpace(strings.Replace("0 1 2 3", string(rune('0'+i)), "", 1)), 1
				}
			}
			want = strings.Join(strings.Fields(want), " ")
			dir := w.lay(t, flipped, nil)
			s := mustOpen(t, dir, Settings{})
			stats := s.Stats()
			if stats.Damaged != lost || stats.Torn != 0 || len(stats.DamagedFiles) != int(lost) {
				t.Fatalf("byte %d ^ %#x: %+v, want %d damaged", at, mask, stats, lost)
			}
			wantReports(t, s, want)
			must(t, s.Close())
			if lost == 1 {
				wantSetAsideOnce(t, dir, flipped, at)
			}
		}
	}
}

// wantSetAsideOnce looks for a damaged byte and its neighbours in what was set
// aside, and opens the spool again.
func wantSetAsideOnce(t *testing.T, dir string, segment []byte, at int) {
	t.Helper()
	path := only(t, dir, "*"+damagedSuffix)
	aside := readFile(t, path)
	if near := segment[max(at-1, segmentHeaderSize):min(at+2, len(segment))]; !bytes.Contains(aside, near) && !bytes.Contains(aside, segment[at:at+1]) {
		t.Fatalf("byte %d is not in what was set aside: %q", at, aside)
	}
	s := mustOpen(t, dir, Settings{})
	defer s.Close()
	if stats := s.Stats(); stats.Damaged != 0 || !slices.Equal(stats.DamagedFiles, []string{path}) || !bytes.Equal(readFile(t, path), aside) {
		t.Fatalf("byte %d: set aside again: %+v", at, stats)
	}
}

func TestAFlippedByteInTheJournalLosesNothing(t *testing.T) {
	w := write(t, 2, "", "", "", "")
	for at := range w.journal {
		flipped := bytes.Clone(w.journal)
		flipped[at] ^= 0x41
		s := mustOpen(t, w.lay(t, w.segment, flipped), Settings{})
		got := strings.Join(drainAll(t, s), " ")
		if !strings.HasSuffix(got, "2 3") {
			t.Fatalf("byte %d: the spool has %q", at, got)
		}
		must(t, s.Close())
	}
	for size := range w.journal {
		s := mustOpen(t, w.lay(t, w.segment, w.journal[:size]), Settings{})
		if got := strings.Join(drainAll(t, s), " "); !strings.HasSuffix(got, "2 3") {
			t.Fatalf("cut to %d bytes: the spool has %q", size, got)
		}
		list, err := s.unclaim([]string{"2"})
		must(t, err)
		must(t, s.settle(list)) // notes go where they can be read
		must(t, s.Close())
		again := mustOpen(t, s.dir, Settings{})
		if got := strings.Join(drainAll(t, again), " "); strings.Contains(got, "2") {
			t.Fatalf("cut to %d bytes: settled and there again: %q", size, got)
		}
		must(t, again.Close())
	}
}

func TestDamageToASettledReportIsNobodysLoss(t *testing.T) {
	w := write(t, 1, "", "")
	for at := segmentHeaderSize; at < int(w.found.entries[1].offset); at++ {
		flipped := bytes.Clone(w.segment)
		flipped[at] ^= 0xff
		s := mustOpen(t, w.lay(t, flipped, w.journal), Settings{})
		if stats := s.Stats(); stats.Damaged != 0 || len(stats.DamagedFiles) != 0 {
			t.Fatalf("byte %d: %+v", at, stats)
		}
		wantReports(t, s, "1")
		must(t, s.Close())
	}
}

func TestDamageThatHappensMeanwhileIsSetAsideToo(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{})
	mustAppend(t, s, "a", "b", "c")
	path := only(t, dir, "*.seg")
	b := readFile(t, path)
	at := bytes.Index(b, []byte("body of b"))
	b[at] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	wantReports(t, s, "a c")
	if stats := s.Stats(); stats.Damaged != 1 || stats.Len != 2 || len(stats.DamagedFiles) != 1 {
		t.Errorf("%+v", stats)
	}
	must(t, s.Close())
	s = mustOpen(t, dir, Settings{})
	wantReports(t, s, "a c")
	if stats := s.Stats(); stats.Damaged != 0 {
		t.Errorf("damaged again: %+v", stats)
	}
}

func TestASegmentThatIsNoneIsSetAside(t *testing.T) {
	w := write(t, 0, "")
	for what, content := range map[string]string{
		"text":        strings.Repeat("this is no segment\n", 100),
		"two damages": "x" + string(w.segment[1:segmentHeaderSize]) + "x" + string(w.segment[segmentHeaderSize+1:]),
	} {
		dir := w.lay(t, []byte(content), nil)
		s := mustOpen(t, dir, Settings{})
		if stats := s.Stats(); stats.Damaged != 1 || stats.Len != 0 || stats.Bytes != 0 {
			t.Errorf("%s: %+v", what, stats)
		}
		if !bytes.Contains(readFile(t, only(t, dir, "*"+damagedSuffix)), []byte(content)) {
			t.Errorf("%s: it is not in the file of what is damaged", what)
		}
		mustAppend(t, s, "a")
		wantReports(t, s, "a")
		must(t, s.Close())
	}
	s := mustOpen(t, w.lay(t, make([]byte, 5000), nil), Settings{})
	if stats := s.Stats(); stats.Damaged != 0 || stats.Torn != 5000 {
		t.Errorf("zeros: %+v", stats)
	}
}

func TestZerosBehindTheLastReportAreAnInterruptedWrite(t *testing.T) {
	w := write(t, 0, "", "")
	s := mustOpen(t, w.lay(t, append(bytes.Clone(w.segment), make([]byte, 4096)...), nil), Settings{})
	if stats := s.Stats(); stats.Damaged != 0 || stats.Torn != 4096 {
		t.Errorf("%+v", stats)
	}
	wantReports(t, s, "0 1")
}

func TestALaterFormatIsRefused(t *testing.T) {
	w := write(t, 0, "")
	later := appendSegmentHeader(nil, w.found.marker)
	later[8]++
	later = append(later[:28], sumOf(later[:28])...)
	dir := w.lay(t, append(later, w.segment[segmentHeaderSize:]...), nil)
	if _, err := Open(dir, Settings{}); !errors.Is(err, spool.ErrNewer) {
		t.Errorf("error %v", err)
	}
	if got := files(t, dir); got != w.name {
		t.Errorf("afterwards there is %s", got)
	}
}

// A body holds a whole segment that trusts itself; around it everything is
// damaged. Nothing of it must be taken for a report.
func TestABodyCannotForgeReports(t *testing.T) {
	forged := write(t, 0, " forged", " forged too")
	w := write(t, 0, "", string(forged.segment), "")
	at := int(w.found.entries[1].offset)
	for _, flip := range [][]int{{at}, {at + 8}, {at + frameHeaderSize}, {0, at}, {12, at + 30}} {
		damaged := bytes.Clone(w.segment)
		for _, i := range flip {
			damaged[i] ^= 0xff
		}
		s := mustOpen(t, w.lay(t, damaged, nil), Settings{})
		wantReports(t, s, "0 2")
		must(t, s.Close())
	}
}

func TestDamagedParkedReportsAreSetAside(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{})
	mustAppend(t, s, "a", "b")
	drainAll(t, s)
	must(t, s.Park(t.Context(), "a", "", received()))
	must(t, s.Park(t.Context(), "b", "", received()))
	must(t, s.Close())
	path := filepath.Join(dir, parkedDir, "0000000000000001.seg")
	b := readFile(t, path)
	for at := range b {
		if at >= 8 && at < 12 {
			continue // the version, covered by the sum behind it
		}
		flipped := bytes.Clone(b)
		flipped[at] ^= 2
		must(t, os.WriteFile(path, flipped, 0o600))
		s = mustOpen(t, dir, Settings{})
		if stats := s.Stats(); at < 20 || at >= 28 {
			if stats.Damaged != 1 || stats.Parked != 1 || len(stats.DamagedFiles) != 1 {
				t.Fatalf("byte %d: %+v", at, stats)
			}
		}
		must(t, s.Close())
		must(t, removeFile(filepath.Join(dir, parkedDir, "0000000000000001.damaged")))
	}
}

package tail

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/maillog"
)

// scene is a folder with a log in it that somebody follows.
type scene struct {
	t    *testing.T
	path string
	tail *Tail
	got  []string // "name:number text"
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, path: filepath.Join(t.TempDir(), "mail.log")}
	s.tail = New(Position{Path: s.path})
	t.Cleanup(func() { s.tail.Close() })
	return s
}

// line is a line of a log.
func line(n int) string { return fmt.Sprintf("Mar  4 05:06:%02d mx1 test[1]: line %d\n", n%60, n) }

func (s *scene) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) append(path, text string) {
	s.t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	s.check(err)
	_, err = f.WriteString(text)
	s.check(err)
	s.check(f.Close())
}

// write adds lines to the log.
func (s *scene) write(from, to int) {
	for n := from; n < to; n++ {
		s.append(s.path, line(n))
	}
}

func (s *scene) take(l Lines) error {
	n := l.First
	for text := range strings.Lines(string(l.Text)) {
		_, word, _ := strings.Cut(text, "line ")
		s.got = append(s.got, fmt.Sprintf("%s:%d %s", filepath.Base(l.Name), n, strings.TrimSuffix(word, "\n")))
		n++
	}
	return nil
}

// poll polls and compares what came.
func (s *scene) poll(want ...string) {
	s.t.Helper()
	s.got = nil
	s.check(s.tail.Poll(s.take))
	if diff := cmp.Diff(want, s.got); diff != "" {
		s.t.Error(diff)
	}
}

// restart ends the following and begins it again where it was.
func (s *scene) restart() {
	pos := s.tail.Position()
	s.tail.Close()
	s.tail = New(pos)
}

func (s *scene) pack(path string) {
	s.t.Helper()
	raw, err := os.ReadFile(path)
	s.check(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(raw)
	s.check(z.Close())
	s.check(os.WriteFile(path+".gz", b.Bytes(), 0o600))
	s.check(os.Remove(path))
}

func (s *scene) rename(from, to string) { s.t.Helper(); s.check(os.Rename(from, to)) }

func TestAFileThatGrows(t *testing.T) {
	s := newScene(t)
	s.poll()
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.poll()
	half := line(3)
	s.append(s.path, half[:9])
	s.poll()
	s.append(s.path, half[9:]+line(4)+line(5)[:3])
	s.poll("mail.log:3 3", "mail.log:4 4")
	if p := s.tail.Position(); p.Offset != int64(len(line(1))*4) || p.Line != 4 || p.HeadBytes == 0 {
		t.Errorf("%+v", p)
	}
}

func TestRenamedAndCreated(t *testing.T) {
	s := newScene(t)
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.rename(s.path, s.path+".1")
	s.append(s.path+".1", line(3)) // who writes has not noticed yet
	s.poll("mail.log:3 3")
	s.check(os.WriteFile(s.path, nil, 0o600))
	s.append(s.path+".1", line(4))
	s.poll("mail.log:4 4")
	s.append(s.path+".1", "line 5, not ended")
	s.write(6, 7)
	s.poll() // grew, so that it may grow again
	s.poll("mail.log:5 5, not ended", "mail.log:1 6")
	s.write(7, 8)
	s.poll("mail.log:2 7")
}

func TestCopiedAndTruncated(t *testing.T) {
	s := newScene(t)
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.write(3, 4) // not seen before the copy is made
	raw, err := os.ReadFile(s.path)
	s.check(err)
	s.check(os.WriteFile(s.path+".1", raw, 0o600))
	s.check(os.Truncate(s.path, 0))
	s.poll("mail.log.1:3 3")
	s.write(4, 5)
	s.poll("mail.log:1 4")
	s.check(os.Truncate(s.path, 0))
	s.write(5, 9) // longer than before
	s.poll("mail.log:1 5", "mail.log:2 6", "mail.log:3 7", "mail.log:4 8")
}

func TestGoingOnWhereTheLastRunEnded(t *testing.T) {
	s := newScene(t)
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.write(3, 4)
	s.restart()
	s.poll("mail.log:3 3")
}

func TestRotatedWhileNobodyLooked(t *testing.T) {
	s := newScene(t)
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.write(3, 5)
	s.rename(s.path, s.path+".2")
	s.pack(s.path + ".2")
	s.write(5, 7)
	s.rename(s.path, s.path+".1")
	s.write(7, 8)
	s.append(filepath.Join(filepath.Dir(s.path), "other.log.1"), line(50))
	s.restart()
	s.poll("mail.log.2.gz:3 3", "mail.log.2.gz:4 4", "mail.log.1:1 5", "mail.log.1:2 6", "mail.log:1 7")
}

func TestRotatedAwayAltogether(t *testing.T) {
	s := newScene(t)
	s.write(1, 3)
	s.poll("mail.log:1 1", "mail.log:2 2")
	s.check(os.Remove(s.path))
	s.write(3, 4)
	s.append(s.path+".1", line(2)) // nobody knows whether it was read
	s.restart()
	s.poll("mail.log:1 3")
}

func TestLinesThatWereRefusedComeAgain(t *testing.T) {
	for name, text := range map[string]string{"short": line(1), "long": line(1)[:len(line(1))-1] + strings.Repeat("x", 3*maillog.MaxLine) + "\n"} {
		s := newScene(t)
		s.append(s.path, text)
		stop := errors.New("stop")
		for range 3 {
			if err := s.tail.Poll(func(Lines) error { return stop }); !errors.Is(err, stop) || s.tail.Position().Offset != 0 {
				t.Errorf("%s: %v at %d", name, err, s.tail.Position().Offset)
			}
		}
		size := 0
		s.check(s.tail.Poll(func(l Lines) error { size += len(l.Text); return nil }))
		if want := min(len(text), maillog.MaxLine); size != want {
			t.Errorf("%s: %d bytes, want %d", name, size, want)
		}
		s.write(2, 3)
		s.poll("mail.log:2 2")
	}
}

func TestWhatStandsBefore(t *testing.T) {
	s := newScene(t)
	s.write(1, 1000)
	s.check(s.tail.Poll(func(Lines) error { return nil }))
	s.write(1000, 1001)
	for _, n := range []int64{1 << 20, 1000} {
		text, err := s.tail.Before(n)
		s.check(err)
		if !strings.HasPrefix(string(text), line(1)) || !strings.HasSuffix(string(text), line(999)) {
			t.Errorf("%d: %q", n, text[:min(len(text), 200)])
		}
	}
}

func TestOnlyWhatIsNew(t *testing.T) {
	s := newScene(t)
	s.check(s.tail.End())
	s.append(s.path, line(1)+line(2)[:5])
	s.check(s.tail.End())
	s.append(s.path, line(2)[5:]+line(3))
	s.poll("mail.log:2 2", "mail.log:3 3")
}

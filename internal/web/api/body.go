package api

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// How slowly a body may come: after each piece there is as much time again. The
// time is that of connections, so it is the wall clock's.
const (
	paceTime  = 30 * time.Second
	pacePiece = 64 << 10
)

// openBody returns the body of a request, unpacked and bounded, or nil if the
// operation has none.
func (a *API) openBody(rt *route, w http.ResponseWriter, r *http.Request) (io.ReadCloser, error) {
	if len(rt.types) == 0 || rt.foreign {
		return nil, nil
	}
	if err := checkType(rt, r); err != nil {
		return nil, err
	}
	if r.ContentLength > rt.limit {
		return nil, errBody(rt.limit)
	}
	paced := &pacedReader{r: http.MaxBytesReader(w, r.Body, rt.limit), pace: http.NewResponseController(w)}
	packed, err := isPacked(r)
	if err != nil {
		return nil, err
	}
	b := &body{in: paced, left: rt.limit, limit: rt.limit, packed: packed, close: r.Body.Close}
	return b, nil
}

// checkType refuses bodies of another type than the operation takes.
func checkType(rt *route, r *http.Request) error {
	given := r.Header.Values("Content-Type")
	if slices.Contains(rt.types, anyType) {
		return nil
	}
	if len(given) == 0 && r.ContentLength == 0 {
		return nil // whether a body may be left out, the operation knows
	}
	want := strings.Join(rt.types, " or ")
	if len(given) != 1 {
		return newProblem(badMedia, "Say of what type the body is: Content-Type: "+want+".").with("Accept-Post", strings.Join(rt.types, ", "))
	}
	t, params, err := mime.ParseMediaType(given[0])
	charset := strings.ToLower(params["charset"])
	if err != nil || !slices.Contains(rt.types, t) || charset != "" && charset != "utf-8" && charset != "us-ascii" {
		return newProblem(badMedia, "The body has to be "+want+", in UTF-8.").with("Accept-Post", strings.Join(rt.types, ", "))
	}
	return nil
}

// isPacked reports whether the body is compressed.
func isPacked(r *http.Request) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ","))) {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		return true, nil
	}
	return false, newProblem(badMedia, "Bodies may be compressed with gzip, once, and in no other way.").with("Accept-Encoding", "gzip")
}

func errBody(limit int64) *Problem {
	return newProblem(tooLarge, "A body may have "+inBytes(limit)+" here, unpacked. Send it in pieces.")
}

// inBytes writes a size as people say it.
func inBytes(n int64) string {
	for _, unit := range [...]struct {
		size int64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size && n%unit.size == 0 {
			return itoa(n/unit.size) + " " + unit.name
		}
	}
	return itoa(n) + " bytes"
}

// body reads a body up to its limit. Its errors are problems.
type body struct {
	in     io.Reader
	left   int64
	limit  int64
	packed bool
	zip    *gzip.Reader
	close  func() error
}

// Read reads a piece.
func (b *body) Read(p []byte) (int, error) {
	if b.packed && b.zip == nil {
		zip, err := gzip.NewReader(b.in)
		if errors.Is(err, io.EOF) {
			return 0, io.EOF // an empty body is empty, packed or not
		}
		if err != nil {
			return 0, b.problem(err)
		}
		b.zip = zip
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errBody(b.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, b.problem(err)
	}
	return n, err
}

func (b *body) read(p []byte) (int, error) {
	if b.zip != nil {
		return b.zip.Read(p)
	}
	return b.in.Read(p)
}

// Close ends the reading.
func (b *body) Close() error { return b.close() }

// problem says what an error of reading means.
func (b *body) problem(err error) error {
	var large *http.MaxBytesError
	var slow net.Error
	switch {
	case errors.As(err, &large):
		return errBody(b.limit)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return newProblem(timedOut, "The body came too slowly, or stopped: 64 KiB in 30 seconds are the least.").with("Connection", "close")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), b.packed:
		return newProblem(badRequest, "The body is said to be compressed with gzip, and is not, or is damaged.").because(err)
	}
	return newProblem(badRequest, "The body ends before its end.").because(err)
}

// pacedReader gives a client that sends a body time, but not for ever.
type pacedReader struct {
	r     io.Reader
	pace  *http.ResponseController
	since int // bytes since the deadline was set
	begun bool
}

// Read reads a piece.
func (p *pacedReader) Read(b []byte) (int, error) {
	if !p.begun || p.since >= pacePiece {
		_ = p.pace.SetReadDeadline(time.Now().Add(paceTime)) // unsupported in tests only
		p.begun, p.since = true, 0
	}
	n, err := p.r.Read(b)
	p.since += n
	if err != nil {
		// Else the server would take the deadline of the body for the client's going
		// away while the operation is still at work.
		_ = p.pace.SetReadDeadline(time.Time{})
	}
	return n, err
}

package app

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// A body may be slow, but not so slow that it holds a connection for ever: it
// gets patience, and a second more for each pace bytes.
const (
	patience = 30 * time.Second
	pace     = 4 << 10
)

// paced bounds how slowly a client may send its request and take the answer.
// Fixed time-outs would end long uploads and long answers of honest clients.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		start := time.Now() // deadlines are of the connection, not of the application's clock
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{ReadCloser: r.Body, control: control, start: start}
		}
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, control: control, start: start}, r)
	})
}

func deadline(start time.Time, n int64) time.Time {
	return start.Add(patience + time.Duration(n/pace)*time.Second)
}

// pacedBody ends a body that comes too slowly.
type pacedBody struct {
	io.ReadCloser
	control *http.ResponseController
	start   time.Time
	n       int64
	waited  time.Duration // for us, not for the client
	left    time.Time
}

// Read reads with a deadline that grows with what came. The time that the handler
// takes between two reads is not the client's.
func (b *pacedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if !b.left.IsZero() {
		b.waited += now.Sub(b.left)
	}
	_ = b.control.SetReadDeadline(deadline(b.start.Add(b.waited), b.n)) // not all connections can
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	b.left = time.Now()
	if err != nil {
		// The server watches the connection from now on: with a deadline it
		// would take the request for given up.
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// pacedWriter ends an answer that is taken too slowly.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	start   time.Time
	n       int64
}

// Write writes with a deadline: each piece has the patience of its own.
func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(deadline(time.Now(), int64(len(p))))
	n, err := w.ResponseWriter.Write(p)
	w.n += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find what is below.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush sends what was written.
func (w *pacedWriter) Flush() {
	if err := w.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return // the next Write fails too
	}
}

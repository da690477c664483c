package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// connection remembers the deadlines that are set.
type connection struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.read = append(c.read, t)
	return nil
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.write = append(c.write, t)
	return nil
}

func TestDeadlinesGrowWithWhatComesAndEndWithTheRequest(t *testing.T) {
	a := &App{log: slog.New(slog.DiscardHandler), metrics: newMetrics("")}
	handler := a.recovered(a.metrics.measured(paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		for range 3 {
			_, _ = w.Write([]byte("x"))
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
	}))))
	c := &connection{ResponseRecorder: httptest.NewRecorder()}
	handler.ServeHTTP(c, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 1<<20))))
	if len(c.write) != 4 || !c.write[0].IsZero() {
		t.Errorf("a deadline of the answer before is in force: %v", c.write)
	}
	last := len(c.read) - 1
	if last < 2 || !c.read[last].IsZero() {
		t.Fatalf("when the body was read a deadline is left: %v", c.read)
	}
	// Pieces of 32 KB give 8 seconds each.
	if grown := c.read[last-1].Sub(c.read[0]); grown < 200*time.Second || grown > 300*time.Second {
		t.Errorf("for a megabyte the deadline has grown by %v", grown)
	}
	if !slices.IsSortedFunc(c.read[:last], time.Time.Compare) {
		t.Errorf("deadlines shrink: %v", c.read)
	}
}

func TestADefectEndsItsRequestAlone(t *testing.T) {
	a := &App{log: slog.New(slog.DiscardHandler), metrics: newMetrics("")}
	answer := httptest.NewRecorder()
	a.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("defect") })).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if answer.Code != http.StatusInternalServerError {
		t.Errorf("it is answered with %d", answer.Code)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("an answer that was given up is taken for a defect")
		}
	}()
	a.recovered(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
}

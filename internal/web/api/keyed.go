package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
)

const (
	keyHeader    = "Idempotency-Key"
	replayHeader = "Idempotent-Replayed"
	// maxKey is how long an idempotency key may be.
	maxKey = 255
	// maxKept is how long an answer may be that is kept; those of keyed operations
	// are short.
	maxKept = 1 << 20
	// finishTimeout bounds how long it may take to keep an answer.
	finishTimeout = 10 * time.Second
)

type keyKey struct{}

// keyOf returns the idempotency key of a request as it is stored, "" if there is
// none: ids are made of it, so that a request that is repeated after a crash makes
// nothing twice.
func keyOf(ctx context.Context) string {
	key, _ := ctx.Value(keyKey{}).(string)
	return key
}

// readKey returns the key that the client chose.
func readKey(h http.Header) (string, error) {
	values := h.Values(keyHeader)
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	bad := len(values) > 1 || key == "" || len(key) > maxKey
	for i := range len(key) {
		bad = bad || key[i] <= ' ' || key[i] > '~'
	}
	if bad {
		return "", newProblem(badRequest, "An Idempotency-Key is given once and has 1 to 255 visible ASCII characters: a UUID is a good one.")
	}
	return key, nil
}

// serveKeyed carries a request out once, however often it comes with the same key.
func (a *API) serveKeyed(rt *route, w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	given, err := readKey(r.Header)
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	if given == "" {
		next(w, r)
		return
	}
	if rt.streams { // what it asks for has to be known before it is begun
		b, err := a.memory.read(io.LimitReader(r.Body, a.o.Limits.Report+1))
		if err == nil && int64(len(b.bytes)) > a.o.Limits.Report {
			b.free()
			err = newProblem(tooLarge, "With an "+keyHeader+" the body may have "+inBytes(a.o.Limits.Report)+
				". Without one it may be larger; reading the same list twice does no harm.")
		}
		if err != nil {
			a.fail(w, r, problemOf(err))
			return
		}
		defer b.free()
		r = withBody(r, b.bytes)
	}
	p, _ := auth.FromContext(r.Context())
	sum := sha256.Sum256([]byte(p.ID + "\x00" + given)) // clients do not see each other's keys
	key := hex.EncodeToString(sum[:])
	saved, err := a.o.Store.BeginRequest(r.Context(), key, fingerprint(r))
	switch {
	case errors.Is(err, store.ErrRequestDiffers):
		a.fail(w, r, newProblem(keyReused, "This Idempotency-Key came with another request within the last 24 hours. Take a new key for a new request."))
	case errors.Is(err, store.ErrRequestRuns):
		a.fail(w, r, newProblem(keyRuns, "Wait for its answer, or ask again in a while.").retry(time.Second))
	case err != nil:
		a.fail(w, r, problemOf(err))
	case saved != nil:
		w.Header().Set(replayHeader, "true")
		w.Header().Set("Content-Type", saved.Type)
		w.WriteHeader(saved.Status)
		_, _ = w.Write(saved.Body)
	default:
		a.runKeyed(rt, w, r.WithContext(context.WithValue(r.Context(), keyKey{}, key)), next)
	}
}

// fingerprint tells requests apart.
func fingerprint(r *http.Request) []byte {
	h := sha256.New()
	for _, part := range [...]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Content-Type")} {
		io.WriteString(h, part) //nolint:errcheck // never fails
		h.Write([]byte{0})
	}
	h.Write(bodyOf(r.Context()))
	return h.Sum(nil)
}

// runKeyed carries a request out and keeps the answer before it is given. Only
// what succeeded is kept: what failed changed nothing, and may be tried again.
func (a *API) runKeyed(rt *route, w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	kept := &keptAnswer{header: w.Header(), status: http.StatusOK}
	key, done := keyOf(r.Context()), false
	finish := func(saved *store.SavedResponse) {
		done = true
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishTimeout)
		defer cancel()
		if err := a.o.Store.FinishRequest(ctx, key, saved); err != nil {
			a.o.Logger.Error("cannot keep the answer of a request with an idempotency key", "request", requestID(r.Context()), "error", err)
		}
	}
	defer func() {
		if !done { // it panicked
			finish(nil)
		}
	}()
	next(kept, r)
	finish(kept.toSave(rt, requestID(r.Context())))
	w.WriteHeader(kept.status)
	_, _ = w.Write(kept.body.Bytes())
}

// keptAnswer is an answer that is not given yet.
type keptAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of the answer.
func (k *keptAnswer) Header() http.Header { return k.header }

// WriteHeader sets the status.
func (k *keptAnswer) WriteHeader(status int) { k.status = status }

// Write keeps a piece.
func (k *keptAnswer) Write(b []byte) (int, error) { return k.body.Write(b) }

// toSave returns what is to be kept of the answer, nil if it is not to be.
func (k *keptAnswer) toSave(rt *route, id string) *store.SavedResponse {
	if k.status >= 300 || k.body.Len() > maxKept {
		return nil
	}
	if !rt.secret {
		return &store.SavedResponse{Status: k.status, Type: k.header.Get("Content-Type"), Body: k.body.Bytes()}
	}
	p := newProblem(secretGone, "The request with this key was carried out. Its secret is stored nowhere and cannot be shown again: revoke what was made, and make another.").of(id)
	var b bytes.Buffer
	_ = writeJSON(&b, p)
	return &store.SavedResponse{Status: p.Status, Type: ProblemType, Body: b.Bytes()}
}

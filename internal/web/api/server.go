package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/store"
)

// serverStatus is how the server fares.
type serverStatus struct {
	Version  string          `json:"version" doc:"The program's."`
	Time     time.Time       `json:"time" doc:"The server's clock."`
	Store    store.Stats     `json:"store" doc:"How much is stored."`
	Spool    spoolStatus     `json:"spool" doc:"What was accepted and not yet processed."`
	Pipeline *PipelineStatus `json:"pipeline,omitempty" doc:"How processing fares."`
	Sources  []intake.Status `json:"sources" doc:"How the ways fare by which reports come in."`
}

// spoolStatus is how the spool fares.
type spoolStatus struct {
	Waiting    int     `json:"waiting" doc:"Reports not processed yet."`
	Parked     int     `json:"parked" doc:"Reports kept aside, since they could not be processed."`
	Bytes      int64   `json:"bytes" doc:"What they take."`
	Limit      int64   `json:"limit" doc:"What they may take; beyond it nothing is accepted."`
	LagSeconds float64 `json:"lag_seconds" doc:"How long the oldest one has been waiting."`
	Accepted   int64   `json:"accepted" doc:"Reports accepted since the start."`
	Done       int64   `json:"done" doc:"Reports processed since the start."`
	Damaged    int64   `json:"damaged" doc:"Accepted reports found damaged on the disk and set aside."`
}

func (a *API) addServer() {
	add(a, newRoute(http.MethodGet, "/v1/status", "status", store.ScopeRead, "operation", "How the server fares",
		"What is stored, what waits, and how the ways fare by which reports come in."), a.status)
	file := map[string]*huma.MediaType{"application/vnd.sqlite3": {Schema: &huma.Schema{Type: huma.TypeString, Description: "The database."}}}
	backup := newRoute(http.MethodPost, "/v1/backup", "backup", store.ScopeAdmin, "operation", "A copy of everything",
		"A copy of the store as of now, as a stream, while the server goes on working. Put it into an empty data directory as rebound.db to go on from it. "+
			"It holds the hashes of tokens, and addresses.").failing(http.StatusInsufficientStorage).answering("The copy.", file)
	backup.long = true
	add(a, backup, func(context.Context, *struct{}) (*raw, error) { return writing(a.backup), nil })
	for _, d := range [...]struct{ path, id, media string }{
		{"/openapi.json", "openapi-json", "application/vnd.oai.openapi+json"}, {"/openapi.yaml", "openapi-yaml", "application/vnd.oai.openapi"},
	} {
		content := map[string]*huma.MediaType{d.media: {Schema: &huma.Schema{}}}
		if d.id == "openapi-json" {
			content[d.media].Schema = &huma.Schema{Type: huma.TypeObject}
		}
		add(a, newRoute(http.MethodGet, d.path, d.id, "", "document", "This document", "The OpenAPI 3.1 document of this server.").answering("The document.", content),
			func(context.Context, *struct{}) (*raw, error) {
				return writing(func(w http.ResponseWriter, r *http.Request) { a.serveDocument(w, r, d.media) }), nil
			})
		operationOf(a.huma.OpenAPI(), http.MethodGet, d.path).Responses["304"] = &huma.Response{Description: "It is the one that If-None-Match names."}
	}
}

func (a *API) status(ctx context.Context, _ *struct{}) (*bodyOut[serverStatus], error) {
	stats, err := a.o.Store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	now := a.o.Now()
	s := a.o.Spool.Stats()
	out := serverStatus{
		Version: a.o.Version, Time: now.UTC(), Store: stats, Sources: []intake.Status{},
		Spool: spoolStatus{Waiting: s.Len, Parked: s.Parked, Bytes: s.Bytes, Limit: s.Limit, LagSeconds: s.Lag(now).Seconds(),
			Accepted: s.Appended, Done: s.Done, Damaged: s.Damaged},
	}
	if a.o.Sources != nil {
		out.Sources = notNil(a.o.Sources())
	}
	if a.o.Pipeline != nil {
		p := a.o.Pipeline()
		out.Pipeline = &p
	}
	return &bodyOut[serverStatus]{out}, nil
}

// backup writes a copy beside and sends it: the store is not held up by a slow
// client.
func (a *API) backup(w http.ResponseWriter, r *http.Request) {
	dir, err := os.MkdirTemp(a.o.TempDir, "rebound-backup-*")
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "rebound.db")
	if err := a.o.Store.Backup(r.Context(), path); err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	f, err := os.Open(path)
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		a.fail(w, r, problemOf(err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/vnd.sqlite3")
	h.Set("Content-Disposition", `attachment; filename="rebound-`+a.o.Now().UTC().Format("20060102-150405")+`.db"`)
	h.Set("Content-Length", itoa(info.Size()))
	out := &firstByte{w: w}
	if _, err := io.Copy(out, f); err != nil {
		a.broken(w, r, true, err)
	}
}

// serveDocument gives the OpenAPI document.
func (a *API) serveDocument(w http.ResponseWriter, r *http.Request, media string) {
	b := a.document.yaml
	if media == "application/vnd.oai.openapi+json" {
		b = a.document.json
	}
	sum := sha256.Sum256(b)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", media)
	_, _ = w.Write(b)
}

package api

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/store"
)

type exportQuery struct {
	Format string `query:"format" enum:"csv,ndjson" default:"ndjson" doc:"CSV has a header; NDJSON is a JSON object a line."`
	SuppressionFilter
}

type importQuery struct {
	DryRun bool   `query:"dry_run" doc:"Says what would be done, and changes nothing."`
	Format string `query:"format" enum:"csv,ndjson" doc:"Without it the Content-Type tells." example:"csv"`
	Stream string `query:"stream" maxLength:"128" doc:"The stream of entries that name none; without it every stream." example:"newsletter"`
	Note   string `query:"note" maxLength:"1000" doc:"The note of entries that have none." example:"from the old system"`
}

func (a *API) addTransfer() {
	const tag = "suppressions"
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: "recipient,stream,ground,reason,since,until,by,note\r\nkim@example.org,,address,user-unknown,2026-03-01T10:00:00Z,,,\r\n"}
	perLine := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "One Suppression a line."},
		Example: `{"recipient":"kim@example.org","ground":"address","reason":"user-unknown","since":"2026-03-01T10:00:00Z"}` + "\n"}
	export := newRoute(http.MethodGet, "/v1/suppressions/export", "export-suppressions", store.ScopeRead, tag, "Export suppressions",
		"The whole list, or what a filter chooses of it, as a stream. What changes meanwhile may be in it or not. In CSV a cell that a spreadsheet would "+
			"take for a formula has an apostrophe before it, which an import removes. A connection that breaks off is an export that is not whole.").
		answering("The list.", map[string]*huma.MediaType{csvType: text, ndjsonType: perLine})
	export.long = true
	add(a, export, a.export)
	add(a, newRoute(http.MethodPost, "/v1/suppressions/import", "import-suppressions", store.ScopeAdmin, tag, "Import suppressions",
		"Takes a list over, Rebound's own or another system's: CSV with or without a header, or a JSON object a line. Reading the same list again does no harm. "+
			"If the import ends early, what came before is kept. With an Idempotency-Key a list may have 32 MiB.").
		body(a.o.Limits.Import, csvType, ndjsonType, "application/octet-stream", "text/plain").streaming().takesKey().
		answering("What was done, or would be.", map[string]*huma.MediaType{jsonType: {Schema: a.schema(reflect.TypeFor[store.ImportReport]())}}), a.importList)
}

func (a *API) export(_ context.Context, in *exportQuery) (*raw, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	format, media := store.NDJSON, ndjsonType
	if in.Format == "csv" {
		format, media = store.CSV, csvType+"; charset=utf-8; header=present"
	}
	return writing(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", media)
		h.Set("Content-Disposition", `attachment; filename="suppressions.`+in.Format+`"`)
		out := &firstByte{w: w}
		if _, err := store.Export(r.Context(), a.o.Store, out, format, f); err != nil {
			a.broken(w, r, out.begun, err)
		}
	}), nil
}

// firstByte knows whether an answer was begun.
type firstByte struct {
	w     io.Writer
	begun bool
}

// Write writes a piece.
func (f *firstByte) Write(b []byte) (int, error) {
	f.begun = f.begun || len(b) > 0
	return f.w.Write(b)
}

// broken ends an answer that cannot be completed. If it was begun the connection
// is broken off: that is the only way to tell the client.
func (a *API) broken(w http.ResponseWriter, r *http.Request, begun bool, err error) {
	p := problemOf(err)
	if !begun {
		h := w.Header()
		h.Del("Content-Disposition")
		a.fail(w, r, p)
		return
	}
	a.report(r.Context(), p)
	panic(http.ErrAbortHandler)
}

func (a *API) importList(ctx context.Context, in *importQuery) (*raw, error) {
	by := who(ctx)
	return writing(func(w http.ResponseWriter, r *http.Request) {
		im := store.Import{Format: importFormat(in.Format, r), DryRun: in.DryRun, By: by, Note: in.Note, Stream: streamOf(in.Stream),
			CaseSensitive: a.o.Settings.CaseSensitive, Now: a.o.Now()}
		if im.Format == "" {
			a.fail(w, r, newProblem(invalid, "Say what the list is: format=csv or format=ndjson.").at("query.format", "is needed, since the Content-Type does not tell"))
			return
		}
		list := bufio.NewReader(r.Body)
		if !isText(list) {
			a.fail(w, r, newProblem(badMedia, "The list is no text: packed, or the file of a spreadsheet. Send CSV or NDJSON in UTF-8; what is packed by gzip, with Content-Encoding: gzip."))
			return
		}
		report, err := im.Read(r.Context(), a.o.Store, list)
		if err != nil {
			p := problemOf(err)
			if !in.DryRun && report.Lines > 0 {
				p.at("body", "the first "+itoa(report.Lines)+" lines were read, and "+itoa(report.Added)+" addresses added; read the list again")
			}
			a.fail(w, r, p)
			return
		}
		w.Header().Set("Content-Type", jsonType)
		_ = writeJSON(w, report)
	}), nil
}

// isText reports whether a list looks like text by its beginning. In what is none
// no line would be found, and nothing done would look like success.
func isText(list *bufio.Reader) bool {
	first, _ := list.Peek(4) // an error comes again when it is read
	for _, other := range []string{"\x1f\x8b", "PK\x03\x04", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(first, []byte(other)) {
			return false
		}
	}
	return true
}

// importFormat returns the format of a list, "" if nothing tells.
func importFormat(given string, r *http.Request) store.Format {
	switch t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); {
	case given != "":
		return store.Format(given)
	case strings.TrimSpace(strings.ToLower(t)) == csvType:
		return store.CSV
	case strings.TrimSpace(strings.ToLower(t)) == ndjsonType:
		return store.NDJSON
	}
	return ""
}

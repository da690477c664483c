package operator

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/policy"
)

// counting knows whether an answer was begun.
type counting struct {
	w io.Writer
	n int64
}

// Write writes a piece.
func (c *counting) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// broken ends an answer that cannot be completed: if it was begun, by breaking the
// connection off, which is the only way to tell the browser.
func (c *counting) broken(err error) error {
	if c.n > 0 {
		panic(http.ErrAbortHandler)
	}
	return err
}

// upload is a list as it was sent.
type upload struct {
	fields map[string]string
	file   *os.File
	name   string
	size   int64
}

// errTooMuch is that a list is larger than is taken.
var errTooMuch = errors.New("operator: the list is too large")

// readUpload reads a form with a file. The fields that come before the file have to
// show that the form is ours before any of the file is kept.
func (o *Operator) readUpload(v *visit) (*upload, error) {
	parts, err := v.r.MultipartReader()
	if err != nil {
		return nil, errForged
	}
	u := &upload{fields: map[string]string{}}
	for range 20 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = o.readPart(v, u, part)
		}
		if err != nil {
			u.drop()
			return nil, err
		}
	}
	if !unmasks(u.fields["csrf"], v.secret) {
		u.drop()
		return nil, errForged
	}
	return u, nil
}

func (o *Operator) readPart(v *visit, u *upload, part *multipart.Part) error {
	name := part.FormName()
	if name != "file" && name != "text" {
		b, err := io.ReadAll(io.LimitReader(part, maxForm))
		u.fields[name] = strings.TrimSpace(string(b))
		return err
	}
	if !unmasks(u.fields["csrf"], v.secret) {
		return errForged
	}
	var first [1]byte
	if n, err := io.ReadFull(part, first[:]); n == 0 {
		if errors.Is(err, io.EOF) {
			return nil // nothing chosen, or nothing pasted
		}
		return err
	}
	if u.file != nil {
		return mistaken("Choose a file, or paste a list; not both.")
	}
	f, err := os.CreateTemp(o.o.TempDir, "rebound-import-*")
	if err != nil {
		return err
	}
	_ = os.Remove(f.Name()) // where that is possible nothing is left behind, whatever happens
	u.file, u.name = f, "the pasted list"
	if given := part.FileName(); given != "" {
		u.name = store.Cut(path.Base(strings.ReplaceAll(given, `\`, "/")), 200)
	}
	n, err := io.Copy(f, io.LimitReader(io.MultiReader(strings.NewReader(string(first[:])), part), o.o.Limits.Import+1))
	u.size = n
	if err == nil && n > o.o.Limits.Import {
		err = errTooMuch
	}
	return err
}

// drop removes the file.
func (u *upload) drop() {
	if u.file != nil {
		_ = u.file.Close()
		_ = os.Remove(u.file.Name()) // where an open file cannot be removed
	}
}

// importForm is the page where a list is chosen.
func (o *Operator) importForm(v *visit) error {
	p := v.page("Import suppressions", "suppressions", map[string]any{"Most": o.o.Limits.Import})
	p.Crumbs = []ui.Link{{Href: Prefix + "suppressions", Text: "Suppressions"}}
	return v.show("import", p)
}

// importUpload takes a list and begins its preview.
func (o *Operator) importUpload(v *visit) error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, o.o.Limits.Import+1<<20)
	u, err := o.readUpload(v)
	if errors.Is(err, errTooMuch) {
		return mistaken("A list may have %s here. For a larger one use: rebound suppressions import.", sizeWords(o.o.Limits.Import))
	}
	if err != nil {
		return err
	}
	if u.file == nil {
		return mistaken("Choose a file, or paste a list.")
	}
	im := store.Import{Format: formatOf(u), By: v.by(), Note: u.fields["note"], Stream: policy.StreamName(u.fields["stream"]),
		CaseSensitive: o.o.Settings.CaseSensitive, Now: o.o.Now()}
	if len(im.Note) > maxNote {
		u.drop()
		return mistaken("A note may have %d bytes.", maxNote)
	}
	id, err := o.imports.begin(o.o.Store, v.who.ID, u, im, o.o.Now)
	if err != nil {
		u.drop()
		return err
	}
	http.Redirect(v.w, v.r, Prefix+"suppressions/import/"+id, http.StatusSeeOther)
	return nil
}

// formatOf returns the format of a list: as chosen, or else by its name and first
// byte.
func formatOf(u *upload) store.Format {
	switch u.fields["format"] {
	case "csv":
		return store.CSV
	case "ndjson":
		return store.NDJSON
	}
	var head [512]byte
	n, _ := u.file.ReadAt(head[:], 0)
	text := strings.TrimSpace(strings.TrimPrefix(string(head[:n]), "\ufeff"))
	name := strings.ToLower(u.name)
	if strings.HasPrefix(text, "{") || strings.HasSuffix(name, ".ndjson") || strings.HasSuffix(name, ".jsonl") {
		return store.NDJSON
	}
	return store.CSV
}

// importPage shows how far an import is.
func (o *Operator) importPage(v *visit) error {
	view, ok := o.imports.view(v.r.PathValue("id"), v.who.ID)
	if !ok {
		return errNoPage
	}
	if view.Running {
		v.w.Header().Set("Refresh", "1") // without a script the page asks again by itself
	}
	p := v.page("Import suppressions", "suppressions", view)
	p.Crumbs = []ui.Link{{Href: Prefix + "suppressions", Text: "Suppressions"}, {Href: Prefix + "suppressions/import", Text: "Import"}}
	return v.show("import-progress", p)
}

func (o *Operator) importConfirm(v *visit) error {
	id := v.r.PathValue("id")
	if err := o.imports.confirm(o.o.Store, id, v.who.ID); err != nil {
		return err
	}
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, Prefix+"suppressions/import/"+id, http.StatusSeeOther)
	return nil
}

func (o *Operator) importCancel(v *visit) error {
	report, ok := o.imports.cancel(v.r.PathValue("id"), v.who.ID)
	if !ok {
		return errNoPage
	}
	text := "The list is removed; nothing was imported."
	if report.Added > 0 {
		text = fmt.Sprintf("The import is stopped. %s addresses were added before; to release them, see the list.", big(report.Added))
	}
	return v.goOn(Prefix+"suppressions", ui.ToneInfo, text)
}

package cli

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/rebound-mail/rebound/internal/legible"
)

// jsonWriter writes values as JSON, one a line, in a form that no terminal takes
// for anything but text.
type jsonWriter struct {
	buf bytes.Buffer
	enc *json.Encoder
}

func newJSONWriter() *jsonWriter {
	w := &jsonWriter{}
	w.enc = json.NewEncoder(&w.buf)
	w.enc.SetEscapeHTML(false)
	return w
}

// append writes v and a line end behind dst.
func (w *jsonWriter) append(dst []byte, v any) ([]byte, error) {
	w.buf.Reset()
	if err := w.enc.Encode(v); err != nil {
		return dst, err
	}
	return legible.AppendJSON(dst, w.buf.Bytes()), nil
}

// writeJSON writes one value: indented for people on a terminal, else on a line.
func writeJSON(out io.Writer, v any) error {
	w := newJSONWriter()
	if _, ok := terminal(out); ok {
		w.enc.SetIndent("", "  ")
	}
	b, err := w.append(nil, v)
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

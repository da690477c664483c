package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"sort"
	"strings"
)

// Limits of a form. Mailgun posts some thirty fields, Mandrill one.
const (
	maxFormFields = 1000
	maxFormField  = MaxPayload
)

// field is one field of a form, in the order of the body.
type field struct{ name, value string }

// form is what a provider posted as a form (application/x-www-form-urlencoded,
// or multipart/form-data where attachments came along).
type form []field

func trimBOM(b []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))
}

// isForm reports whether a payload is a form and not JSON.
func isForm(payload []byte) bool {
	if len(payload) == 0 {
		return false
	}
	switch payload[0] {
	case '{', '[', '"':
		return false
	}
	if bytes.HasPrefix(payload, []byte("--")) {
		return true
	}
	name, _, ok := bytes.Cut(payload[:min(len(payload), 256)], []byte("="))
	return ok && len(name) > 0 && !bytes.ContainsAny(name, " \t\r\n<>{}[]")
}

// parseForm reads a form. Of fields that occur twice all are kept. Damaged ones
// are left out; ok means that there was one at least.
func parseForm(payload []byte) (f form, ok bool) {
	if bytes.HasPrefix(payload, []byte("--")) {
		f = parseMultipart(payload)
		return f, len(f) > 0
	}
	for rest := string(payload); rest != "" && len(f) < maxFormFields; {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil || name == "" {
			continue
		}
		value, err = url.QueryUnescape(strings.TrimRight(value, "\r\n"))
		if err != nil {
			continue
		}
		f = append(f, field{name, value})
	}
	return f, len(f) > 0
}

// parseMultipart reads multipart/form-data; its boundary is its first line. Files
// are passed over.
func parseMultipart(payload []byte) form {
	line, _, _ := bytes.Cut(payload, []byte("\n"))
	boundary := strings.TrimRight(string(line[2:]), "\r\n \t")
	if boundary == "" || len(boundary) > 70 { // RFC 2046 section 5.1.1
		return nil
	}
	var f form
	r := multipart.NewReader(bytes.NewReader(payload), boundary)
	for len(f) < maxFormFields {
		part, err := r.NextRawPart()
		if err != nil {
			break
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxFormField))
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		f = append(f, field{part.FormName(), string(value)})
	}
	return f
}

func (f form) get(names ...string) string {
	for _, name := range names {
		for _, x := range f {
			if x.name == name && x.value != "" {
				return x.value
			}
		}
	}
	return ""
}

func (f form) has(name string) bool {
	for _, x := range f {
		if x.name == name {
			return true
		}
	}
	return false
}

// sorted returns the fields in the order of their names.
func (f form) sorted() form {
	s := append(form(nil), f...)
	sort.SliceStable(s, func(i, j int) bool { return s[i].name < s[j].name })
	return s
}

// object returns the fields as if they had come as JSON. The first value of a
// name counts.
func (f form) object() object {
	o := make(object, len(f))
	for _, x := range f {
		if _, ok := o[x.name]; ok {
			continue
		}
		if raw, err := json.Marshal(x.value); err == nil {
			o[x.name] = raw
		}
	}
	return o
}

// form reads the form posts of the two providers that use them.
func (d *decoder) form(p Provider, f form) bool {
	switch {
	case p == Mandrill && f.has("mandrill_events"):
		_ = d.items([]byte(f.get("mandrill_events")), (*decoder).mandrill)
		return true
	case p == Mailgun && f.has("event"):
		d.item = 1
		d.mailgunForm(f.object())
		return true
	}
	return false
}

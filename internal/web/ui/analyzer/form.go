package analyzer

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

// errForm means that a request is no form.
var errForm = errors.New("analyzer: not a form")

// readForm returns what was pasted or dropped: the file if there is one, else the
// text. Nothing of it ever touches the disk, as Request.ParseMultipartForm would
// have large parts do.
func readForm(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return nil, err
		}
		return []byte(r.PostForm.Get("text")), nil
	case "multipart/form-data":
		return readParts(r)
	}
	return nil, errForm
}

func readParts(r *http.Request) ([]byte, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	var text, file []byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		switch part.FormName() {
		case "text":
			text = body
		case "file":
			file = body
		}
	}
	if len(file) > 0 {
		return file, nil
	}
	return text, nil
}

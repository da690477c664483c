package mailpart_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/mailpart"
)

// corpusMails gives the mails of the corpora, which are not part of the repository.
func corpusMails(t *testing.T) map[string][]byte {
	t.Helper()
	root := os.Getenv("REBOUND_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	mails := make(map[string][]byte)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".eml", ".msg", ".txt":
			mails[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil || len(mails) == 0 {
		t.Skipf("no corpora (set REBOUND_CORPUS): %v", err)
	}
	return mails
}

// texts gives everything that is read from a mail.
func texts(raw []byte) []string {
	var out []string
	for part := range mailpart.Parse(raw, mailpart.Limits{}).All() {
		out = append(out, part.MediaType, part.Plain())
		for field := range part.Header.All() {
			out = append(out, field.Name()+": "+field.Text())
		}
		for _, block := range part.Blocks() {
			for field := range block.All() {
				out = append(out, field.Name()+": "+field.Unfolded())
			}
		}
	}
	return out
}

func TestCorpusReadsTheSameWithAnyLineEnds(t *testing.T) {
	for name, raw := range corpusMails(t) {
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		if bytes.IndexByte(raw, '\r') >= 0 || len(raw) > 1<<20 {
			continue // a lone CR is content there, which no other line end can stand for
		}
		want := texts(raw)
		for _, eol := range []string{"\r\n", "\r"} {
			got := texts(bytes.ReplaceAll(raw, []byte("\n"), []byte(eol)))
			if len(got) != len(want) {
				t.Errorf("%s with %q: %d texts, not %d", name, eol, len(got), len(want))
				continue
			}
			for i := range got {
				if got[i] != want[i] && !strings.Contains(want[i], "\ufffd") {
					t.Errorf("%s with %q:\ngot  %.300q\nwant %.300q", name, eol, got[i], want[i])
					break
				}
			}
		}
	}
}

func TestCorpusCutInFortyPlaces(t *testing.T) {
	const places = 40
	for name, raw := range corpusMails(t) {
		if len(raw) > 1<<18 {
			continue
		}
		for i := range places {
			for _, text := range texts(raw[:len(raw)*i/places]) {
				if !utf8.ValidString(text) {
					t.Errorf("%s cut at %d/%d: not UTF-8: %.100q", name, i, places, text)
				}
			}
		}
	}
}

package mailpart_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/mailpart"
)

func FuzzParse(f *testing.F) {
	f.Add(readTestMail(f, "dsn.eml"))
	for _, test := range structures {
		f.Add([]byte(test.mail))
		f.Add([]byte(strings.ReplaceAll(test.mail, "\n", "\r")))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for part := range mailpart.Parse(raw, mailpart.Limits{Depth: 20, Parts: 100}).All() {
			if !strings.Contains(part.MediaType, "/") {
				t.Errorf("media type %q", part.MediaType)
			}
			if !utf8.ValidString(part.Text()) || !utf8.ValidString(part.Plain()) {
				t.Errorf("text is not UTF-8: %q", part.Text())
			}
			if strings.Contains(part.Text(), "\r") && part.Encoding == mailpart.Identity && part.Charset == "" {
				t.Errorf("text has a CR: %q", part.Text())
			}
			for field := range part.Header.All() {
				if text := field.Text(); !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n") {
					t.Errorf("field %q: %q", field.Name(), text)
				}
			}
			for _, block := range part.Blocks() {
				for field := range block.All() {
					if !utf8.ValidString(field.Unfolded()) {
						t.Errorf("field %q: %q", field.Name(), field.Unfolded())
					}
				}
			}
			part.FileName()
			part.Param("charset")
		}
	})
}

func FuzzDecodeWords(f *testing.F) {
	for _, seed := range []string{"=?utf-8?q?a=20b?= =?utf-8?b?w7w=?= c", "=?x?q?", "=?=?=?q?=", "=?iso-2022-jp?b?GyRCJUYlOSVIGyhC?="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := mailpart.DecodeWords(s); utf8.ValidString(s) && !utf8.ValidString(out) {
			t.Errorf("%q became %q", s, out)
		}
	})
}

func FuzzHTMLText(f *testing.F) {
	f.Add("<p>a<br>b</p><!-- c --><script>x</script>&uuml;")
	f.Add("<<<a@b><!-- <script <title")
	f.Fuzz(func(t *testing.T, s string) {
		if out := mailpart.HTMLText(s); utf8.ValidString(s) && !utf8.ValidString(out) {
			t.Errorf("%q became %q", s, out)
		}
	})
}

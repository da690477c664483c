package ui

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/internal/legible"
)

// functions are what all templates may call:
//
//	asset "rebound.css"      the path of an asset
//	spans .Text              pieces of a hostile text; the template "text" shows them
//	clip 500 .Text           at most so many bytes, and what was cut told in words
//	args "name" .Value ...   several values for one template
//	list .A .B               a list of values
//	count 3 "code" "codes"   "3 codes", "1 code"
//	host .URL                the host of a URL, to show where a link leads
//	spaced "fix-sender"      words with blanks between
func (s *Shell) functions() template.FuncMap {
	return template.FuncMap{
		"asset":  s.Asset,
		"spans":  legible.Spans,
		"plain":  legible.Text,
		"clip":   clip,
		"args":   args,
		"list":   func(items ...any) []any { return items },
		"count":  count,
		"add":    func(a, b int) int { return a + b },
		"host":   host,
		"spaced": func(s string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(s) },
	}
}

// clip cuts a text, and says so.
func clip(most int, text string) string {
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s … [%d more bytes]", text[:cut], len(text)-cut)
}

var errArgs = errors.New("ui: args needs names and values by turns")

// host returns the host of a URL.
func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	return strings.TrimPrefix(u.Host, "www.")
}

// args makes a map out of names and values.
func args(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errArgs
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errArgs
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// count writes a number and its noun.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

package ui

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
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
//	ticks .Text              a sentence in pieces, those in backticks apart; the template "prose" shows them
//	fact "retry_after"       what a captured fact is called
//	number 12345             12,345
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
		"fact":   factName,
		"ticks":  ticks,
		"number": number,
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

// factName is what a captured fact is called.
func factName(name string) string {
	known := map[string]string{"ip": "IP address", "dnsbl": "Blocklist", "url": "Address in the reply", "retry_after": "Retry after", "ticket": "Reference"}
	if words, ok := known[name]; ok {
		return words
	}
	return upper(strings.ReplaceAll(name, "_", " "))
}

// words is a piece of a sentence.
type words struct {
	Text string
	Code bool
}

// ticks cuts a sentence at its backticks. An odd one stays as it is.
func ticks(text string) []words {
	var pieces []words
	for {
		before, rest, found := strings.Cut(text, "`")
		code, after, closed := strings.Cut(rest, "`")
		if !found || !closed {
			return append(pieces, words{Text: text})
		}
		pieces = append(pieces, words{Text: before}, words{Text: code, Code: true})
		text = after
	}
}

// number writes a number with its thousands apart.
func number(n int) string {
	if n < 0 {
		return "-" + number(-n)
	}
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", number(n/1000), n%1000)
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

package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// eximFields are the parts of a delivery line.
type eximFields struct {
	to        string // the recipient
	original  string // the address it came of, where it is another one
	sender    string // F=
	transport string // T=
	host      string // H=, the name
	address   string // H=, the IP address
	port      string // H=, the port with a colon before, if it is logged
	source    string // I=, the own IP address
	said      string // C=, the reply to the message
	text      string // what follows the fields
}

// parseEximFields reads "address <original> F=<sender> R=router T=transport
// H=host [ip]:port X=... C="250 OK"", and with failures ": text"; with
// deferrals "defer (number): text" or "defer (number) H=host [ip]: text".
func parseEximFields(s string, kind event.Kind) (eximFields, bool) {
	var f eximFields
	s, ok := f.addresses(s, kind)
	if !ok {
		return f, false
	}
	for s != "" {
		if kind != event.Delivery && s[0] == ':' {
			f.text = strings.TrimLeft(s[1:], " ")
			return f, true
		}
		word, rest := eximWord(s)
		if kind == event.Delay && word == "defer" && strings.HasPrefix(rest, "(") {
			f.deferral(rest)
			return f, f.text != ""
		}
		if kind != event.Delivery && endsFields(word) {
			f.field(word[:len(word)-1], "")
			f.text = rest
			return f, true
		}
		s = f.field(word, rest)
	}
	// A failure without any text is the end of a line cut off.
	return f, kind == event.Delivery || f.text != ""
}

// endsFields reports whether the colon that ends a word stands between fields
// and text.
func endsFields(word string) bool { return len(word) > 1 && word[len(word)-1] == ':' }

// addresses reads the recipient, and the address in angle brackets behind it
// from which it was generated. A pipe or file has no address of its own.
func (f *eximFields) addresses(s string, kind event.Kind) (rest string, ok bool) {
	end := eximAddressEnd(s, kind)
	head := strings.TrimRight(s[:end], " ")
	rest = strings.TrimLeft(s[end:], " ")
	if i := strings.LastIndex(head, " <"); i >= 0 && head[len(head)-1] == '>' {
		f.original = head[i+2 : len(head)-1]
		head = strings.TrimSpace(head[:i])
	}
	if i := strings.Index(head, " ("); i > 0 && head[len(head)-1] == ')' {
		head = head[:i] // log_selector = +all_parents
	}
	f.to = unbracket(head)
	if !isAddress(f.to) && f.original != "" {
		f.to = f.original
	}
	if f.original == f.to {
		f.original = ""
	}
	return rest, f.to != ""
}

// eximAddressEnd gives where the addresses end: before the first field, the
// text, or the end.
func eximAddressEnd(s string, kind event.Kind) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && (i == 0 || s[i-1] == ' ' || s[i-1] == '<'):
			quoted = true
		case c == '"' && quoted:
			quoted = false
		case quoted:
		case c == ':' && kind != event.Delivery && i > 0 && (i+1 == len(s) || s[i+1] == ' '):
			return i
		case c == ' ' && isEximField(s[i+1:]):
			return i
		}
	}
	return len(s)
}

// isEximField reports whether s begins with a field (one to three letters and
// "=", Exim specification, section "Summary of fields in log lines"), or with
// the words of a deferral.
func isEximField(s string) bool {
	n := 0
	for n < len(s) && n < 4 && 'A' <= s[n] && s[n] <= 'Z' {
		n++
	}
	if n > 0 && n < 4 && n < len(s) && s[n] == '=' {
		return true
	}
	return strings.HasPrefix(s, "defer (") || strings.HasPrefix(s, "routing defer (")
}

// field notes one field. H= goes on with the address in brackets behind it.
func (f *eximFields) field(word, rest string) string {
	key, value, ok := strings.Cut(word, "=")
	if !ok {
		if f.host != "" && f.address == "" && strings.HasPrefix(word, "[") {
			f.address, f.port, _ = strings.Cut(word[1:], "]")
		}
		return rest
	}
	switch key {
	case "F":
		f.sender = value
	case "P":
		if f.sender == "" && strings.HasPrefix(value, "<") {
			f.sender = value // the return path as sent
		}
	case "T":
		f.transport = value
	case "H":
		f.host, f.address = value, ""
	case "I":
		if after, ok := strings.CutPrefix(value, "["); ok {
			f.source, _, _ = strings.Cut(after, "]")
		}
	case "C":
		f.said = unquoteExim(value)
	}
	return rest
}

// deferral reads what follows "defer": "(number): text", "(number) H=host
// [ip]: text", or "(number): system error H=host [ip]: text".
func (f *eximFields) deferral(s string) {
	end := strings.IndexByte(s, ')')
	if end < 0 {
		return
	}
	s = s[end+1:]
	if after, ok := strings.CutPrefix(s, ":"); ok {
		s = strings.TrimLeft(after, " ")
		i := strings.Index(s, " H=")
		if i < 0 || strings.IndexByte(s[:i], ':') >= 0 {
			f.text = s
			return
		}
		f.text, s = s[:i], s[i:]
	}
	s = strings.TrimLeft(s, " ")
	for s != "" {
		word, rest := eximWord(s)
		if word == ":" || endsFields(word) {
			f.field(strings.TrimSuffix(word, ":"), "")
			f.more(rest)
			return
		}
		s = f.field(word, rest)
	}
}

// more adds what follows the host to a system error.
func (f *eximFields) more(text string) {
	switch {
	case f.text == "":
		f.text = text
	case text != "":
		f.text += ": " + text
	}
}

// unquoteExim takes the quotes off a value, and the backslashes before quotes
// and backslashes within it (deliver.c, delivery_log).
func unquoteExim(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "\""), "\"")
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s)
}

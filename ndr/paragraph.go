package ndr

import (
	"iter"
	"net/netip"
	"strings"
)

// paragraphs gives the runs of lines between blank lines, none of them empty,
// leading blanks kept.
func paragraphs(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start := -1
		for pos := 0; pos < len(text); {
			end := lineEnd(text, pos)
			blank := strings.TrimSpace(text[pos:end]) == ""
			switch {
			case blank && start >= 0:
				if !yield(text[start : pos-1]) {
					return
				}
				start = -1
			case !blank && start < 0:
				start = pos
			}
			pos = end + 1
		}
		if start >= 0 {
			yield(strings.TrimRight(text[start:], "\n"))
		}
	}
}

// firstIP gives the first IP address in a text, "" if there is none.
func firstIP(text string) string {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" \t\n[]()<>,;\"'", r) }) {
		if len(word) < 3 || len(word) > 60 {
			continue
		}
		if ip, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimRight(word, ".:"), "IPv6:")); err == nil {
			return ip.String()
		}
	}
	return ""
}

package ndr

import "strings"

// maddy reads the text of maddy (internal/dsn/dsn.go): a line "Delivery to
// ADDRESS failed with error: text" a recipient.
var maddy = decoder{
	format: "maddy",
	marks:  []string{"this is the mail delivery system at ", " failed with error: "},
	read: func(m *Mail) (Report, bool) {
		head, list, ok := cutFold(m.Text, "this is the mail delivery system at ")
		if !ok || strings.TrimSpace(head) != "" {
			return Report{}, false
		}
		r := Report{ReportingMTA: strings.TrimRight(firstWord(list), ".")}
		c := cursor{text: list}
		for line, ok := c.next(); ok; line, ok = c.next() {
			address, text, ok := maddyLine(line)
			if ok {
				r.Failures = append(r.Failures, Failure{Recipient: address})
			}
			if n := len(r.Failures); n > 0 && strings.TrimSpace(text) != "" {
				r.Failures[n-1].add(text)
			}
		}
		return r, len(r.Failures) > 0
	},
}

// maddyLine reads one line; others fold the one before.
func maddyLine(line string) (address, text string, ok bool) {
	rest, ok := strings.CutPrefix(line, "Delivery to ")
	if !ok {
		return "", line, false
	}
	address, text, ok = strings.Cut(rest, " failed with error: ")
	return recipient(address, ""), text, ok
}

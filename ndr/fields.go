package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// typed gives the value behind the type of a delivery report's field: "rfc822;
// a@b.example", "dns; mx.example".
func typed(value string) string {
	if kind, after, found := strings.Cut(value, ";"); found && len(kind) < 12 && !strings.ContainsAny(kind, " @") {
		value = after
	}
	return strings.TrimSpace(value)
}

// actionField reads the Action field, RFC 3464 section 2.3.3.
func actionField(value string) event.Action {
	switch word := strings.ToLower(firstWord(value)); event.Action(word) {
	case event.Failed, event.Delayed, event.Delivered, event.Relayed, event.Expanded:
		return event.Action(word)
	}
	return ""
}

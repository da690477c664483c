package dsn

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// Read finds the delivery status in a mail and reads it. ok is false if there is none.
//
// It looks at every part outside of returned messages: first for the media types of the standards, then for parts of other types that hold the
// fields all the same, as attachments or in the midst of a text. Several delivery statuses in one mail are read as one.
func Read(root *mailpart.Part) (report *Report, ok bool) {
	s := survey(root)
	if len(s.statuses) > 0 {
		report = Parse(s.blocks())
		report.Part = s.statuses[0]
	}
	if report == nil || len(report.Recipients) == 0 {
		if found, part := s.mislabelled(); found != nil {
			report = found
			report.Part = part
			report.Problems = append(report.Problems, Mislabelled)
		}
	}
	if report == nil {
		return nil, false
	}
	report.Text, report.Returned = s.text(report.Part), s.returned
	return report, true
}

// ReadEnclosed finds a delivery status inside the messages that a mail encloses or quotes: a bounce that somebody forwarded, or that a system wrapped
// up in a report of its own. It is for mails that are no report themselves; where one is, what it returns may have been a bounce too, whose
// recipients are not its own. ok is false if there is none.
func ReadEnclosed(root *mailpart.Part) (report *Report, ok bool) {
	for part := range root.All() {
		if !part.IsMessage() || len(part.Children) == 0 {
			continue
		}
		if report, ok = Read(part.Children[0]); ok && len(report.Recipients) > 0 {
			return report, true
		}
	}
	s := survey(root)
	for _, part := range s.others {
		text := part.Plain()
		start := firstField(text)
		if start < 0 {
			continue
		}
		if kept := statusBlocks(text[start:]); kept != nil {
			report = Parse(kept)
			report.Part, report.Text = part, s.text(part)
			report.Problems = append(report.Problems, Mislabelled)
			return report, true
		}
	}
	return nil, false
}

// places are the parts of a mail that matter.
type places struct {
	statuses []*mailpart.Part // labelled as a delivery status
	others   []*mailpart.Part // leaves of other types
	returned *mailpart.Part   // the first returned message or header
}

func survey(root *mailpart.Part) *places {
	s := new(places)
	root.Walk(func(part *mailpart.Part) bool {
		switch {
		case IsStatus(part.MediaType):
			s.statuses = append(s.statuses, part)
		case part.IsMessage():
			s.message(part)
			return false
		case len(part.Children) == 0:
			s.others = append(s.others, part)
		}
		return true
	})
	return s
}

// message takes a returned message. QUIRK: some systems label the delivery status message/rfc822 or text/rfc822-headers; then its header
// is the first group.
func (s *places) message(part *mailpart.Part) {
	if len(part.Children) > 0 && part.Children[0].Header.Has("Reporting-MTA") {
		s.others = append(s.others, part)
		return
	}
	if s.returned == nil && len(part.Children) > 0 {
		s.returned = part.Children[0]
	}
}

// IsStatus says whether a media type is that of a delivery status: RFC 3464, RFC 6533 section 3, RFC 3886, and slips that are met.
func IsStatus(mediaType string) bool {
	switch mediaType {
	case "message/delivery-status", "message/global-delivery-status", "message/tracking-status", "text/delivery-status", "text/x-delivery-status",
		"application/delivery-status", "message/x-delivery-status", "delivery-status", "message/delivery-report":
		return true
	}
	return false
}

func (s *places) blocks() []mailpart.Header {
	if len(s.statuses) == 1 {
		return s.statuses[0].Blocks()
	}
	var all []mailpart.Header
	for _, part := range s.statuses {
		all = append(all, part.Blocks()...)
	}
	return all
}

// mislabelled looks for the fields where they do not belong.
func (s *places) mislabelled() (*Report, *mailpart.Part) {
	for _, part := range s.others {
		if !bytes.Contains(part.Content(), []byte("-Recipient:")) {
			continue // before anything costly
		}
		text := part.Plain()
		if part.IsMessage() {
			text = string(part.Content())
		}
		if blocks := blocksWithin(text); blocks != nil {
			return Parse(blocks), part
		}
	}
	return nil, nil
}

// blocksWithin finds the groups of a delivery status in a text: the first line that begins with Final-Recipient or Reporting-MTA, the fields
// around it, and the groups after them as long as they have fields of a delivery status. nil if no recipient comes of it.
func blocksWithin(text string) []mailpart.Header {
	start := firstField(text)
	if start < 0 || insideMessage(text[:start]) {
		return nil
	}
	return statusBlocks(text[start:])
}

// statusBlocks reads groups as long as they have fields of a delivery status; nil if no recipient comes of it.
func statusBlocks(text string) []mailpart.Header {
	blocks := mailpart.ParseBlocks([]byte(text))
	var kept []mailpart.Header
	recipient := false
	for _, block := range blocks {
		seen := fieldsOf(block)
		if seen&^(1<<otherField) == 0 {
			break
		}
		const recipientFields = 1<<finalRecipient | 1<<originalRecipient
		recipient = recipient || seen&recipientFields != 0 && seen&(1<<actionField|1<<statusField) != 0
		kept = append(kept, block)
	}
	if !recipient {
		return nil
	}
	return kept
}

// insideMessage says whether the header of a returned message stands in the text before: what follows is that message's, which may have been a
// bounce itself.
func insideMessage(before string) bool {
	for _, name := range [...]string{"Received:", "Return-Path:", "Message-ID:", "Message-Id:", "Message-id:"} {
		if lineBeginning(before, name) >= 0 {
			return true
		}
	}
	return false
}

// firstField finds the first line that begins with one of the fields that start a group.
func firstField(text string) int {
	first := -1
	for _, name := range [...]string{"Reporting-MTA:", "Final-Recipient:", "Original-Recipient:"} {
		if i := lineBeginning(text, name); i >= 0 && (first < 0 || i < first) {
			first = i
		}
	}
	if first < 0 {
		return -1
	}
	// Fields of the same group may stand above (Exim writes Action first).
	for first > 0 {
		above := strings.LastIndexByte(text[:first-1], '\n') + 1
		name, _, ok := strings.Cut(text[above:first-1], ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			break
		}
		first = above
	}
	return first
}

// lineBeginning finds a line that begins with the given words, -1 if there is none.
func lineBeginning(text, words string) int {
	for from := 0; ; {
		i := strings.Index(text[from:], words)
		if i < 0 {
			return -1
		}
		i += from
		if i == 0 || text[i-1] == '\n' || text[i-1] == '\r' {
			return i
		}
		from = i + len(words)
	}
}

// text gives the first part for people, other than the one that the report was found in.
func (s *places) text(report *mailpart.Part) *mailpart.Part {
	for _, part := range s.others {
		if part.IsText() && part != report {
			return part
		}
	}
	if report.IsText() {
		return report
	}
	return nil
}

package mdn

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// Read finds the disposition notification in a mail and reads it. ok is false if there is none.
func Read(root *mailpart.Part) (n *Notification, ok bool) {
	part := root.Find("message/disposition-notification")
	if part == nil {
		part = root.Find("message/global-disposition-notification") // RFC 6533 section 3
	}
	if part == nil {
		return nil, false
	}
	n = Parse(part.Blocks())
	n.Part = part
	root.Walk(func(p *mailpart.Part) bool {
		switch {
		case p.IsMessage():
			if n.Returned == nil && len(p.Children) > 0 {
				n.Returned = p.Children[0]
			}
			return false
		case p.IsText() && n.Text == nil:
			n.Text = p
		}
		return true
	})
	n.Refused = n.refused()
	return n, true
}

// Parse reads the fields of a disposition notification.
func Parse(blocks []mailpart.Header) *Notification {
	n := new(Notification)
	for _, block := range blocks {
		for f := range block.All() {
			n.field(f)
		}
	}
	return n
}

func (n *Notification) field(f mailpart.Field) {
	value := f.Text()
	switch {
	case f.Is("Reporting-UA"):
		setOnce(&n.ReportingUA, value)
	case f.Is("MDN-Gateway"):
		setOnce(&n.Gateway, value)
	case f.Is("Original-Recipient"):
		setOnce(&n.OriginalRecipient, address(value))
	case f.Is("Final-Recipient"):
		setOnce(&n.FinalRecipient, address(value))
	case f.Is("Original-Message-ID"):
		setOnce(&n.OriginalMessageID, value)
	case f.Is("Disposition"):
		n.disposition(value)
	case f.Is("Error"), f.Is("Failure"), f.Is("Warning"):
		n.Errors = append(n.Errors, value)
	default:
		n.Other = append(n.Other, Field{f.Name(), value})
	}
}

// disposition reads "automatic-action/MDN-sent-automatically; displayed/error". Words count wherever they stand.
func (n *Notification) disposition(value string) {
	words := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return strings.ContainsRune(" \t;/,", r) })
	for _, word := range words {
		switch word {
		case "manual-action":
			n.ActionMode = Manual
		case "automatic-action":
			n.ActionMode = Automatic
		case "mdn-sent-manually":
			n.SendingMode = Manual
		case "mdn-sent-automatically":
			n.SendingMode = Automatic
		default:
			n.typeOrModifier(word)
		}
	}
}

func (n *Notification) typeOrModifier(word string) {
	for t := Displayed; t <= Failed; t++ {
		if n.Type == TypeUnknown && word == t.String() {
			n.Type = t
			return
		}
	}
	n.Modifiers = append(n.Modifiers, word)
}

func (n *Notification) refused() bool {
	if n.Type != Deleted || n.ActionMode == Manual || n.Text == nil {
		return false
	}
	words := fold(beginning(n.Text.Plain()))
	for _, word := range [...]string{"reject", "refus", "quota", "abgelehnt", "abgewiesen", "rechaz", "recus", "rifiut", "geweiger"} {
		if strings.Contains(words, word) {
			return true
		}
	}
	return false
}

// address takes the type and brackets off "rfc822; <a@b>".
func address(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.Contains(kind, "@") {
		value = rest
	}
	if list := mailpart.ParseAddresses(value); len(list) > 0 {
		return list[0].Address
	}
	return strings.Trim(value, " <>\"")
}

func setOnce(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

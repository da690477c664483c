package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// domino reads the prose of Lotus Domino: "Your message ... was not delivered
// to: ADDRESS because: REASON", where the reason is in the language of the
// server and names the recipient again, and that of the older Notes SMTP MTA:
// the reason, then the address, between "Failure Reasons" and "Returned
// Message".
var domino = decoder{
	format: "domino",
	marks:  []string{"\nsubject: delivery failure", "was not delivered to:", "failure reasons", "domino directory", "were not delivered to:", "\nx-mimetrack: "},
	read:   readDomino,
}

func readDomino(m *Mail) (Report, bool) {
	if _, after, found := cutFold(m.Text, "failure reasons"); found {
		failures := notesFailures(after)
		return Report{Format: "notes", Failures: failures}, len(failures) > 0 && mayReport(m)
	}
	names, reason, found := dominoParts(m)
	if !found {
		return Report{}, false
	}
	reason = clip(firstParagraph(reason))
	var failures []Failure
	for line := range strings.Lines(names) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		address := firstAddress(line)
		if address == "" { // a Notes name: the reason repeats it with its address
			address = firstAddress(reason)
		}
		if address == "" || byAddress(failures, address) != nil || len(failures) >= 1000 {
			continue
		}
		f := Failure{Recipient: address, Hint: hintOf(reason, dominoSayings)}
		f.said(reason)
		failures = append(failures, f)
	}
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

// dominoParts gives what stands between "was not delivered to:" and "because:",
// and behind it; in other languages, the second and the third of the paragraphs
// that are indented, where the subject says "DELIVERY FAILURE".
func dominoParts(m *Mail) (names, reason string, found bool) {
	if _, after, found := cutFold(m.Text, "not delivered to:"); found {
		return cutFold(after, "because:")
	}
	if !hasPrefixFold(m.Subject, "delivery failure") {
		return "", "", false
	}
	var indented []string
	for paragraph := range paragraphs(m.Text) {
		if indentOf(paragraph) > 0 && len(indented) < 3 {
			indented = append(indented, paragraph)
		}
	}
	if len(indented) < 3 {
		return "", "", false
	}
	return indented[1], indented[2], true
}

// firstParagraph gives the text up to the first empty line behind words.
func firstParagraph(text string) string {
	text = strings.TrimLeft(text, " \t\n")
	for pos := 0; pos < len(text); {
		end := lineEnd(text, pos)
		if strings.TrimSpace(text[pos:end]) == "" {
			return text[:pos]
		}
		pos = end + 1
	}
	return text
}

// notesFailures reads the reasons and addresses of the Notes SMTP MTA: those
// addresses that stand alone on a line, each with the words above it.
func notesFailures(text string) []Failure {
	var failures []Failure
	said := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.Trim(line, "-=") == "" {
			continue
		}
		address := loneAddress(line)
		if address == "" {
			if len(said) < maxDiagnostic {
				said += " " + line
			}
			continue
		}
		f := Failure{Recipient: address, Hint: hintOf(said, dominoSayings)}
		f.said(said)
		failures = append(failures, f)
		said = ""
	}
	if n := len(failures); n > 0 && said != "" && failures[n-1].Diagnostic == "" {
		failures[n-1].said(said)
	}
	return failures
}

// dominoSayings are Domino's own words.
var dominoSayings = []saying{
	{"not listed in domino directory", codebook.UserUnknown, codebook.Permanent},
	{"not listed in public name", codebook.UserUnknown, codebook.Permanent},
	{"not unique in", codebook.AddressAmbiguous, codebook.Permanent},
	{"no route found to", codebook.RoutingFailed, codebook.LastingUnknown},
	{"no route found from", codebook.RoutingFailed, codebook.LastingUnknown},
	{"maximum hop count exceeded", codebook.RoutingLoop, codebook.Permanent},
	{"not responding", codebook.ConnectionFailed, codebook.Temporary},
	{"exceeded its quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"database has exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"domino ディレクトリには見つかりません", codebook.UserUnknown, codebook.Permanent},
	{"nicht im domino-verzeichnis", codebook.UserUnknown, codebook.Permanent},
	{"n'est pas répertorié dans l'annuaire domino", codebook.UserUnknown, codebook.Permanent},
	{"no figura en el directorio de domino", codebook.UserUnknown, codebook.Permanent},
}

package ndr

import "strings"

// labelled describes reports made of lines "Label: value". The labels are in
// lower case, without the colon.
type labelled struct {
	recipient []string // an address that failed follows, on the same line or below
	reason    []string // what was said follows, up to an empty line or another label
	remote    []string // the host that said it
	end       []string // the report ends at a line that contains one of these
	other     []string // labels that end a reason
}

// fieldReader is the state of reading such a report.
type fieldReader struct {
	*labelled
	failures []Failure
	reasons  [][]string
	early    []string // a reason given before any recipient
	expect   expectation
	named    int // how many failures there were when the last label of a recipient was met
	remote   string
}

// expectation says what the value on the following lines is.
type expectation uint8

const (
	nothing expectation = iota
	anAddress
	aReason
)

// read reads the report.
func (l *labelled) read(text string) []Failure {
	r := fieldReader{labelled: l}
	c := cursor{text: text}
	for line, ok := c.next(); ok && len(r.failures) < maxRecipients; line, ok = c.next() {
		if hasAnyFold(line, l.end) {
			break
		}
		r.line(line)
	}
	for i := range r.failures {
		said := r.reasons[i]
		if len(said) == 0 && len(r.early) > 0 {
			said = r.early
		}
		r.failures[i].said(strings.Join(said, "\n"))
	}
	return r.failures
}

// line takes one line.
func (r *fieldReader) line(line string) {
	label, value := cutLabel(line)
	switch {
	case label != "" && equalsAny(label, r.recipient):
		r.expect, r.named = anAddress, len(r.failures)
		r.address(value)
	case label != "" && equalsAny(label, r.reason):
		r.expect = aReason
		r.say(value)
	case label != "" && equalsAny(label, r.labelled.remote):
		r.expect = nothing
		r.setRemote(value)
	case label != "" && equalsAny(label, r.other):
		r.expect = nothing
	case r.expect == anAddress:
		r.below(line)
	case r.expect == aReason:
		r.say(line)
	}
}

// below takes a line below a recipient's label or address: another recipient,
// or what is said of the last one.
func (r *fieldReader) below(line string) {
	if _, _, ok := recipientAt(line); ok || r.named == len(r.failures) {
		r.address(line)
		return
	}
	if strings.TrimSpace(line) != "" {
		r.expect = aReason
		r.say(line)
	}
}

// address notes the recipient that a value names.
func (r *fieldReader) address(value string) {
	value = strings.TrimSpace(value)
	if value == "" {
		return
	}
	address, rest, ok := recipientAt(value)
	if !ok {
		if address = firstAddress(value); address == "" {
			r.expect = nothing
			return
		}
	}
	if byLastAddress(r.failures, address) {
		return
	}
	r.failures = append(r.failures, Failure{Recipient: address, RemoteMTA: r.remote})
	r.reasons = append(r.reasons, nil)
	if rest != "" {
		r.say(rest)
	}
}

// byLastAddress says whether the last failure is of that address.
func byLastAddress(failures []Failure, address string) bool {
	n := len(failures)
	return n > 0 && strings.EqualFold(failures[n-1].Recipient, address)
}

// say adds a line to the reason of the last recipient, or of those to come.
func (r *fieldReader) say(line string) {
	said := &r.early
	if n := len(r.failures); n > 0 {
		said = &r.reasons[n-1]
	}
	if line = strings.TrimSpace(line); line != "" {
		if len(*said) < maxReasonLines {
			*said = append(*said, line)
		}
		return
	}
	if len(*said) > 0 {
		r.expect = nothing
	}
}

func (r *fieldReader) setRemote(value string) {
	value = hostIn(value)
	if n := len(r.failures); n > 0 {
		r.failures[n-1].RemoteMTA = value
		return
	}
	r.remote = value
}

// cutLabel parts a line "Label: value", also with a full-width colon.
func cutLabel(line string) (label, value string) {
	line = strings.TrimLeft(line, " \t*-•")
	i := strings.IndexByte(line[:min(len(line), 80)], ':')
	width := 1
	if j := strings.Index(line[:min(len(line), 80)], "："); j >= 0 && (i < 0 || j < i) {
		i, width = j, len("：")
	}
	if i <= 0 {
		return cutWideLabel(line)
	}
	return strings.TrimRight(line[:i], " \t"), strings.TrimSpace(line[i+width:])
}

// cutWideLabel parts a line whose label, in a script that puts no blanks
// between words, is followed by a blank alone, as tables become in text.
func cutWideLabel(line string) (label, value string) {
	if line == "" || line[0] < 0xe0 {
		return "", line
	}
	word := firstWord(line)
	if len(word) > 40 || strings.IndexByte(word, '@') >= 0 {
		return "", line
	}
	return word, strings.TrimSpace(line[strings.Index(line, word)+len(word):])
}

// hostIn gives the name of the host that a value begins with: without
// brackets, "dns;" and a dot at its end; "" if it is none.
func hostIn(value string) string {
	value = strings.TrimLeft(value, " \t<[('\"")
	if _, after, ok := strings.Cut(value, ";"); ok && len(value)-len(after) < 8 {
		value = strings.TrimLeft(after, " <[")
	}
	end := 0
	for end < len(value) && isHostByte(value[end]) {
		end++
	}
	value = strings.TrimRight(value[:end], ".-_")
	if strings.IndexByte(value, '.') <= 0 {
		return ""
	}
	return value
}

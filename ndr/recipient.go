package ndr

import "strings"

// bracketed reads a line that is an address in angle brackets, with or without
// a colon behind it: "<a@b.example>:". What follows on the same line is given
// too.
func bracketed(line string) (address, rest string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if len(line) < 3 || line[0] != '<' {
		return "", "", false
	}
	end := closingBracket(line)
	if end < 2 {
		return "", "", false
	}
	address = strings.TrimSpace(line[1:end])
	if hasPrefixFold(address, "mailto:") {
		address = address[len("mailto:"):]
	}
	return address, line[end+1:], address != "" && len(address) <= maxAddress
}

// closingBracket gives where the angle bracket that opens s closes; one in a
// quoted local part does not.
func closingBracket(s string) int {
	quoted := false
	for i := 1; i < len(s) && i < 2*maxAddress; i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return i
		}
	}
	return strings.IndexByte(s, '>')
}

// recipient makes an address of what a report calls its recipient: a mail
// address, or the name of a local user, which belongs to the reporting host
// where that is known.
func recipient(name, host string) string {
	name = strings.Trim(name, "<> \t,;:'")
	if strings.IndexByte(name, '@') >= 0 {
		if address := firstAddress(name); address != "" && !strings.HasPrefix(name, "@") {
			return address
		}
		return name
	}
	if name == "" || host == "" || strings.ContainsAny(name, " \t/|") {
		return name
	}
	return name + "@" + host
}

// loneAddress gives the address that a line consists of, in angle brackets,
// behind a bullet or with a colon at its end; "" if the line says anything
// else.
func loneAddress(line string) string {
	line = strings.TrimSpace(line)
	if len(line) > maxAddress || strings.IndexByte(line, '@') < 0 {
		return ""
	}
	address, start, end := nextAddress(line, 0)
	if address == "" || strings.Trim(line[:start], " \t<*-\"'([•·") != "" || strings.Trim(line[end:], " \t>:;,.\"')]") != "" {
		return ""
	}
	return address
}

// byAddress gives the failure of an address, nil if there is none.
func byAddress(failures []Failure, address string) *Failure {
	for i := range failures {
		if strings.EqualFold(failures[i].Recipient, address) {
			return &failures[i]
		}
	}
	return nil
}

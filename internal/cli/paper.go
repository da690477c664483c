package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// paper lays out text for people: wrapped to the width of the terminal, coloured
// only on one. Whatever is written on it is made printable first.
type paper struct {
	w      io.Writer
	width  int
	colour bool
	open   bool // the last line was not empty
}

// The widths of lines: where the terminal does not say, and for readability the
// most there is.
const (
	usualWidth = 88
	mostWidth  = 110
	leastWidth = 40
)

// ink is how a text is shown on a terminal (ECMA-48 section 8.3.117).
type ink string

// The inks.
const (
	plain  ink = ""
	strong ink = "1"
	faint  ink = "2"
	red    ink = "31"
	green  ink = "32"
	yellow ink = "33"
)

// newPaper returns paper for w. COLUMNS and NO_COLOR (https://no-color.org) are
// heeded.
func newPaper(w io.Writer) *paper {
	p := &paper{w: w, width: usualWidth}
	fd, ok := terminal(w)
	if !ok {
		return p
	}
	p.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if columns, _, err := term.GetSize(fd); err == nil && columns > 0 {
		p.width = columns
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		p.width = columns
	}
	p.width = min(max(p.width, leastWidth), mostWidth)
	return p
}

// terminal returns the file descriptor of a stream that is a terminal.
func terminal(stream any) (int, bool) {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// dye colours a text that is printable already.
func (p *paper) dye(i ink, text string) string {
	if !p.colour || i == plain || text == "" {
		return text
	}
	return "\x1b[" + string(i) + "m" + text + "\x1b[0m"
}

// line writes one line, not wrapped.
func (p *paper) line(text string) {
	fmt.Fprintln(p.w, strings.TrimRight(text, " "))
	p.open = true
}

// gap leaves a line empty, unless one is.
func (p *paper) gap() {
	if p.open {
		fmt.Fprintln(p.w)
	}
	p.open = false
}

// head writes the head of a section.
func (p *paper) head(text string) {
	p.gap()
	p.line(p.dye(strong, printable(text)))
}

// title writes what a page is about, with something aside in brackets.
func (p *paper) title(text, aside string) {
	lines := wrap(text, p.width-displayWidth(aside)-3)
	for i, l := range lines {
		l = p.dye(strong, l)
		if i == len(lines)-1 && aside != "" {
			l += " " + p.dye(faint, "("+printable(aside)+")")
		}
		p.line(l)
	}
}

// block writes text below a lead, such as "1. " or a label; lines after the first
// are indented by its width.
func (p *paper) block(lead string, leadInk, textInk ink, text string) {
	lead = printable(lead)
	room := p.width - displayWidth(lead)
	indent := strings.Repeat(" ", displayWidth(lead))
	for i, l := range wrap(text, room) {
		if i == 0 {
			p.line(p.dye(leadInk, lead) + p.dye(textInk, l))
			continue
		}
		p.line(indent + p.dye(textInk, l))
	}
}

// labelWidth is the column that the values of fields stand in.
const labelWidth = 12

// field writes a label and what is to say about it.
func (p *paper) field(label string, i ink, text string) {
	if text == "" {
		return
	}
	p.block(fmt.Sprintf("  %-*s", labelWidth, label), faint, i, text)
}

// bullets writes a list without order.
func (p *paper) bullets(items []string) {
	for _, item := range items {
		p.block("  - ", faint, plain, item)
	}
}

// steps writes a numbered list.
func (p *paper) steps(items []string) {
	for i, item := range items {
		p.block(fmt.Sprintf("  %d. ", i+1), faint, plain, item)
	}
}

// leastText is how narrow the last column of a table may get; below, it goes on
// lines of its own.
const leastText = 36

// table writes rows in columns that are as wide as they have to be; the last one
// is wrapped.
func (p *paper) table(rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], displayWidth(printable(cell)))
		}
	}
	for _, row := range rows {
		lead := "  "
		last := len(row) - 1
		for i, cell := range row[:last] {
			lead += pad(printable(cell), widths[i]) + "  "
		}
		if p.width-displayWidth(lead) < leastText {
			p.line(lead)
			lead = "      "
		}
		p.block(lead, plain, plain, row[last])
	}
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-displayWidth(s)))
}

// wrap makes a text printable and breaks it at blanks into lines of at most width
// columns. Words longer than that are broken, but for URLs, which are there to be
// copied. Line ends in the text are blanks.
func wrap(text string, width int) []string {
	width = max(width, leastWidth/2)
	lines := []string{}
	line, used := "", 0
	for _, word := range strings.Fields(printable(text)) {
		w := displayWidth(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		for w > width && !isURL(word) {
			head, tail := splitAt(word, width)
			lines = append(lines, head)
			word, w = tail, displayWidth(tail)
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

func isURL(word string) bool {
	return strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")
}

// splitAt cuts a word at so many columns.
func splitAt(word string, columns int) (head, tail string) {
	used := 0
	for i, r := range word {
		w := runeWidth(r)
		if used+w > columns && i > 0 {
			return word[:i], word[i:]
		}
		used += w
	}
	return word, ""
}

// displayWidth counts the columns that a printable text takes.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// runeWidth is two columns for wide characters (UAX #11), none for those that
// stand upon another.
func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

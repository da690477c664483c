package mailpart

import (
	"html"
	"strings"
)

// HTMLText reduces HTML to the text that a reader sees: tags, comments, scripts, styles and the title left out, entities resolved, blanks
// run together, a line end for each block. It takes time linear in the page and puts up with anything.
func HTMLText(page string) string {
	t := htmlText{page: page}
	t.out.Grow(len(page) / 2)
	for t.pos < len(t.page) {
		i := strings.IndexByte(t.page[t.pos:], '<')
		if i < 0 {
			t.text(t.page[t.pos:])
			break
		}
		t.text(t.page[t.pos : t.pos+i])
		t.pos += i
		t.tag()
	}
	return strings.TrimSpace(t.out.String())
}

type htmlText struct {
	page  string
	pos   int
	out   strings.Builder
	blank bool // blanks are due before the next word
	lines int  // line ends are due before the next word
	pre   int  // open pre elements
	noEnd endSet
}

// endSet remembers which closing mark no longer occurs, so that none is searched for twice in vain.
type endSet struct{ comment, script, style, title, tag bool }

// text writes words; blanks between them run together.
func (t *htmlText) text(s string) {
	if strings.IndexByte(s, '&') >= 0 {
		s = strings.ReplaceAll(html.UnescapeString(s), "\u00a0", " ")
	}
	for s != "" {
		end := strings.IndexAny(s, " \t\r\n\f")
		if end < 0 {
			t.word(s)
			return
		}
		if end > 0 {
			t.word(s[:end])
		}
		if t.pre > 0 && s[end] == '\n' {
			t.lines++
		}
		t.blank = true
		s = s[end+1:]
	}
}

func (t *htmlText) word(s string) {
	switch {
	case t.out.Len() == 0:
	case t.lines > 0:
		t.out.WriteString("\n\n"[:min(t.lines, 2)])
	case t.blank:
		t.out.WriteByte(' ')
	}
	t.lines, t.blank = 0, false
	t.out.WriteString(s)
}

// tag reads what begins with "<".
func (t *htmlText) tag() {
	rest := t.page[t.pos:]
	if strings.HasPrefix(rest, "<!--") {
		t.skipTo("-->", &t.noEnd.comment, 4)
		return
	}
	name := tagName(rest[1:])
	if name == "" && !strings.HasPrefix(rest, "<!") && !strings.HasPrefix(rest, "<?") || isAddress(rest) {
		t.word("<") // a bare "<", or an address that nobody escaped: <user@example.com>
		t.pos++
		return
	}
	t.skipTag()
	switch name {
	case "script":
		t.skipTo("</script", &t.noEnd.script, 0)
	case "style":
		t.skipTo("</style", &t.noEnd.style, 0)
	case "title":
		t.skipTo("</title", &t.noEnd.title, 0)
	}
	t.layout(name)
}

// isAddress says whether an e-mail address stands between the angle brackets.
func isAddress(s string) bool {
	const longest = 320
	s = s[1:min(len(s), longest)]
	end := strings.IndexAny(s, "> =\"'\r\n<")
	return end > 0 && s[end] == '>' && strings.IndexByte(s[:end], '@') > 0
}

// tagName gives the name of an element in lower case, with "/" before it if the tag closes it, "" if no tag stands here.
func tagName(s string) string {
	const longest = 12
	i := 0
	if i < len(s) && s[i] == '/' {
		i++
	}
	start := i
	for i < len(s) && i < longest && ('a' <= lower(s[i]) && lower(s[i]) <= 'z' || i > start && '0' <= s[i] && s[i] <= '9') {
		i++
	}
	if i == start {
		return ""
	}
	return strings.ToLower(s[:i])
}

// skipTag goes behind the end of a tag. Quotes are not looked at: a lost one must not swallow the page.
func (t *htmlText) skipTag() {
	if t.noEnd.tag {
		t.pos = len(t.page)
		return
	}
	end := strings.IndexByte(t.page[t.pos:], '>')
	if end < 0 {
		t.noEnd.tag = true
		t.pos = len(t.page)
		return
	}
	t.pos += end + 1
}

// skipTo goes behind mark; where that never comes, over nothing but the given number of bytes.
func (t *htmlText) skipTo(mark string, never *bool, otherwise int) {
	if !*never {
		if i := indexFold(t.page[t.pos:], mark); i >= 0 {
			t.pos += i
			if mark == "-->" {
				t.pos += len(mark)
			}
			return
		}
		*never = true
	}
	t.pos += otherwise
}

// indexFold finds mark, which is lower case, without regard to the case of the page.
func indexFold(s, mark string) int {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], mark[0])
		if i < 0 {
			return -1
		}
		from += i
		if len(s)-from >= len(mark) && strings.EqualFold(s[from:from+len(mark)], mark) {
			return from
		}
		from++
	}
}

// layout says what a tag does to the lines around it.
func (t *htmlText) layout(name string) {
	switch name {
	case "br":
		t.lines++
	case "/tr", "tr", "li", "div", "/div", "/li", "hr", "dd", "dt", "center", "/center", "option", "table", "/table":
		t.lines = max(t.lines, 1)
	case "p", "/p", "h1", "h2", "h3", "h4", "h5", "h6", "/h1", "/h2", "/h3", "/h4", "/h5", "/h6", "blockquote", "/blockquote", "ul", "/ul", "ol", "/ol":
		t.lines = 2
	case "pre", "/pre":
		t.lines = max(t.lines, 1)
		t.pre = 1
		if name == "/pre" {
			t.pre = 0
		}
	case "td", "th":
		t.blank = true
	}
}

package htmlcheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Page checks a whole page and returns what is wrong with it.
func Page(doc []byte) []string { return check(doc, true) }

// Part checks a piece of a page.
func Part(doc []byte) []string { return check(doc, false) }

// element is an element that is open or was seen.
type element struct {
	name string
	attr map[string]string
	text bool // it has visible text or a name inside
}

// checker walks over the tokens of a page.
type checker struct {
	problems []string
	open     []*element
	ids      map[string]bool
	refs     []string // ids that something refers to
	labels   map[string]bool
	inputs   []*element
	headings []int
	seen     map[string]int
	whole    bool
}

func check(doc []byte, whole bool) []string {
	c := &checker{ids: map[string]bool{}, labels: map[string]bool{}, seen: map[string]int{}, whole: whole}
	if whole && !bytes.HasPrefix(doc, []byte("<!doctype html>")) {
		c.say("the page does not begin with <!doctype html>")
	}
	z := html.NewTokenizer(bytes.NewReader(doc))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if !errors.Is(z.Err(), io.EOF) {
				c.say("not HTML: %v", z.Err())
			}
			break
		}
		c.token(kind, z.Token())
	}
	c.end()
	return c.problems
}

func (c *checker) say(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) token(kind html.TokenType, t html.Token) {
	switch kind {
	case html.StartTagToken, html.SelfClosingTagToken:
		c.start(t, kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		c.close(t.Data)
	case html.TextToken:
		c.text(t.Data)
	}
}

func (c *checker) text(s string) {
	if i := strings.IndexFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
	}); i >= 0 {
		c.say("the text %.40q has a control character or direction mark", s[i:])
	}
	if strings.TrimSpace(s) == "" {
		return
	}
	if e := c.top(); e != nil && (e.name == "script" || e.name == "style") {
		c.say("inline <%s>", e.name)
	}
	if e := c.top(); e != nil && slices.Contains(noText(), e.name) {
		c.say("text %.40q stands directly in <%s>", s, e.name)
	}
	for _, e := range c.open {
		e.text = true
	}
}

func (c *checker) top() *element {
	if len(c.open) == 0 {
		return nil
	}
	return c.open[len(c.open)-1]
}

func (c *checker) inside(names ...string) bool {
	return slices.ContainsFunc(c.open, func(e *element) bool { return slices.Contains(names, e.name) })
}

func (c *checker) start(t html.Token, closed bool) {
	e := &element{name: t.Data, attr: map[string]string{}}
	for _, a := range t.Attr {
		e.attr[a.Key] = a.Val
	}
	if !c.inside("svg") { // where <title> names a drawing
		c.seen[e.name]++
	}
	c.attributes(e)
	c.nesting(e)
	c.names(e)
	if !isVoid(e.name) && !closed {
		c.open = append(c.open, e)
	}
}

// attributes checks what holds for the attributes of any element.
func (c *checker) attributes(e *element) {
	for key, val := range e.attr {
		switch {
		case strings.HasPrefix(key, "on"):
			c.say("<%s %s>: inline handler", e.name, key)
		case key == "style":
			c.say("<%s style>: inline style", e.name)
		case (key == "href" || key == "src" || key == "action") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(val)), "javascript:"):
			c.say("<%s %s=%q>", e.name, key, val)
		case key == "id":
			if val == "" || strings.ContainsAny(val, " \t\n") || c.ids[val] {
				c.say("id %q is empty, holds blanks or is there twice", val)
			}
			c.ids[val] = true
		case key == "for" || key == "aria-labelledby" || key == "aria-describedby" || key == "aria-controls":
			c.refs = append(c.refs, strings.Fields(val)...)
			if key == "for" {
				c.labels[val] = true
			}
		case key == "href" && strings.HasPrefix(val, "#") && len(val) > 1:
			c.refs = append(c.refs, val[1:])
		case key == "tabindex" && val != "0" && val != "-1":
			c.say("<%s tabindex=%s>: the order of the page is the order of the keyboard", e.name, val)
		}
	}
}

func (c *checker) close(name string) {
	e := c.top()
	if e == nil || e.name != name {
		c.say("</%s> does not close what is open: %s", name, c.path())
		return
	}
	c.open = c.open[:len(c.open)-1]
	if slices.Contains(named(), name) && !e.text && e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "" {
		c.say("<%s %s> has no name", name, e.attr["href"])
	}
	if name == "table" && e.attr["caption"] == "" {
		c.say("a table has no caption")
	}
}

func (c *checker) path() string {
	names := make([]string, len(c.open))
	for i, e := range c.open {
		names[i] = e.name
	}
	return strings.Join(names, " ")
}

// end checks what only the whole page tells.
func (c *checker) end() {
	if len(c.open) > 0 {
		c.say("not closed: %s", c.path())
	}
	for _, ref := range c.refs {
		if !c.ids[ref] && c.whole {
			c.say("something refers to the id %q, which is not there", ref)
		}
	}
	for _, e := range c.inputs {
		if !c.labels[e.attr["id"]] && e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "" {
			c.say("<%s name=%q> has no label", e.name, e.attr["name"])
		}
	}
	if !c.whole {
		return
	}
	for name, n := range map[string]int{"html": 1, "head": 1, "body": 1, "main": 1, "title": 1, "h1": 1} {
		if c.seen[name] != n {
			c.say("%d <%s>, want %d", c.seen[name], name, n)
		}
	}
	for i, level := range c.headings {
		if i == 0 && level != 1 || i > 0 && level > c.headings[i-1]+1 {
			c.say("heading %d is h%d, out of order: %v", i+1, level, c.headings)
			return
		}
	}
}

// Links returns where the links, forms and resources of a page lead.
func Links(doc []byte) []string {
	var links []string
	z := html.NewTokenizer(bytes.NewReader(doc))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return links
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		for _, a := range z.Token().Attr {
			if a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "data-ask" || a.Key == "data-static-search" {
				links = append(links, a.Val)
			}
		}
	}
}

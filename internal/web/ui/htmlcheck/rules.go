package htmlcheck

import "slices"

// isVoid reports elements without an end tag.
func isVoid(name string) bool {
	return slices.Contains([]string{"meta", "link", "input", "br", "hr", "img", "col", "wbr", "source"}, name)
}

// known are the elements that the pages may use.
func known() []string {
	return []string{"html", "head", "meta", "title", "link", "script", "body", "a", "header", "footer", "main", "nav", "section", "article", "aside",
		"div", "span", "p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "form", "fieldset", "legend", "label", "input", "textarea", "select", "option", "button",
		"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "code", "strong", "em", "q", "mark", "details", "summary", "figure", "figcaption", "time", "progress",
		"meter", "output", "pre", "br", "hr", "img", "small", "abbr", "kbd",
		"svg", "path", "rect", "line", "circle", "polyline", "polygon", "text", "g", "desc", "tspan"}
}

// blocks may not stand in a paragraph or heading.
func blocks() []string {
	return []string{"p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "form", "fieldset", "table", "details",
		"figure", "pre", "hr"}
}

// interactive may not stand within a link, a button or a label's neighbour.
func interactive() []string {
	return []string{"a", "button", "input", "select", "textarea", "details"}
}

// named need a name for those who do not see them.
func named() []string {
	return []string{"a", "button", "h1", "h2", "h3", "h4", "summary", "label", "title"}
}

// noText are elements in which only other elements may stand.
func noText() []string {
	return []string{"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr", "select", "html", "head"}
}

// parents says in which elements one has to stand directly.
func parents() map[string][]string {
	return map[string][]string{
		"li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"thead", "tbody", "tfoot"}, "th": {"tr"}, "td": {"tr"}, "thead": {"table"}, "tbody": {"table"},
		"tfoot": {"table"}, "caption": {"table"}, "figcaption": {"figure"}, "legend": {"fieldset"}, "summary": {"details"}, "option": {"select"}, "main": {"body"},
		"title": {"head", "svg", "rect", "circle"}, "meta": {"head"}, "link": {"head"},
	}
}

// children says what may stand directly in an element.
func children() map[string][]string {
	return map[string][]string{
		"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "table": {"caption", "thead", "tbody", "tfoot"}, "tr": {"th", "td"}, "select": {"option"},
		"thead": {"tr"}, "tbody": {"tr"}, "tfoot": {"tr"},
	}
}

// nesting checks where an element stands.
func (c *checker) nesting(e *element) {
	if !slices.Contains(known(), e.name) {
		c.say("<%s> is not used by these pages", e.name)
	}
	top := c.top()
	if top == nil {
		if c.whole && e.name != "html" {
			c.say("<%s> stands outside <html>", e.name)
		}
		return
	}
	if want, ok := parents()[e.name]; ok && !slices.Contains(want, top.name) {
		c.say("<%s> in <%s>", e.name, top.name)
	}
	if may, ok := children()[top.name]; ok && !slices.Contains(may, e.name) {
		c.say("<%s> in <%s>", e.name, top.name)
	}
	if slices.Contains(blocks(), e.name) && c.inside("p", "h1", "h2", "h3", "h4", "span", "strong", "em", "q", "code", "mark", "button", "label", "summary") {
		c.say("<%s> in %s", e.name, c.path())
	}
	if slices.Contains(interactive(), e.name) && c.inside("a", "button") || e.name == "form" && c.inside("form") {
		c.say("<%s> in %s", e.name, c.path())
	}
}

// names checks what has to be named or described.
func (c *checker) names(e *element) {
	switch e.name {
	case "h1", "h2", "h3", "h4":
		c.headings = append(c.headings, int(e.name[1]-'0'))
	case "img":
		if _, ok := e.attr["alt"]; !ok {
			c.say("<img> without alt")
		}
	case "svg":
		if e.attr["aria-hidden"] != "true" && (e.attr["role"] != "img" || e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "") {
			c.say("<svg> is neither hidden nor an image with a name")
		}
	case "th":
		if e.attr["scope"] == "" {
			c.say("<th> without scope")
		}
	case "caption":
		if t := c.top(); t != nil {
			t.attr["caption"] = "yes"
		}
	case "a":
		if _, ok := e.attr["href"]; !ok {
			c.say("<a> without href")
		}
	case "html":
		if e.attr["lang"] == "" {
			c.say("<html> without lang")
		}
	case "script":
		if e.attr["src"] == "" {
			c.say("<script> without src")
		}
	case "nav":
		if e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "" {
			c.say("<nav> without a name")
		}
	case "input", "textarea", "select":
		if t := e.attr["type"]; t != "hidden" && t != "submit" && !c.inside("label") {
			c.inputs = append(c.inputs, e)
		}
	}
	if e.attr["tabindex"] == "0" && e.attr["aria-label"] == "" && e.attr["aria-labelledby"] == "" {
		c.say("<%s tabindex=0> has no name", e.name)
	}
}

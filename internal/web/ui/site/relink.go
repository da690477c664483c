package site

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// relink makes the links of a page relative to it.
func relink(doc []byte, base, page string) []byte { return relinkFrom(doc, base, page, false) }

// relinkFrom is relink; with rooted, links start at the root of the host, for a page
// that is shown at any address.
func relinkFrom(doc []byte, base, page string, rooted bool) []byte {
	up := strings.Repeat("../", max(0, strings.Count(page, "/")-1))
	if rooted {
		up = "/"
	}
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(doc))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.Bytes()
		}
		raw := bytes.Clone(z.Raw())
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			out.Write(raw)
			continue
		}
		token, changed := z.Token(), false
		for i := range token.Attr {
			a := &token.Attr[i]
			if to := newLink(a.Key, a.Val, base, up); to != a.Val {
				a.Val, changed = to, true
			}
		}
		if changed {
			out.WriteString(token.String())
		} else {
			out.Write(raw)
		}
	}
}

// newLink is what an attribute becomes.
func newLink(key, val, base, up string) string {
	switch key {
	case "href", "src", "action", "data-static-search", "content":
	default:
		return val
	}
	if rest, ok := strings.CutPrefix(val, base+"/"); ok && base != "" {
		return base + public("/"+rest)
	}
	if key == "content" || !strings.HasPrefix(val, "/") || strings.HasPrefix(val, "//") {
		return val
	}
	p, fragment, found := strings.Cut(val, "#")
	to := up + fileOf(p)
	if found {
		to += "#" + fragment
	}
	return to
}

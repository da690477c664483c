package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// Nothing that somebody pastes runs, changes the page around it, hides or turns
// text, or makes the page wider than the screen.
func TestHostileTextsAreHarmless(t *testing.T) {
	url, ctx := serve(t), browser(t)
	said := listen(ctx)
	for name, text := range map[string]string{
		"script":    `550 5.1.1 <script>document.title="taken"</script><img src=x onerror='document.title="taken"'> no such user`,
		"breakout":  `550 5.1.1 </q></dd></textarea></main><h1 id=main>taken</h1><a href="javascript:document.title='taken'">x</a> no such user`,
		"direction": "550 5.1.1 \u202eresu nwonknu\u202c \u2066x\u2069 user unknown \u200b\u00ad",
		"control":   "550 5.1.1 user unknown \x1b]0;taken\x07 \x1b[31m red",
		"long":      "550 5.1.1 user unknown " + strings.Repeat("x", 600_000),
	} {
		for _, s := range []screen{screens()[0], screens()[2]} {
			s.use(ctx, t)
			for _, path := range []string{"/", "/analyze"} {
				mail := strings.NewReplacer("550 5.7.1 Service\n    unavailable", text, "November", text).Replace(bounceMail)
				if path == "/" {
					mail = text
				}
				do(ctx, t, chromedp.Navigate(url+path))
				eval[bool](ctx, t, `(() => { document.querySelector("textarea").value = `+jsString(mail)+`; document.querySelector("main form").submit(); return true })()`)
				waitFor(ctx, t, `!!document.querySelector(".verdict") && document.readyState === "complete"`)
				if title := eval[string](ctx, t, `document.title`); strings.Contains(title, "taken") {
					t.Errorf("%s at %s: a script ran: %s", name, path, title)
				}
				if n := eval[int](ctx, t, `document.querySelectorAll("main script, main img, h1#main, a[href^=javascript]").length`); n > 0 {
					t.Errorf("%s at %s: %d foreign elements", name, path, n)
				}
				if strings.ContainsAny(mainText(ctx, t), "\u202e\u2066\u200b\x1b\x07") {
					t.Errorf("%s at %s: a control character or mark reached the page", name, path)
				}
				if wider := eval[float64](ctx, t, `document.documentElement.scrollWidth - window.innerWidth`); wider > 0 {
					t.Errorf("%s at %s: %v pixels wider than %s", name, path, wider, s.name)
				}
			}
		}
	}
	said.quiet(t)
}

// jsString writes a text as a JavaScript string.
func jsString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ':
			b.WriteString(`\x` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

package htmlcheck

import (
	"strings"
	"testing"
)

func page(body string) string {
	return `<!doctype html><html lang="en"><head><title>t</title></head><body><main>` + body + `</main></body></html>`
}

func TestAGoodPageIsGood(t *testing.T) {
	body := `<h1>a</h1><p>b <a href="#x">c</a></p><h2 id="x">d</h2><ul><li>e</li></ul><form><label for="q">q</label><input id="q"></form>` +
		`<table><caption>c</caption><thead><tr><th scope="col">h</th></tr></thead><tbody><tr><td>x</td></tr></tbody></table>`
	if got := Page([]byte(page(body))); len(got) > 0 {
		t.Error(got)
	}
}

func TestWhatIsWrongIsFound(t *testing.T) {
	for _, tc := range []struct{ body, want string }{
		{`<h1>a</h1><p>b`, "does not close"}, {`<h1>a</h1></p>`, "</p> does not close"}, {`<h1>a</h1><h3>b</h3>`, "out of order"}, {`<p>b</p>`, "0 <h1>"},
		{`<h1 id="a">a</h1><p id="a">b</p>`, "twice"}, {`<h1>a</h1><a href="#no">x</a>`, `"no"`}, {`<h1>a</h1><input name="q">`, "no label"},
		{`<h1>a</h1><img src="x">`, "without alt"}, {`<h1 onclick="x">a</h1>`, "inline handler"}, {`<h1 style="x">a</h1>`, "inline style"},
		{`<h1>a</h1><script>x</script>`, "<script> without src"}, {`<h1>a</h1><style>x</style>`, "inline <style>"}, {`<h1>a</h1><p><ul></ul></p>`, "<ul> in"},
		{`<h1>a</h1><a href="/"><a href="/">b</a></a>`, "<a> in"}, {`<h1>a</h1><li>b</li>`, "<li> in <main>"}, {`<h1>a</h1><ul><p>b</p></ul>`, "<p> in <ul>"},
		{`<h1>a</h1><ul>text</ul>`, "directly in <ul>"}, {`<h1>a</h1><button></button>`, "has no name"}, {`<h1>a</h1><a href="javascript:x">y</a>`, "javascript:"},
		{`<h1>a</h1><table><tbody><tr><td>x</td></tr></tbody></table>`, "no caption"}, {"<h1>a\u202e</h1>", "direction mark"},
		{`<h1>a</h1><blink>b</blink>`, "not used"}, {`<h1>a</h1><svg><path d="x"></path></svg>`, "<svg> is neither"}, {`<h1>a</h1><nav><ul><li>b</li></ul></nav>`, "<nav> without"},
	} {
		got := strings.Join(Page([]byte(page(tc.body))), "\n")
		if !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.body, got, tc.want)
		}
	}
}

func TestLinks(t *testing.T) {
	got := strings.Join(Links([]byte(`<a href="/a">x</a><form action="/b"></form><script src="/c"></script>`)), " ")
	if got != "/a /b /c" {
		t.Error(got)
	}
}

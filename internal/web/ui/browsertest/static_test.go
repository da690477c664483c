package browsertest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rebound-mail/rebound/internal/web/ui/site"
)

// The written pages find codes, reasons and providers by themselves, also below a
// path, and lead everywhere without JavaScript.
func TestTheWrittenSiteCanBeSearched(t *testing.T) {
	dir := t.TempDir()
	if _, err := site.Write(site.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/deep/down/", http.StripPrefix("/deep/down/", http.FileServer(http.Dir(dir))))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx := browser(t)
	said := listen(ctx)
	do(ctx, t, chromedp.Navigate(server.URL+"/deep/down/"), chromedp.SendKeys(box, "mailbox full"))
	waitFor(ctx, t, `document.querySelector("#answer").innerText.includes("mailbox-full: Mailbox full")`)
	do(ctx, t, chromedp.Click(chromedp.CSS("#answer a[href$='mailbox-full.html']")))
	waitFor(ctx, t, `location.pathname === "/deep/down/reasons/mailbox-full.html" && document.readyState === "complete"`)
	do(ctx, t, chromedp.Navigate(server.URL+"/deep/down/"), chromedp.SendKeys(box, "5.7.26\r"))
	waitFor(ctx, t, `location.pathname === "/deep/down/codes/5.7.26.html" && document.readyState === "complete"`)
	shows(ctx, t, "Multiple authentication checks failed")
	said.quiet(t)

	scripts(ctx, t, false)
	do(ctx, t, chromedp.Navigate(server.URL+"/deep/down/index.html"), chromedp.SetValue(box, "550"), chromedp.Click(chromedp.CSS("form button")))
	waitFor(ctx, t, `location.pathname === "/deep/down/codes.html" && document.readyState === "complete"`)
	shows(ctx, t, "All codes", "5.7.26")
}

// Copying gives the reply as it is.
func TestRepliesCanBeCopied(t *testing.T) {
	url, ctx := serve(t), browser(t)
	do(ctx, t, chromedp.Navigate(url+"/codes/5.7.26"))
	eval[bool](ctx, t, `(navigator.clipboard.writeText = async (text) => { window.copied = text; }, true)`)
	do(ctx, t, chromedp.Click(chromedp.CSS("button[data-copy]")))
	waitFor(ctx, t, `window.copied === document.querySelector(".sample code").textContent && window.copied.startsWith("550 5.7.26")`)
	waitFor(ctx, t, `document.querySelector("button[data-copy]").textContent === "Copied"`)
}

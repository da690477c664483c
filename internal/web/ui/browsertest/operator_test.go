package browsertest

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
)

// serveAll starts all pages over a month of somebody's mail.
func serveAll(t *testing.T, o operatortest.Options) (*operatortest.Site, string) {
	t.Helper()
	site := operatortest.New(t, o)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return site, server.URL
}

// logIn logs in with a token, as a person does.
func logIn(ctx context.Context, t *testing.T, url, secret string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/"))
	waitFor(ctx, t, `location.pathname === "/operator/login" && document.readyState === "complete"`)
	do(ctx, t, chromedp.SetValue(chromedp.CSS("#token"), secret), chromedp.Click(chromedp.CSS("form.login button")))
	waitFor(ctx, t, `location.pathname === "/operator/" && document.readyState === "complete"`)
}

// operatorPages are all that have an address of their own.
func operatorPages() map[string]string {
	return map[string]string{
		"dashboard": "/operator/", "month": "/operator/?window=30d", "values": "/operator/reputation?dimension=provider&order=bounce-rate",
		"value": "/operator/reputation?dimension=provider&value=exchange-online&window=7d", "recipient": "/operator/recipients?address=" + operatortest.Sam,
		"hostile": "/operator/recipients?address=" + operatortest.Hostile, "search": "/operator/recipients", "suppressions": "/operator/suppressions?newest=1",
		"import": "/operator/suppressions/import", "events": "/operator/events?kind=bounce", "unknowns": "/operator/unknowns", "alerts": "/operator/alerts",
		"server": "/operator/server", "dead-letters": "/operator/dead-letters", "parked": "/operator/parked", "tokens": "/operator/tokens", "settings": "/operator/settings",
	}
}

// TestOperatorScreenshots writes pictures of the operator's pages for people to
// look at.
func TestOperatorScreenshots(t *testing.T) {
	dir := os.Getenv("REBOUND_SCREENSHOTS")
	if dir == "" {
		t.Skip("REBOUND_SCREENSHOTS names no folder")
	}
	site, url := serveAll(t, operatortest.Options{})
	ctx := browser(t)
	logIn(ctx, t, url, site.Secret)
	for _, s := range screens() {
		s.use(ctx, t)
		for name, path := range operatorPages() {
			do(ctx, t, chromedp.Navigate(url+path))
			write(t, filepath.Join(dir, "op-"+name+"-"+s.name+".png"), get(ctx, t, chromedp.FullScreenshot(100)))
			if name == "events" {
				do(ctx, t, chromedp.Click(chromedp.CSS("table a")))
				waitFor(ctx, t, `!!document.querySelector(".listing") && document.readyState === "complete"`)
				write(t, filepath.Join(dir, "op-event-"+s.name+".png"), get(ctx, t, chromedp.FullScreenshot(100)))
			}
		}
	}
}

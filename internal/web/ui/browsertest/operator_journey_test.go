package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
)

// What an operator does works without JavaScript, and with it, on a phone and at a
// desk.
func TestOperatorJourneys(t *testing.T) {
	ctx := browser(t)
	said := listen(ctx)
	for _, s := range []screen{screens()[0], screens()[3]} {
		for _, on := range []bool{true, false} {
			t.Run(s.name+"-scripts-"+strconv.FormatBool(on), func(t *testing.T) {
				site, url := serveAll(t, operatortest.Options{})
				s.use(ctx, t)
				scripts(ctx, t, on)
				comeIn(ctx, t, url, site.Secret)
				said.forget("status of 401") // what a wrong token is answered with
				lookAround(ctx, t, url)
				followABounce(ctx, t, url)
				releaseAndSuppress(ctx, t, url)
				importAList(ctx, t, url)
				decide(ctx, t, url)
				makeAToken(ctx, t, url)
				leave(ctx, t, url)
				said.quiet(t)
			})
		}
	}
}

// forget drops messages that are expected.
func (c *console) forget(part string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.messages = slices.DeleteFunc(c.messages, func(m string) bool { return strings.Contains(m, part) })
}

// css is a selector.
func css(s string) chromedp.CSS { return chromedp.CSS(s) }

// arrive waits for a page with that heading.
func arrive(ctx context.Context, t *testing.T, heading string) {
	t.Helper()
	waitFor(ctx, t, `document.readyState === "complete" && !!document.querySelector("h1") && document.querySelector("h1").innerText.includes(`+jsString(heading)+`)`)
	if wider := eval[float64](ctx, t, `document.documentElement.scrollWidth - window.innerWidth`); wider > 0 {
		t.Errorf("%s: %v pixels wider than the screen", heading, wider)
	}
}

// comeIn logs in, after a token that does not hold, and is led to the page that was
// asked for.
func comeIn(ctx context.Context, t *testing.T, url, secret string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/alerts"))
	arrive(ctx, t, "Log in")
	do(ctx, t, chromedp.SetValue(css("#token"), "rbd_000000000000_wrong"), chromedp.Click(css("form.login button")))
	waitFor(ctx, t, `document.readyState === "complete" && !!document.querySelector("[role=alert]")`)
	shows(ctx, t, "That token does not hold")
	do(ctx, t, chromedp.Navigate(url+"/operator/alerts"))
	arrive(ctx, t, "Log in")
	do(ctx, t, chromedp.SetValue(css("#token"), secret), chromedp.Click(css("form.login button")))
	arrive(ctx, t, "Alerts")
	shows(ctx, t, "critical", "of stream alumni bounced")
}

// lookAround opens every page.
func lookAround(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	for name, path := range operatorPages() {
		do(ctx, t, chromedp.Navigate(url+path))
		waitFor(ctx, t, `document.readyState === "complete" && !!document.querySelector("h1")`)
		if wider := eval[float64](ctx, t, `document.documentElement.scrollWidth - window.innerWidth`); wider > 0 {
			t.Errorf("%s: %v pixels wider than the screen", name, wider)
		}
		if title := eval[string](ctx, t, `document.title`); strings.Contains(title, "taken") {
			t.Errorf("%s: a script of a report ran", name)
		}
		if n := eval[int](ctx, t, `document.querySelectorAll("main script, main img").length`); n > 0 {
			t.Errorf("%s: %d foreign elements", name, n)
		}
	}
	do(ctx, t, chromedp.Navigate(url+"/operator/"))
	arrive(ctx, t, "Dashboard")
	if n := eval[int](ctx, t, `Array.from(document.querySelectorAll("svg[role=img]")).filter((s) => s.getBoundingClientRect().height > 100).length`); n != 4 {
		t.Errorf("%d charts can be seen", n)
	}
	do(ctx, t, chromedp.Click(css("details.numbers summary")))
	waitFor(ctx, t, `document.querySelector("details.numbers").open`)
	shows(ctx, t, "20 Nov 14:00", "19 Nov 15:00")
	do(ctx, t, chromedp.Click(css(".head-row .tabs li:nth-child(3) a")))
	waitFor(ctx, t, `location.search === "?window=30d" && document.readyState === "complete"`)
	shows(ctx, t, "the 30 days before")
}

// followABounce goes from a reason to an event, its evidence and its recipient.
func followABounce(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/events"), chromedp.SetValue(css("#words"), "zebra crossing"), chromedp.Click(css("form.search button")))
	waitFor(ctx, t, `location.search.includes("zebra") && document.readyState === "complete"`)
	shows(ctx, t, "550 zebra crossing closed")
	do(ctx, t, chromedp.Click(css("tbody a")))
	arrive(ctx, t, "@shop.example")
	shows(ctx, t, "The report as it arrived", "Diagnostic-Code: smtp; 550 zebra crossing closed", "Cause not known")
	do(ctx, t, chromedp.Click(css("h1 a")))
	waitFor(ctx, t, `location.pathname === "/operator/recipients" && document.readyState === "complete"`)
	shows(ctx, t, "zebra crossing closed")
}

func releaseAndSuppress(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/recipients"), chromedp.SetValue(css("#address"), operatortest.Sam), chromedp.Click(css("form.search button")))
	arrive(ctx, t, operatortest.Sam)
	shows(ctx, t, "suppressed", "No such mailbox")
	do(ctx, t, chromedp.SetValue(css("#release-note"), "a new mailbox"), chromedp.Click(css("form[action$=release] button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("main").innerText.includes("Released.")`)
	shows(ctx, t, "may be mailed")
	do(ctx, t, chromedp.SetValue(css("#suppress-note"), "asked by telephone"), chromedp.Click(css("form[action$=suppress] button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("main").innerText.includes("Suppressed, until")`)
	shows(ctx, t, "by operator: asked by telephone")
}

func importAList(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "list.csv")
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "old%d@example.org\n", i)
	}
	if err := os.WriteFile(list, []byte(lines.String()+"no address\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.Navigate(url+"/operator/suppressions/import"), chromedp.SetUploadFiles(css("#file"), []string{list}), chromedp.Click(css("form[enctype] button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("h1").innerText.includes("What the import would do")`)
	shows(ctx, t, "3,000", "Suppress 3,000 addresses", "no cell has an address")
	do(ctx, t, chromedp.Click(css("form[action$=confirm] button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("h1").innerText === "Imported"`)
	do(ctx, t, chromedp.Navigate(url+"/operator/suppressions?ground=block&domain=example.org"))
	shows(ctx, t, "old0@example.org")
	do(ctx, t, chromedp.Click(css("nav.pager a.button")))
	waitFor(ctx, t, `location.search.includes("cursor") && document.readyState === "complete"`)
	shows(ctx, t, "First page")
}

// decide deals with what waits for somebody.
func decide(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/parked"), chromedp.Click(css("tbody a")))
	arrive(ctx, t, "Parked report")
	do(ctx, t, chromedp.Click(css("#sure")), chromedp.Click(css("form[action$=drop] button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("main").innerText.includes("The report is removed")`)
	do(ctx, t, chromedp.Navigate(url+"/operator/dead-letters"), chromedp.Click(css("form[action$=revive] button[type=submit]")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("main").innerText.includes("tried again now")`)
}

func makeAToken(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/operator/tokens"), chromedp.SetValue(css("#name"), "newsletter server"), chromedp.Click(css("#ingest")), chromedp.Click(css("form.panel button")))
	waitFor(ctx, t, `document.readyState === "complete" && document.querySelector("main").innerText.includes("shown this once")`)
	shows(ctx, t, "rbd_", "newsletter server", "ingest")
}

func leave(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Click(css("form.account button")))
	arrive(ctx, t, "Log in")
	do(ctx, t, chromedp.Navigate(url+"/operator/suppressions"))
	arrive(ctx, t, "Log in")
}

// The operator's pages are accessible by the same rules as the public ones.
func TestOperatorPagesAreAccessible(t *testing.T) {
	script, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("no axe-core here: npm ci in this folder, or make test-tools")
	}
	site, url := serveAll(t, operatortest.Options{})
	ctx := browser(t)
	for i, s := range []screen{screens()[0], screens()[1], screens()[3]} {
		s.use(ctx, t)
		if i == 0 {
			do(ctx, t, chromedp.Navigate(url+"/operator/login"))
			inspect(ctx, t, string(script), s.name+" login")
			logIn(ctx, t, url, site.Secret)
		}
		for name, path := range operatorPages() {
			do(ctx, t, chromedp.Navigate(url+path))
			eval[bool](ctx, t, `(document.querySelectorAll("details").forEach(d => { d.open = true }), true)`)
			inspect(ctx, t, string(script), s.name+" "+name)
			if name == "events" {
				do(ctx, t, chromedp.Click(css("tbody a")))
				arrive(ctx, t, "bounce")
				inspect(ctx, t, string(script), s.name+" event")
			}
		}
	}
}

// inspect has axe-core look at the page.
func inspect(ctx context.Context, t *testing.T, script, where string) {
	t.Helper()
	eval[bool](ctx, t, script+";true")
	for _, f := range eval[[]finding](ctx, t, axe) {
		text := fmt.Sprintf("%s: %s: %s (%s)", where, f.Impact, f.Help, f.ID)
		for _, n := range f.Nodes {
			text += "\n\t" + n.HTML + "\n\t" + n.FailureSummary
		}
		t.Error(text)
	}
}

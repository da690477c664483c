package browsertest

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// finding is what axe-core objects to.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// axe runs axe-core in a page. Its report is cut to what is shown.
const axe = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
	r.violations.map(v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => ({HTML: n.html.slice(0, 300), FailureSummary: n.failureSummary}))})))`

// Pages are accessible by axe-core's rules of WCAG 2.2 A and AA and of best
// practice, in both colour schemes, on a phone and at a desk.
func TestPagesAreAccessible(t *testing.T) {
	script, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Skip("no axe-core here: npm ci in this folder, or make test-tools")
	}
	url, ctx := serve(t), browser(t)
	for _, s := range []screen{screens()[0], screens()[1], screens()[3]} {
		s.use(ctx, t)
		for _, path := range []string{"/", "/?q=550+5.7.1+client+host+%5B192.0.2.1%5D+blocked+using+zen.spamhaus.org", "/?q=gmail", "/codes", "/codes/5.7.26", "/codes/541", "/codes/5.7.515", "/codes/x.7.x",
			"/reasons", "/reasons/mailbox-full", "/providers", "/providers/gmail", "/blocklists", "/blocklists/sorbs", "/sources", "/sources/S4", "/how-to-read-a-code", "/impact",
			"/analyze", "analysis", "/nothing"} {
			if path == "analysis" {
				do(ctx, t, chromedp.Navigate(url+"/analyze"), chromedp.SetValue(report, bounceMail), chromedp.Click(send))
				waitFor(ctx, t, `!!document.querySelector(".listing") && document.readyState === "complete"`)
				eval[bool](ctx, t, `(document.querySelectorAll("details").forEach(d => { d.open = true }), true)`)
			} else {
				do(ctx, t, chromedp.Navigate(url+path))
			}
			eval[bool](ctx, t, string(script)+";true")
			for _, f := range eval[[]finding](ctx, t, axe) {
				text := fmt.Sprintf("%s %s: %s: %s (%s)", s.name, path, f.Impact, f.Help, f.ID)
				for _, n := range f.Nodes {
					text += "\n\t" + n.HTML + "\n\t" + n.FailureSummary
				}
				t.Error(text)
			}
		}
	}
}

package browsertest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const (
	box    = chromedp.CSS("#q")
	lookUp = chromedp.CSS("form[data-ask] button")
	report = chromedp.CSS("#text")
	file   = chromedp.CSS("#file")
	send   = chromedp.CSS("form[data-drop] button")
)

// scripts switches JavaScript on or off.
func scripts(ctx context.Context, t *testing.T, on bool) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		t.Fatal(err)
	}
}

// Every journey works without JavaScript, and with it, on a phone and at a desk.
func TestJourneys(t *testing.T) {
	url, ctx := serve(t), browser(t)
	said := listen(ctx)
	eml := filepath.Join(t.TempDir(), "bounce.eml")
	if err := os.WriteFile(eml, []byte(bounceMail), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []screen{screens()[0], screens()[3]} {
		for _, on := range []bool{true, false} {
			t.Run(s.name+"-scripts-"+strconv.FormatBool(on), func(t *testing.T) {
				s.use(ctx, t)
				scripts(ctx, t, on)
				askForACode(ctx, t, url)
				askForAReply(ctx, t, url)
				walkTheReference(ctx, t, url)
				analyzePasted(ctx, t, url)
				analyzeFile(ctx, t, url, eml)
				said.quiet(t)
			})
		}
	}
}

func askForACode(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/"), chromedp.SetValue(box, "5.7.26"), chromedp.Click(lookUp))
	waitFor(ctx, t, `location.pathname === "/codes/5.7.26" && document.readyState === "complete"`)
	shows(ctx, t, "Multiple authentication checks failed", "Hard bounce", "How to fix it", "What the sources say", "in force", "Gmail and Google Workspace")
}

func askForAReply(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/"), chromedp.SetValue(box, "550 5.7.1 client host [198.51.100.7] blocked using zen.spamhaus.org"), chromedp.Click(lookUp))
	waitFor(ctx, t, `!!document.querySelector(".verdict") && document.readyState === "complete"`)
	shows(ctx, t, "Sending IP is on a blocklist", "198.51.100.7", "zen.spamhaus.org", "How to fix it", "Why do you say so?")
	do(ctx, t, chromedp.Click(chromedp.CSS("details.trace summary")))
	waitFor(ctx, t, `document.querySelector("details.trace").open`)
	shows(ctx, t, "decided")
	do(ctx, t, chromedp.Navigate(url+"/"), chromedp.SetValue(box, bounceMail), chromedp.Click(lookUp))
	waitFor(ctx, t, `document.querySelectorAll(".verdict").length === 2 && document.readyState === "complete"`)
	shows(ctx, t, "kim@example.org", "sam@example.net", "Mailbox full")
}

func walkTheReference(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	for _, step := range [][2]string{{"/codes", "All codes"}, {"/codes/541", "sources disagree"}, {"/reasons/greylisted", "Greylisted"}, {"/providers/gmail", "What its codes mean"},
		{"/blocklists/spamhaus-zen", "Ask for removal"}, {"/sources/rfc3463", "What it says of codes"}, {"/how-to-read-a-code", "What outweighs what"}, {"/impact", "Rates to stay below"}} {
		do(ctx, t, chromedp.Navigate(url+step[0]))
		shows(ctx, t, step[1])
		if wider := eval[float64](ctx, t, `document.documentElement.scrollWidth - window.innerWidth`); wider > 0 {
			t.Errorf("%s is %v pixels wider than the screen", step[0], wider)
		}
	}
}

func analyzePasted(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/analyze"), chromedp.SetValue(report, bounceMail), chromedp.Click(send))
	checkAnalysis(ctx, t)
}

func analyzeFile(ctx context.Context, t *testing.T, url, name string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url+"/analyze"), chromedp.SetUploadFiles(file, []string{name}), chromedp.Click(send))
	checkAnalysis(ctx, t)
}

func checkAnalysis(ctx context.Context, t *testing.T) {
	t.Helper()
	waitFor(ctx, t, `!!document.querySelector(".listing") && document.readyState === "complete"`)
	shows(ctx, t, "What the report says", "2 outcomes", "kim@example.org", "sam@example.net", "Sending IP is on a blocklist", "Mailbox full", "The report as it arrived")
	if n := eval[int](ctx, t, `document.querySelectorAll(".listing mark").length`); n < 5 {
		t.Errorf("%d places are marked", n)
	}
	if wider := eval[float64](ctx, t, `document.documentElement.scrollWidth - window.innerWidth`); wider > 0 {
		t.Errorf("the analysis is %v pixels wider than the screen", wider)
	}
}

// What the script adds: an answer while somebody types, filters, copying, a dropped
// file.
func TestWhatTheScriptAdds(t *testing.T) {
	url, ctx := serve(t), browser(t)
	said := listen(ctx)
	do(ctx, t, chromedp.Navigate(url+"/"), chromedp.SendKeys(box, "552 5.2.2 mailbox is over quota"))
	waitFor(ctx, t, `document.querySelector("#answer").innerText.includes("Mailbox full")`)
	if status := eval[string](ctx, t, `document.querySelector("#answer-status").textContent`); status != "Mailbox full, soft bounce" {
		t.Errorf("readers of the screen are told %q", status)
	}
	if eval[string](ctx, t, `location.search`) != "" || !eval[bool](ctx, t, `document.querySelector("#start").hidden`) {
		t.Error("the question stands in the address, or what was there before is shown still")
	}
	erase(ctx, t)
	waitFor(ctx, t, `!document.querySelector("#start").hidden && document.querySelector("#answer").innerText === ""`)
	do(ctx, t, chromedp.SendKeys(box, "5.1.1\r"))
	waitFor(ctx, t, `location.pathname === "/codes/5.1.1"`)

	do(ctx, t, chromedp.Navigate(url+"/providers"), chromedp.SendKeys(chromedp.CSS("#filter"), "outlook"))
	waitFor(ctx, t, `Array.from(document.querySelectorAll(".names li")).filter((li) => li.offsetParent).length < 5`)
	shows(ctx, t, "Outlook.com")

	do(ctx, t, chromedp.Navigate(url+"/analyze"))
	eval[bool](ctx, t, `(() => {
		const data = new DataTransfer();
		data.items.add(new File([`+strconv.Quote(bounceMail)+`], "bounce.eml", {type: "message/rfc822"}));
		document.querySelector("#text").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
		return true;
	})()`)
	checkAnalysis(ctx, t)
	said.quiet(t)
}

// erase empties the box as a person does.
func erase(ctx context.Context, t *testing.T) {
	t.Helper()
	eval[bool](ctx, t, `(() => { const q = document.querySelector("#q"); q.value = ""; return q.dispatchEvent(new Event("input", {bubbles: true})); })()`)
}

// The keyboard alone is enough: the first stop leads past the head, and every stop
// can be seen.
func TestTheKeyboardIsEnough(t *testing.T) {
	url, ctx := serve(t), browser(t)
	do(ctx, t, chromedp.Navigate(url+"/codes/5.7.26"), chromedp.KeyEvent("\t"))
	if got := eval[string](ctx, t, `document.activeElement.getAttribute("href")`); got != "#main" {
		t.Errorf("the first stop is %q", got)
	}
	if out := eval[bool](ctx, t, `document.activeElement.getBoundingClientRect().left < 0`); out {
		t.Error("the first stop cannot be seen")
	}
	for range 12 {
		do(ctx, t, chromedp.KeyEvent("\t"))
		if got := eval[string](ctx, t, `getComputedStyle(document.activeElement).outlineStyle`); got == "none" {
			t.Errorf("no mark around %s", eval[string](ctx, t, `document.activeElement.outerHTML`))
		}
	}
}

package browsertest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScreenshots writes pictures of the pages for people to look at.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("REBOUND_SCREENSHOTS")
	if dir == "" {
		t.Skip("REBOUND_SCREENSHOTS names no folder")
	}
	url, ctx := serve(t), browser(t)
	pages := []struct{ name, path string }{
		{"home", "/"}, {"code-5.7.26", "/codes/5.7.26"}, {"code-541", "/codes/541"}, {"codes", "/codes"}, {"reason", "/reasons/mailbox-full"},
		{"provider", "/providers/gmail"}, {"providers", "/providers"}, {"blocklists", "/blocklists"}, {"how", "/how-to-read-a-code"}, {"impact", "/impact"},
		{"answer", "/?q=452+4.2.2+The+email+account+that+you+tried+to+reach+is+over+quota"}, {"analyze", "/analyze"},
	}
	for _, s := range screens() {
		s.use(ctx, t)
		for _, p := range pages {
			do(ctx, t, chromedp.Navigate(url+p.path))
			write(t, filepath.Join(dir, p.name+"-"+s.name+".png"), get(ctx, t, chromedp.FullScreenshot(100)))
		}
		do(ctx, t, chromedp.Navigate(url+"/analyze"), chromedp.SetValue(chromedp.CSS("#text"), bounceMail),
			chromedp.Click(chromedp.CSS("form[action='/analyze'] button")), chromedp.WaitVisible(chromedp.CSS(".listing")))
		write(t, filepath.Join(dir, "analyzed-"+s.name+".png"), get(ctx, t, chromedp.FullScreenshot(100)))
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// bounceMail is a delivery status notification as an MTA writes it.
const bounceMail = `From: MAILER-DAEMON@mx1.example.com (Mail Delivery System)
To: news@example.com
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Nov 2026 10:15:32 +0000
Message-Id: <20261120101532.4F2A1@mx1.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8

This is the mail system at host mx1.example.com.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<kim@example.org>: host mx.example.org[192.0.2.25] said: 550 5.7.1 Service
    unavailable; client host [198.51.100.7] blocked using zen.spamhaus.org
    (in reply to RCPT TO command)

<sam@example.net>: host mx.example.net[203.0.113.4] said: 452 4.2.2 The email
    account that you tried to reach is over quota (in reply to RCPT TO command)

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.example.com
Arrival-Date: Fri, 20 Nov 2026 10:15:30 +0000

Final-Recipient: rfc822; kim@example.org
Action: failed
Status: 5.7.1
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.7.1 Service unavailable; client host
    [198.51.100.7] blocked using zen.spamhaus.org

Final-Recipient: rfc822; sam@example.net
Action: failed
Status: 4.2.2
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 452 4.2.2 The email account that you tried to reach
    is over quota

--b1
Content-Type: message/rfc822

From: news@example.com
To: kim@example.org
Subject: What is new in November
Message-ID: <n1@example.com>

Hello.

--b1--
`

package decode

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/smtpcode"
	"github.com/rebound-mail/rebound/webhook"
)

func received() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// notification is a delivery status notification about kim.
const notification = "From: MAILER-DAEMON@mx.example.com\nTo: news@sender.example\nSubject: Undelivered\nMIME-Version: 1.0\n" +
	"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
	"--b\nContent-Type: text/plain\n\nIt did not work.\n\n--b\nContent-Type: message/delivery-status\n\n" +
	"Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.1.1\n" +
	"Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b--\n"

const letter = "From: lee@example.org\nTo: news@sender.example\nSubject: Tuesday\n\nShall we meet on Tuesday?\n"

const postfixLines = "Mar  4 05:06:01 mx postfix/qmgr[7]: 4F1A2B3C4D: from=<news@sender.example>, size=999, nrcpt=1 (queue active)\n" +
	"Mar  4 05:06:02 mx CRON[9]: (root) CMD (true)\n" +
	"Mar  4 05:06:03 mx postfix/smtp[8]: 4F1A2B3C4D: to=<kim@example.org>, relay=mail.example.org[192.0.2.7]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mail.example.org[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n"

const sendGrid = `[{"email":"kim@example.org","timestamp":1772600760,"event":"bounce","sg_event_id":"e1","sg_message_id":"m1","reason":"550 5.1.1 no such user","status":"5.1.1","type":"bounce"},` +
	`{"email":"lee@example.org","timestamp":1772600761,"event":"open","sg_event_id":"e2","sg_message_id":"m1"}]`

const own = `{"kind":"bounce","id":"e7","recipient":"kim@example.org","diagnostic":"550 5.1.1 no such user"}`

func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestEveryFormIsRead(t *testing.T) {
	mbox := "From a@example.com Wed Mar  4 05:06:07 2026\n" + notification + "\nFrom b@example.com Wed Mar  4 05:06:08 2026\n" + letter
	for name, c := range map[string]struct {
		in   Input
		want Result
	}{
		"a mail":                        {Input{Body: []byte(notification)}, Result{Kind: Mail, Format: "dsn", Records: 1}},
		"a mail, as it is said":         {Input{Body: []byte(notification), Kind: spool.KindMail}, Result{Kind: Mail, Format: "dsn", Records: 1}},
		"a mail, by its type":           {Input{Body: []byte(notification), ContentType: "message/rfc822"}, Result{Kind: Mail, Format: "dsn", Records: 1}},
		"a compressed mail":             {Input{Body: []byte(packed(notification)), Kind: spool.KindMail}, Result{Kind: Mail, Format: "dsn", Records: 1}},
		"mails":                         {Input{Body: []byte(mbox)}, Result{Kind: Mbox, Format: "dsn", Records: 2, None: 1}},
		"a reply":                       {Input{Body: []byte("550 5.1.1 no such user")}, Result{Kind: Text, Format: "text", Records: 1}},
		"a reply somebody quotes":       {Input{Body: []byte("it said 550 5.1.1 no such user")}, Result{Kind: Text, Format: "text", Records: 1}},
		"a log":                         {Input{Body: []byte(postfixLines)}, Result{Kind: Log, Format: "postfix-log", Records: 3, Passed: 1}},
		"a compressed log":              {Input{Body: []byte(packed(postfixLines))}, Result{Kind: Log, Format: "postfix-log", Records: 3, Passed: 1}},
		"a log, compressed again":       {Input{Body: []byte(packed(packed(postfixLines))), Kind: spool.KindLog}, Result{Kind: Log, Format: "postfix-log", Records: 3, Passed: 1}},
		"a log, as it is said":          {Input{Body: []byte(postfixLines), Kind: spool.KindLog, Format: "postfix-log"}, Result{Kind: Log, Format: "postfix-log", Records: 3, Passed: 1}},
		"a payload":                     {Input{Body: []byte(sendGrid)}, Result{Kind: Payload, Provider: webhook.SendGrid, Format: "sendgrid", Records: 2, Passed: 1}},
		"a payload, to its address":     {Input{Body: []byte(sendGrid), Kind: spool.KindHook, Provider: webhook.SendGrid}, Result{Kind: Payload, Provider: webhook.SendGrid, Format: "sendgrid", Records: 1, Passed: 1}},
		"a payload to any address":      {Input{Body: []byte(packed(sendGrid)), Kind: spool.KindHook}, Result{Kind: Payload, Provider: webhook.SendGrid, Format: "sendgrid", Records: 1, Passed: 1}},
		"own events":                    {Input{Body: []byte(own)}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"own events, as they are said":  {Input{Body: []byte(own + "\n"), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"own events in an array":        {Input{Body: []byte("[" + own + "]"), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"own events, compressed":        {Input{Body: []byte(packed(own)), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"the least of an event":         {Input{Body: []byte(`{"kind":"bounce","recipient":"kim@example.org","reply_code":550,"status":"5.1.1"}`), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"the least, by its content":     {Input{Body: []byte(`{"kind":"bounce","recipient":"kim@example.org","reply_code":550,"status":"5.1.1"}`)}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"an event over several lines":   {Input{Body: []byte("{\n\"kind\":\"bounce\",\n\"recipient\":\"kim@example.org\",\"reply_code\":550,\"status\":\"5.1.1\"}"), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 1}},
		"an event between broken lines": {Input{Body: []byte(own + "\nnonsense\n{\"kind\":\"no kind\"}\n"), Kind: spool.KindJSON}, Result{Kind: Events, Provider: webhook.Rebound, Format: "rebound", Records: 3, Unread: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Received, c.in.File = received(), "somewhere"
			got, err := Bytes(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Events) != 1 {
				t.Fatalf("%d events: %+v", len(got.Events), got)
			}
			e := got.Events[0]
			if e.Kind != event.Bounce || e.ReplyCode != 550 || e.Status.String() != "5.1.1" || e.ID == "" || e.Verdict != nil || e.Source.File != "somewhere" {
				t.Errorf("event %+v", e)
			}
			if got.Kind != Text && e.Recipient != "kim@example.org" {
				t.Errorf("recipient %q", e.Recipient)
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Result{}, "Events", "Problems")); diff != "" {
				t.Error(diff)
			}
			if (got.Unread > 0) != (len(got.Problems) > 0) {
				t.Errorf("%d unread, problems %v", got.Unread, got.Problems)
			}
		})
	}
}

func TestWhatIsNoReport(t *testing.T) {
	for name, in := range map[string]Input{
		"a letter":                        {Body: []byte(letter), Kind: spool.KindMail},
		"a letter, by its content":        {Body: []byte(letter)},
		"a log that came as a mail":       {Body: []byte(postfixLines), Kind: spool.KindMail},
		"a payload that came as a mail":   {Body: []byte(sendGrid), Kind: spool.KindMail},
		"a reply that came as a mail":     {Body: []byte("550 5.1.1 no such user"), Kind: spool.KindMail},
		"words":                           {Body: []byte("nothing to see here")},
		"binary data that came as a mail": {Body: bytes.Repeat([]byte{0, 1, 2, 3}, 99), Kind: spool.KindMail},
	} {
		got, err := Bytes(in)
		if err != nil || len(got.Events) > 0 || got.None != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestNothingCanBeMadeOf(t *testing.T) {
	for name, c := range map[string]struct {
		in   Input
		want error
	}{
		"nothing":                     {Input{}, ErrEmpty},
		"blanks":                      {Input{Body: bytes.Repeat([]byte(" \n"), 5000), Kind: spool.KindMail}, ErrEmpty},
		"a picture":                   {Input{Body: []byte("\x89PNG\r\n\x1a\n...")}, ErrUnreadable},
		"JSON of nobody":              {Input{Body: []byte(`{"a":1}`)}, ErrUnreadable},
		"JSON of nobody as events":    {Input{Body: []byte(`{"a":1}`), Kind: spool.KindJSON}, ErrUnreadable},
		"no JSON as events":           {Input{Body: []byte(`hello`), Kind: spool.KindJSON}, ErrUnreadable},
		"no JSON as payload":          {Input{Body: []byte(`hello`), Kind: spool.KindHook, Provider: webhook.SES}, ErrUnreadable},
		"a payload of nobody":         {Input{Body: []byte(`{"a":1}`), Kind: spool.KindHook}, ErrProvider},
		"a payload of whom?":          {Input{Body: []byte(`{"a":1}`), Kind: spool.KindHook, Provider: "whom"}, ErrProvider},
		"a log of what?":              {Input{Body: []byte(postfixLines), Kind: spool.KindLog, Format: "what"}, ErrFormat},
		"damaged from the beginning":  {Input{Body: []byte("\x1f\x8b\x08\xffnonsense")}, ErrDamaged},
		"compressed again and again":  {Input{Body: []byte(packed(packed(packed(packed(letter)))))}, ErrUnreadable},
		"a kind that nobody knows of": {Input{Body: []byte(letter), Kind: "song"}, ErrUnreadable},
	} {
		got, err := Bytes(c.in)
		if !errors.Is(err, c.want) || len(got.Events) > 0 {
			t.Errorf("%s: %v, want %v; %+v", name, err, c.want, got)
		}
	}
}

func TestWhatIsCutOffIsReadAsFarAsItGoes(t *testing.T) {
	lines := strings.Repeat(postfixLines, 200)
	whole := packed(lines)
	got, err := Bytes(Input{Body: []byte(whole[:len(whole)-12]), Received: received()})
	if err != nil || len(got.Events) == 0 || len(got.Problems) != 1 || got.Problems[0].Code != ProblemDamaged {
		t.Errorf("%d events, %v, %v", len(got.Events), got.Problems, err)
	}
}

func TestWhatUnpacksWithoutEndIsBounded(t *testing.T) {
	b := &bounded{in: strings.NewReader(strings.Repeat("x", 100)), room: 10}
	var all bytes.Buffer
	if n, err := all.ReadFrom(b); n != 10 || !errors.Is(err, errTooLong) {
		t.Errorf("%d bytes, %v", n, err)
	}
	r := &reader{}
	if err := r.damaged(errTooLong); err != nil || len(r.result.Problems) != 1 {
		t.Errorf("%v, %v", err, r.result.Problems)
	}
}

func TestEventsSurviveTheirEncoding(t *testing.T) {
	want := []event.Event{
		{ID: "a", Kind: event.Bounce, Recipient: "kim@example.org", OriginalRecipient: "team@example.org", Sender: "news@sender.example", MessageID: "1@sender.example",
			Stream: "news", Action: event.Failed, ReplyCode: 550, Status: smtpcode.Status{Class: 5, Subject: 1, Detail: 1}, Diagnostic: "550 5.1.1 <kim@example.org> \"no\" \u2028 such\nuser",
			Command: "RCPT TO", ReportingMTA: "mx.example.com", RemoteMTA: "mail.example.org", Time: received(),
			Source: event.Source{File: "/var/log/mail.log", Line: 7, Format: "postfix-log"}, Hint: event.Hint{Reason: codebook.ListExpansion, Lasting: codebook.Permanent}},
		{ID: "b", Kind: event.Delay, Recipient: "lee@example.org", Action: event.Delayed, Time: received(), Source: event.Source{Line: 8, Format: "exim-log"},
			Hint: event.Hint{Reason: codebook.ConnectionFailed, Weak: true}},
		{ID: "c", Kind: event.Complaint, Recipient: "lee@example.org", FeedbackType: "abuse", SourceIP: "192.0.2.1", Time: received(), Source: event.Source{Line: 9, Format: "kumomta-log"}},
	}
	for _, kind := range []spool.Kind{spool.KindJSON, spool.KindUnknown} {
		got, err := Bytes(Input{Body: EncodeEvents(want), Kind: kind, Received: received()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Events, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	}
}

// A log record of KumoMTA is the same event, whether a file has it or a hook posts it.
func TestLogAndHookOfKumoMTAAreOneEvent(t *testing.T) {
	for _, kind := range []string{"Delivery", "Bounce", "TransientFailure", "Expiration", "OOB"} {
		record := `{"type":"` + kind + `","id":"d7ef132b5d7711eea8c8000c29c33806","sender":"news@sender.example","recipient":"Kim@Example.org","queue":"example.org",` +
			`"response":{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"no such user","command":"RCPT TO:<kim@example.org>"},` +
			`"timestamp":1772600760,"event_time":"2026-03-04T05:06:00.123456Z","num_attempts":2,"peer_address":{"name":"mail.example.org.","addr":"192.0.2.7"}}`
		log, err := Bytes(Input{Body: []byte(record + "\n"), Kind: spool.KindLog, Received: received()})
		if err != nil {
			t.Fatal(err)
		}
		hook, err := Bytes(Input{Body: []byte(record), Kind: spool.KindHook, Provider: webhook.KumoMTA, Received: received()})
		if err != nil {
			t.Fatal(err)
		}
		if len(log.Events) != 1 || len(hook.Events) != 1 || log.Events[0].ID != hook.Events[0].ID {
			t.Errorf("%s: %+v\n%+v", kind, log.Events, hook.Events)
		}
	}
}

func TestAnErrorOfWhoTakesTheEventsComesBack(t *testing.T) {
	stop := errors.New("stop")
	for name, in := range map[string]Input{
		"mails": {Body: []byte(notification)},
		"log":   {Body: []byte(strings.Repeat(postfixLines, 300)), Received: received()},
		"hook":  {Body: []byte(sendGrid), Kind: spool.KindHook},
		"own":   {Body: []byte(strings.Repeat(own+"\n", 600)), Kind: spool.KindJSON},
	} {
		calls := 0
		_, err := Each(in, func([]event.Event) error { calls++; return stop })
		if err != stop || calls != 1 {
			t.Errorf("%s: %v after %d calls", name, err, calls)
		}
	}
}

func TestAPanicIsAnErrorThatSaysWhere(t *testing.T) {
	err := func() (err *PanicError) {
		defer func() { err = NewPanicError(recover()) }()
		broken(nil)
		return nil
	}()
	if !strings.Contains(strings.SplitN(err.Stack, "\n", 2)[0], "broken") || !strings.Contains(err.Error(), "nil map") {
		t.Errorf("%v", err)
	}
}

func TestAPanicOfWhoTakesTheEventsIsTheirs(t *testing.T) {
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, err := Each(Input{Body: []byte(notification)}, func([]event.Event) error { panic("mine") })
	t.Errorf("came back with %v", err)
}

//go:noinline
func broken(m map[string]int) { m["x"] = 1 }

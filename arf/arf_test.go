package arf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/arf"
	"github.com/rebound-mail/rebound/mailpart"
)

// report makes a feedback report as RFC 5965 has it.
func report(from, fields, returned string) string {
	return "From: " + from + "\nSubject: FW: news\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" +
		"--b\nContent-Type: text/plain\n\nThis is an email abuse report for an email message received from IP 192.0.2.1.\n" +
		"--b\nContent-Type: message/feedback-report\n\n" + fields +
		"\n--b\nContent-Type: message/rfc822\n\n" + returned + "\n--b--\n"
}

const (
	basics   = "Feedback-Type: abuse\nUser-Agent: Example-FBL/1.0\nVersion: 1\n"
	returned = "Return-Path: <bounce@news.example.net>\nFrom: news@news.example.net\nTo: anna@example.com\nMessage-ID: <7@news.example.net>\n\nread this"
)

func read(t *testing.T, mail string) *arf.Report {
	t.Helper()
	r, ok := arf.Read(mailpart.Parse([]byte(mail), mailpart.Limits{}))
	if !ok {
		t.Fatal("not recognised")
	}
	return r
}

// outline writes the gist of a report.
func outline(r *arf.Report) string {
	out := r.Form.String() + " " + r.Type.String()
	for _, x := range r.Recipients {
		out += fmt.Sprintf(" %s/%d", x.Address, x.Origin)
	}
	if r.SourceIP.IsValid() {
		out += " ip=" + r.SourceIP.String()
	}
	if r.MessageID != "" {
		out += " id=" + r.MessageID
	}
	return out
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, mail, want string }{
		{"minimal", report("fbl@isp.example", basics, returned), "arf abuse ip=192.0.2.1 id=<7@news.example.net>"},
		{"complete", report("fbl@isp.example", basics+"Original-Rcpt-To: <anna@example.com>\nSource-IP: 192.0.2.7\n", returned), "arf abuse anna@example.com/1 ip=192.0.2.7 id=<7@news.example.net>"},
		{"several recipients", report("fbl@isp.example", basics+"Original-Rcpt-To: a@example.com\nOriginal-Rcpt-To: rfc822; b@example.com\nOriginal-Rcpt-To: A@example.com\n", ""), "arf abuse a@example.com/1 b@example.com/1 ip=192.0.2.1"},
		{"opt-out", report("fbl@isp.example", "Feedback-Type: opt-out\nUser-Agent: x\nVersion: 0.1\nRemoval-Recipient: anna@example.com\n", ""), "arf opt-out anna@example.com/2 ip=192.0.2.1"},
		{"redacted recipient", report("fbl@example.com", basics+"Original-Rcpt-To: redacted@example.com\n", returned), "arf abuse ip=192.0.2.1 id=<7@news.example.net>"},
		{"hashed recipient", report("fbl@example.com", basics+"Original-Rcpt-To: 5d41402abc4b2a76b9719d911017c592\n", returned), "arf abuse ip=192.0.2.1 id=<7@news.example.net>"},
		{"no recipient, the reporter's own domain in To", report("fbl@example.com", basics, returned), "arf abuse anna@example.com/4 ip=192.0.2.1 id=<7@news.example.net>"},
		{"no recipient, several in To", report("fbl@example.com", basics, "To: a@example.com, b@example.com\n\nx"), "arf abuse ip=192.0.2.1"},
		{"not-spam", report("fbl@isp.example", "Feedback-Type: not-spam\nUser-Agent: x\nVersion: 1\n", ""), "arf not-spam ip=192.0.2.1"},
		{"IPv6", report("fbl@isp.example", basics+"Source-IP: IPv6:2001:db8::1\n", ""), "arf abuse ip=2001:db8::1"},
		{"IPv4 in brackets with port", report("fbl@isp.example", basics+"Source-IP: [192.0.2.7] (mx)\n", ""), "arf abuse ip=192.0.2.7"},
		{"fields in capitals, base64", "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report\nContent-Transfer-Encoding: base64\n\n" +
			"RkVFREJBQ0stVFlQRTogQUJVU0UKT1JJR0lOQUwtUkNQVC1UTzogYUBleGFtcGxlLmNvbQo=\n--b--\n", "arf abuse a@example.com/1"},
		{"header only returned", strings.Replace(report("fbl@isp.example", basics, returned), "message/rfc822", "text/rfc822-headers", 1), "arf abuse ip=192.0.2.1 id=<7@news.example.net>"},
		{"fields as text", strings.Replace(report("fbl@isp.example", basics, returned), "message/feedback-report", "text/plain", 1), "arf-unlabeled abuse ip=192.0.2.1 id=<7@news.example.net>"},
		{"JMRP", "From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.9\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" +
			"X-HmXmrOriginalRecipient: anna@outlook.example\n" + returned + "\n--b--\n", "microsoft-jmrp abuse anna@outlook.example/3 ip=192.0.2.9 id=<7@news.example.net>"},
		{"JMRP without its header", "From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.9\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n" +
			returned + "\n--b--\n", "microsoft-jmrp abuse anna@example.com/4 ip=192.0.2.9 id=<7@news.example.net>"},
		{"old AOL", "From: scomp@aol.net\nSubject: Client TOS Notification\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\nContent-Type: message/rfc822\n\n" +
			"To: undisclosed-recipients:;\nMessage-ID: <7@news.example.net>\n\nx\n--b--\n", "aol abuse id=<7@news.example.net>"},
		{"in words", "From: abuse@isp.example\nSubject: Abuse Report\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThis is an email\nabuse report for an email message received from IP 192.0.2.1 on Tue, 4 Mar 2025 10:15:01 +0000.\n" +
			"--b\nContent-Type: message/rfc822\n\n" + returned + "\n--b--\n", "text abuse ip=192.0.2.1 id=<7@news.example.net>"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				if got := outline(read(t, strings.ReplaceAll(test.mail, "\n", eol))); got != test.want {
					t.Errorf("line ends %q:\ngot  %q\nwant %q", eol, got, test.want)
				}
			}
		})
	}
}

func TestWhatIsNoReport(t *testing.T) {
	for name, mail := range map[string]string{
		"ordinary mail":                  "Subject: hello\n\nhow are you?\n",
		"forwarded mail":                 "Subject: FW: news\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee below\n--b\nContent-Type: message/rfc822\n\n" + returned + "\n--b--\n",
		"talk about reports":             "Subject: question\n\nWhat is a Feedback-Type: field, and what is an abuse report for a message?\n",
		"a field alone in prose":         "Subject: question\n\nFeedback-Type: that is the field\n",
		"a report in a returned message": "Subject: failure notice\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nsorry\n--o\nContent-Type: message/rfc822\n\n" + report("a@example.com", basics, returned) + "\n--o--\n",
		"a report returned as text":      "Subject: failure notice\n\nsorry\n\nReceived: by x\nSubject: y\n\nFeedback-Type: abuse\nUser-Agent: x\n",
		"delivery status":                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n--b--\n",
	} {
		if r, ok := arf.Read(mailpart.Parse([]byte(mail), mailpart.Limits{})); ok {
			t.Errorf("%s: taken for a report: %s", name, outline(r))
		}
	}
}

func TestFields(t *testing.T) {
	fields := basics + "Original-Mail-From: <bounce@news.example.net>\nOriginal-Envelope-Id: e1\nArrival-Date: Tue, 4 Mar 2025 10:15:01 +0000\n" +
		"Reporting-MTA: dns; mx.example.com.\nReported-Domain: News.Example.net\nReported-Domain: example.org\nReported-URI: http://news.example.net/\n" +
		"Incidents: 12\nAuthentication-Results: mx.example.com; spf=pass\nSource: Example\nX-More: yes\n"
	r := read(t, report("fbl@isp.example", fields, ""))
	got := []string{r.UserAgent, r.Version, r.OriginalMailFrom, r.EnvelopeID, string(r.ArrivalDate), r.ReportingMTA,
		strings.Join(r.ReportedDomains, ","), strings.Join(r.ReportedURIs, ","), fmt.Sprint(r.Incidents), strings.Join(r.AuthResults, ","), r.Get("source"), r.Get("x-more")}
	want := []string{"Example-FBL/1.0", "1", "bounce@news.example.net", "e1", "Tue, 4 Mar 2025 10:15:01 +0000", "mx.example.com",
		"news.example.net,example.org", "http://news.example.net/", "12", "mx.example.com; spf=pass", "Example", "yes"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAuthFailure(t *testing.T) {
	fields := "Feedback-Type: auth-failure\nUser-Agent: x\nVersion: 1\nAuth-Failure: DMARC\nDelivery-Result: reject\nIdentity-Alignment: dkim\n" +
		"DKIM-Domain: example.net\nDKIM-Identity: @example.net\nDKIM-Selector: s1\nSPF-DNS: txt : example.net : \"v=spf1 -all\"\nDKIM-ADSP-DNS: x\n" +
		"Original-Rcpt-To: anna@example.com\n"
	r := read(t, report("dmarc@isp.example", fields, returned))
	want := arf.AuthFailure{Kind: "dmarc", Delivery: "reject", Alignment: "dkim", DKIMDomain: "example.net", DKIMIdentity: "@example.net",
		DKIMSelector: "s1", DKIMADSPRecord: "x", SPFRecord: "txt : example.net : \"v=spf1 -all\""}
	if diff := cmp.Diff(want, r.Failure); diff != "" || r.Type != arf.AuthFailed {
		t.Errorf("type %v, (-want +got):\n%s", r.Type, diff)
	}
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		fields string
		want   []arf.Problem
	}{
		{"User-Agent: x\nOriginal-Rcpt-To: a@example.com\n", []arf.Problem{arf.TypeMissing}},
		{"Feedback-Type: weird\nOriginal-Rcpt-To: a@example.com\n", []arf.Problem{arf.TypeUnregistered}},
		{"Feedback-Type: abuse\nOriginal-Rcpt-To: xxxxx@example.com\n", []arf.Problem{arf.RecipientRedacted, arf.NoRecipient}},
		{"Feedback-Type: abuse\nOriginal-Rcpt-To: x@example.com\n", nil},
		{"Feedback-Type: abuse\nOriginal-Rcpt-To: a@example.com\nSource-IP: unknown\nIncidents: many\n", []arf.Problem{arf.SourceIPUnreadable, arf.IncidentsUnreadable}},
	} {
		if diff := cmp.Diff(test.want, read(t, report("fbl@isp.example", test.fields, returned)).Problems); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.fields, diff)
		}
	}
}

func TestValuesAreBounded(t *testing.T) {
	var fields strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&fields, "Original-Rcpt-To: a%d@example.com\nReported-Domain: d%d.example\n", i, i)
	}
	r := arf.Parse(mailpart.ParseBlocks([]byte(basics + fields.String())))
	if len(r.Recipients) != 1000 || len(r.ReportedDomains) != 1000 || r.Problems[0] != arf.TooManyValues {
		t.Errorf("%d recipients, %d domains, problems %v", len(r.Recipients), len(r.ReportedDomains), r.Problems)
	}
}

func TestParseType(t *testing.T) {
	for value, want := range map[string]arf.FeedbackType{
		"abuse": arf.Abuse, " Abuse ": arf.Abuse, "complaint": arf.Abuse, "phishing": arf.Fraud, "VIRUS": arf.Virus, "auth-failure": arf.AuthFailed,
		"not_spam": arf.NotSpam, "unsubscribe": arf.OptOut, "opt-out-list": arf.OptOutList, "dmarc": arf.DMARC, "other": arf.OtherType,
		"": arf.TypeUnknown, "weird": arf.TypeUnknown,
	} {
		if got := arf.ParseType(value); got != want {
			t.Errorf("ParseType(%q) = %v, want %v", value, got, want)
		}
	}
}

func ExampleRead() {
	mail := report("fbl@isp.example", basics+"Original-Rcpt-To: anna@example.com\nSource-IP: 192.0.2.7\n", returned)
	r, ok := arf.Read(mailpart.Parse([]byte(mail), mailpart.Limits{}))
	fmt.Println(ok, r.Type, r.Recipients[0].Address, r.SourceIP, r.MessageID)
	// Output: true abuse anna@example.com 192.0.2.7 <7@news.example.net>
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(report("fbl@isp.example", basics+"Original-Rcpt-To: a@example.com\nSource-IP: [192.0.2.1]\n", returned)))
	f.Add([]byte("From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.9\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: a@b\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, ok := arf.Read(mailpart.Parse(raw, mailpart.Limits{}))
		if !ok {
			return
		}
		for _, x := range r.Recipients {
			if !strings.Contains(x.Address, "@") || strings.ContainsAny(x.Address, "\r\n") {
				t.Errorf("recipient %q", x.Address)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	raw := []byte(report("fbl@isp.example", basics+"Original-Rcpt-To: a@example.com\n", returned))
	b.ReportAllocs()
	for b.Loop() {
		arf.Read(mailpart.Parse(raw, mailpart.Limits{}))
	}
}

func BenchmarkNoReport(b *testing.B) {
	raw := []byte("From: a@example.com\nSubject: hello\n\n" + strings.Repeat("how are you?\n", 300))
	b.ReportAllocs()
	for b.Loop() {
		arf.Read(mailpart.Parse(raw, mailpart.Limits{}))
	}
}

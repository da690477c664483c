package dsn_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
)

func TestParseAddress(t *testing.T) {
	for _, test := range []struct {
		value string
		want  dsn.Address
		typed bool
	}{
		{"rfc822; a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"RFC822;a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822 ; <a@example.com>", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;a@example.com (Anna)", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;(Anna) a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;a@example.com(unknown)", dsn.Address{"rfc822", "a@example.com"}, true},
		{`rfc822; "Anna B" <a@example.com>`, dsn.Address{"rfc822", "a@example.com"}, true},
		{`rfc822; "anna b"@example.com`, dsn.Address{"rfc822", `"anna b"@example.com`}, true},
		{`rfc822; "a<b>"@example.com`, dsn.Address{"rfc822", `"a<b>"@example.com`}, true},
		{"a@example.com", dsn.Address{"rfc822", "a@example.com"}, false},
		{"<a@example.com>", dsn.Address{"rfc822", "a@example.com"}, false},
		{"rfc822;mailto:a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;rfc822;a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"RFC/822; a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;@relay.example:a@example.com", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;a@example.com is unknown", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;a@example.com.", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;<a@example.com.>", dsn.Address{"rfc822", "a@example.com"}, true},
		{"rfc822;o'neil@example.com", dsn.Address{"rfc822", "o'neil@example.com"}, true},
		{"x400;/S=Muster/G=Anna/O=Example/C=de/", dsn.Address{"x400", "/S=Muster/G=Anna/O=Example/C=de/"}, true},
		{"x400; G=Anna; S=Muster; C=de", dsn.Address{"x400", "G=Anna; S=Muster; C=de"}, true},
		{"X-LOCAL; anna", dsn.Address{"x-local", "anna"}, true},
		{"utf-8; 用户@example.com", dsn.Address{"utf-8", "用户@example.com"}, true},
		{`utf-8; \x{7528}\x{6237}@example.com`, dsn.Address{"utf-8", "用户@example.com"}, true},
		{`utf-8; \x{zz}@example.com`, dsn.Address{"utf-8", `\x{zz}@example.com`}, true},
		{"rfc822;", dsn.Address{"rfc822", ""}, true},
		{"rfc822;<>", dsn.Address{"rfc822", ""}, true},
		{"", dsn.Address{"rfc822", ""}, false},
	} {
		got, typed := dsn.ParseAddress(test.value)
		if got != test.want || typed != test.typed {
			t.Errorf("ParseAddress(%q) = %q, %t; want %q, %t", test.value, got, typed, test.want, test.typed)
		}
	}
}

func TestParseMTA(t *testing.T) {
	for _, test := range []struct {
		value string
		want  dsn.MTA
	}{
		{"dns; mx.example.com", dsn.MTA{Type: "dns", Name: "mx.example.com"}},
		{"DNS;mx.example.com.", dsn.MTA{Type: "dns", Name: "mx.example.com"}},
		{"dns; mx.example.com. (192.0.2.1, the server for the domain example.com.)", dsn.MTA{"dns", "mx.example.com", "192.0.2.1, the server for the domain example.com."}},
		{"dns; [192.0.2.1]", dsn.MTA{Type: "dns", Name: "[192.0.2.1]"}},
		{"mx.example.com", dsn.MTA{Name: "mx.example.com"}},
		{"192.0.2.1", dsn.MTA{Name: "192.0.2.1"}},
		{"x-unix; /bin/deliver -d anna", dsn.MTA{Type: "x-unix", Name: "/bin/deliver -d anna"}},
		{"", dsn.MTA{}},
	} {
		if got := dsn.ParseMTA(test.value); got != test.want {
			t.Errorf("ParseMTA(%q) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestParseDiagnostic(t *testing.T) {
	for _, test := range []struct {
		value string
		want  dsn.Diagnostic
	}{
		{"smtp; 550 5.1.1 no such user; sorry", dsn.Diagnostic{"smtp", "550 5.1.1 no such user; sorry"}},
		{"SMTP;550 x", dsn.Diagnostic{"smtp", "550 x"}},
		{"X-Postfix; host not found", dsn.Diagnostic{"x-postfix", "host not found"}},
		{"550 5.1.1 no such user; sorry", dsn.Diagnostic{"", "550 5.1.1 no such user; sorry"}},
		{"unknown user; sorry", dsn.Diagnostic{"", "unknown user; sorry"}},
	} {
		if got := dsn.ParseDiagnostic(test.value); got != test.want {
			t.Errorf("ParseDiagnostic(%q) = %q, want %q", test.value, got, test.want)
		}
	}
}

func TestParseActionAndStatus(t *testing.T) {
	for value, want := range map[string]dsn.Action{
		"failed": dsn.Failed, "FAILED (transport)": dsn.Failed, " (failed)": dsn.Failed, "failure": dsn.Failed, "expired": dsn.Failed,
		"delayed": dsn.Delayed, "delivered; yes": dsn.Delivered, "relayed": dsn.Relayed, "expanded": dsn.Expanded,
		"transferred": dsn.Transferred, "opaque": dsn.Opaque, "": dsn.ActionUnknown, "eaten": dsn.ActionUnknown,
	} {
		if got := dsn.ParseAction(value); got != want {
			t.Errorf("ParseAction(%q) = %v, want %v", value, got, want)
		}
	}
	for value, want := range map[string]string{
		"5.1.1": "5.1.1", "5.1.1 (bad destination mailbox address)": "5.1.1", " 4.4.7.": "4.4.7", "5.7.509": "5.7.509",
		"550 5.1.1": "5.1.1", "": "", "no idea": "",
	} {
		if got := dsn.ParseStatus(value).String(); got != want {
			t.Errorf("ParseStatus(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	for _, test := range []struct{ date, want string }{
		{"Tue, 4 Mar 2025 10:15:01 +0100 (CET)", "2025-03-04T09:15:01Z"},
		{"Tue,4 Mar 2025 10:15:01 +0100", "2025-03-04T09:15:01Z"},
		{"4 Mar 2025 10:15 +0000", "2025-03-04T10:15:00Z"},
		{"Tue Mar  4 10:15:01 2025", "2025-03-04T10:15:01Z"},
		{"2025-03-04 10-15-01", "2025-03-04T10:15:01Z"},
		{"2025-03-04T10:15:01Z", "2025-03-04T10:15:01Z"},
		{"yesterday", ""},
		{"", ""},
	} {
		got := ""
		if at, ok := dsn.Date(test.date).Time(); ok {
			got = at.UTC().Format("2006-01-02T15:04:05Z07:00")
		}
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.date, got, test.want)
		}
	}
}

// outline writes what a report says, a recipient after a bar.
func outline(r *dsn.Report) string {
	out := r.ReportingMTA.Name
	for _, x := range r.Recipients {
		out += fmt.Sprintf(" | %s/%s %s %s %s", x.Final.Address, x.Original.Address, x.Action, x.Status, x.Diagnostic.Text)
	}
	return out
}

const (
	messageGroup = "Reporting-MTA: dns; mx.example.org\nArrival-Date: Tue, 4 Mar 2025 10:15:00 +0100\n"
	annaGroup    = "Final-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n"
	bertGroup    = "Final-Recipient: rfc822; bert@example.com\nAction: delayed\nStatus: 4.2.2\n"
	annaSays     = " | anna@example.com/ failed 5.1.1 550 no"
	bertSays     = " | bert@example.com/ delayed 4.2.2 "
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, status, want string
		problems           []dsn.Problem
	}{
		{"regular", messageGroup + "\n" + annaGroup + "\n" + bertGroup, "mx.example.org" + annaSays + bertSays, nil},
		{"many empty lines", "\n\n" + messageGroup + "\n\n\n" + annaGroup + "\n\n\n" + bertGroup + "\n\n", "mx.example.org" + annaSays + bertSays, nil},
		{"no empty line after the message", messageGroup + annaGroup + "\n" + bertGroup, "mx.example.org" + annaSays + bertSays, []dsn.Problem{dsn.GroupsNotSeparated}},
		{"no empty line anywhere", messageGroup + annaGroup + bertGroup, "mx.example.org" + annaSays + bertSays, []dsn.Problem{dsn.GroupsNotSeparated}},
		{"no per-message group", annaGroup + "\n" + bertGroup, annaSays + bertSays, []dsn.Problem{dsn.MessageGroupMissing}},
		{"message group last", annaGroup + "\n" + messageGroup, "mx.example.org" + annaSays, nil},
		{"no recipients", messageGroup, "mx.example.org", []dsn.Problem{dsn.RecipientsMissing}},
		{"Action first", messageGroup + "\nAction: failed\nFinal-Recipient: rfc822;anna@example.com\nStatus: 5.0.0\nAction: failed\nFinal-Recipient: rfc822;bert@example.com\nStatus: 5.0.0\n",
			"mx.example.org | anna@example.com/ failed 5.0.0  | bert@example.com/ failed 5.0.0 ", []dsn.Problem{dsn.GroupsNotSeparated}},
		{"torn group", messageGroup + "\nFinal-Recipient: rfc822; anna@example.com\n\nAction: failed\nStatus: 5.1.1\n\nDiagnostic-Code: smtp; 550 no\n",
			"mx.example.org" + annaSays, []dsn.Problem{dsn.GroupTorn}},
		{"original only", messageGroup + "\nOriginal-Recipient: rfc822;<a+2Bb@example.com>\nAction: failed\nStatus: 5.1.1\n",
			"mx.example.org | /a+b@example.com failed 5.1.1 ", []dsn.Problem{dsn.FinalRecipientMissing}},
		{"xtext left over as a whole", messageGroup + "\nOriginal-Recipient: rfc822;a+40example.com\nFinal-Recipient: rfc822;a@example.com\nAction: failed\nStatus: 5.1.1\n",
			"mx.example.org | a@example.com/a@example.com failed 5.1.1 ", nil},
		{"unreadable values", messageGroup + "\nFinal-Recipient: rfc822; anna@example.com\nAction: eaten\nStatus: none\n",
			"mx.example.org | anna@example.com/   ", []dsn.Problem{dsn.ActionUnreadable, dsn.StatusUnreadable}},
		{"contradiction", messageGroup + "\nFinal-Recipient: rfc822; anna@example.com\nAction: delivered\nStatus: 5.0.0\n",
			"mx.example.org | anna@example.com/ delivered 5.0.0 ", []dsn.Problem{dsn.ActionContradictsClass}},
		{"folded diagnostic", messageGroup + "\nFinal-Recipient: rfc822; anna@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550-5.1.1 no\n\t550 5.1.1 more\n",
			"mx.example.org | anna@example.com/ failed 5.1.1 550-5.1.1 no 550 5.1.1 more", nil},
		{"nothing", "hello\n", "", []dsn.Problem{dsn.MessageGroupMissing, dsn.RecipientsMissing}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := dsn.Parse(mailpart.ParseBlocks([]byte(test.status)))
			if got := outline(report); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if diff := cmp.Diff(test.problems, report.Problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	report := dsn.Parse(mailpart.ParseBlocks([]byte("X-Queue-ID: 1\n" + messageGroup + "\nX-Name: Anna\n" + annaGroup + "X-Last: 2\n")))
	if got := report.Get("x-queue-id"); got != "1" {
		t.Errorf("per message: %q", got)
	}
	if got := report.Recipients[0].Get("X-NAME") + report.Recipients[0].Get("X-Last") + report.Recipients[0].Get("X-None"); got != "Anna2" {
		t.Errorf("per recipient: %q", got)
	}
}

func TestRead(t *testing.T) {
	const head = "Subject: x\nContent-Type: multipart/report; boundary=b\n\n--b\n\nhello\n--b\n"
	status := messageGroup + "\n" + annaGroup
	for _, test := range []struct{ name, mail, want string }{
		{"standard", head + "Content-Type: message/delivery-status\n\n" + status + "--b--\n", "mx.example.org" + annaSays},
		{"global", head + "Content-Type: message/global-delivery-status\nContent-Transfer-Encoding: quoted-printable\n\n" + status + "--b--\n", "mx.example.org" + annaSays},
		{"two statuses", head + "Content-Type: message/delivery-status\n\n" + status + "--b\nContent-Type: message/delivery-status\n\n" + bertGroup + "--b--\n", "mx.example.org" + annaSays + bertSays},
		{"as text", head + "Content-Type: text/plain\n\n" + status + "--b--\n", "mx.example.org" + annaSays},
		{"as an attachment", head + "Content-Type: application/octet-stream; name=details.txt\n\n" + status + "--b--\n", "mx.example.org" + annaSays},
		{"as a message", head + "Content-Type: message/rfc822\n\n" + status + "--b--\n", "mx.example.org" + annaSays},
		{"in the midst of a text", "Subject: x\n\nYour mail failed.\n\n" + status + "\nFrom: a@example.org\nSubject: y\n\nFinal-Recipient: rfc822; no@example.com\nAction: failed\n", "mx.example.org" + annaSays},
		{"Action above Final-Recipient in a text", "Subject: x\n\nFailed.\n\nAction: failed\nFinal-Recipient: rfc822;anna@example.com\nStatus: 5.0.0\n", " | anna@example.com/ failed 5.0.0 "},
		{"none", "Subject: x\n\nhello\n", "none"},
		{"quoted in a mail between people", "Subject: x\n\n> Final-Recipient: rfc822; a@example.com\n> Action: failed\n", "none"},
		{"a field named in prose", "Subject: x\n\nFinal-Recipient: is the field that names the recipient\n", "none"},
		{"in a returned message", head + "Content-Type: message/rfc822\n\nSubject: y\nContent-Type: message/delivery-status\n\n" + status + "--b--\n", "none"},
		{"in a message returned as text", "Subject: failure notice\n\nSorry.\n\n--- Below is a copy.\n\nReturn-Path: <>\nReceived: by x\nSubject: y\n\n" + status, "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := "none"
			if report, ok := dsn.Read(mailpart.Parse([]byte(test.mail), mailpart.Limits{})); ok {
				got = outline(report)
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestReadEnclosed(t *testing.T) {
	status := messageGroup + "\n" + annaGroup
	for _, test := range []struct{ name, mail, want string }{
		{"forwarded as an attachment", "Subject: FW\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nsee\n--o\nContent-Type: message/rfc822\n\n" +
			"Subject: failed\nContent-Type: multipart/report; boundary=i\n\n--i\nContent-Type: message/delivery-status\n\n" + status + "--i--\n--o--\n", "mx.example.org" + annaSays},
		{"wrapped up as text", "Subject: failed\n\nReceived: by x\nContent-Type: multipart/report; boundary=i\n\n--i\nContent-Type: message/delivery-status\n\n" + status + "\n--i--\n", "mx.example.org" + annaSays},
		{"none", "Subject: x\nContent-Type: message/rfc822\n\nSubject: y\n\nhello\n", "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := mailpart.Parse([]byte(test.mail), mailpart.Limits{})
			if _, ok := dsn.Read(root); ok {
				t.Error("Read took it for the mail's own")
			}
			got := "none"
			if report, ok := dsn.ReadEnclosed(root); ok {
				got = outline(report)
			}
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestShortenedAddresses(t *testing.T) {
	for address, want := range map[string]bool{"joh...@example.com": true, "john@exam...": true, "jo…@example.com": true, "jo..hn@example.com": false, "john.@example.com": false} {
		a, _ := dsn.ParseAddress("rfc822;" + address)
		if a.IsShortened() != want || a.IsMail() == want {
			t.Errorf("%q: shortened %t, mail %t", address, a.IsShortened(), a.IsMail())
		}
	}
}

func TestReadFindsTextAndReturnedMessage(t *testing.T) {
	mail := "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: message/delivery-status\n\n" +
		messageGroup + "\n" + annaGroup + "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1@example.org>\n\n--b--\n"
	report, ok := dsn.Read(mailpart.Parse([]byte(mail), mailpart.Limits{}))
	if !ok || report.Text == nil || report.Returned == nil {
		t.Fatal("not found")
	}
	if got := report.Text.Text() + report.Returned.Header.Get("Message-ID"); got != "hello<1@example.org>" {
		t.Errorf("got %q", got)
	}
}

func TestTenThousandRecipients(t *testing.T) {
	status := messageGroup + strings.Repeat("\n"+annaGroup, 10_000)
	if got := len(dsn.Parse(mailpart.ParseBlocks([]byte(status))).Recipients); got != 10_000 {
		t.Errorf("read %d recipients", got)
	}
}

func TestRecipientsAreBounded(t *testing.T) {
	for name, status := range map[string]string{
		"in groups": strings.Repeat("Final-Recipient: rfc822;a@example.com\n\n", 100_010),
		"in one":    strings.Repeat("Action: failed\n", 100_010),
	} {
		report := dsn.Parse(mailpart.ParseBlocks([]byte(status)))
		if len(report.Recipients) != 100_000 || !slices.Contains(report.Problems, dsn.TooManyRecipients) {
			t.Errorf("%s: %d recipients, problems %v", name, len(report.Recipients), report.Problems)
		}
	}
}

func TestXtext(t *testing.T) {
	for _, test := range []struct{ plain, encoded string }{
		{"a@example.com", "a@example.com"},
		{"a+b=c@example.com", "a+2Bb+3Dc@example.com"},
		{"a b\x01", "a+20b+01"},
	} {
		if got := dsn.EncodeXtext(test.plain); got != test.encoded {
			t.Errorf("EncodeXtext(%q) = %q", test.plain, got)
		}
		if got, err := dsn.DecodeXtext(test.encoded); got != test.plain || err != nil {
			t.Errorf("DecodeXtext(%q) = %q, %v", test.encoded, got, err)
		}
	}
	for _, bad := range []string{"a+", "a+2", "a+zz", "a+2b"} {
		if got, err := dsn.DecodeXtext(bad); err == nil || got != bad {
			t.Errorf("DecodeXtext(%q) = %q, %v", bad, got, err)
		}
	}
}

func TestOrcpt(t *testing.T) {
	for _, a := range []dsn.Address{{"rfc822", "a+b@example.com"}, {"utf-8", "用户+x@example.com"}, {"x400", "/C=de/S=a b/"}} {
		got, err := dsn.ParseOrcpt(a.Orcpt())
		if got != a || err != nil {
			t.Errorf("%q: ORCPT=%s became %q, %v", a, a.Orcpt(), got, err)
		}
	}
	if _, err := dsn.ParseOrcpt("a@example.com"); err == nil {
		t.Error("an ORCPT without type was accepted")
	}
}

package smtpcode

import (
	"slices"
	"testing"
)

// want is "code status" as text, either may be missing; rest is what must follow at End, up to its length.
var findCases = []struct{ text, code, status, rest string }{
	{"550 5.1.1 The email account does not exist", "550", "5.1.1", " The"},
	{"550-5.1.1 The email account", "550", "5.1.1", " The"},
	{"550", "550", "", ""},
	{"5.1.1", "", "5.1.1", ""},
	{"(#5.1.1)", "", "5.1.1", ""},
	{"550 User unknown", "550", "", " User"},
	{"550-User unknown", "550", "", "User"},
	{"550- User unknown", "550", "", " User"},
	{"5.1.1The email account", "", "5.1.1", "The"},
	{"5.1.1the email account", "", "5.1.1", "the"},
	{"550User unknown", "550", "", "User"},
	{"550user unknown", "550", "", "user"},
	{"550_5.1.1_User_unknown", "550", "5.1.1", "_User"},
	{"550_User_unknown", "550", "", "_User"},
	{"[550] mailbox gone", "550", "", " mailbox"},
	{"<5.2.2> quota", "", "5.2.2", " quota"},
	{"550 #5.1.0 Address rejected", "550", "5.1.0", " Address"},
	{"550 (#5.1.0) Address rejected", "550", "5.1.0", " Address"},
	{"550 <5.2.2> quota", "550", "5.2.2", " quota"},
	{"[550] [5.2.2] quota", "550", "5.2.2", " quota"},
	{"550 (5.1.1): gone", "550", "5.1.1", ": gone"},
	{"<a@b.example> 550 5.1.1 x", "550", "5.1.1", " x"},
	{"<a@b.example> 550 no such person", "550", "", " no"},
	{"a@b.example: 550 x", "550", "", " x"},
	{"a@b.example 550 no such person", "550", "", " no"},
	{"a@b.example: 5.1.1 gone", "", "5.1.1", " gone"},
	{"5505.1.1 gone", "550", "5.1.1", " gone"},
	{"smtp; 550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"smtp;550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"smtp; 550 gone", "550", "", " gone"},
	{"SMTP error code 550", "550", "", ""},
	{"SMTP error code is 550.", "550", "", "."},
	{"SMTP error 550 from remote", "550", "", " from"},
	{"status=5.1.1", "", "5.1.1", ""},
	{"dsn=5.1.1, status=bounced (x)", "", "5.1.1", ", status"},
	{"dsn=4.3.2", "", "4.3.2", ""},
	{"relay=mx.example[192.0.2.1]:25, delay=5.4, dsn=5.2.2, status=bounced", "", "5.2.2", ", status"},
	{"550:5.1.1 gone", "550", "5.1.1", " gone"},
	{"550: gone", "550", "", ": gone"},
	{"550 4.2.2 full", "550", "4.2.2", " full"},
	{"452 5.2.2 full", "452", "5.2.2", " full"},
	{"host mx.example[192.0.2.5] said: 550 5.1.1 gone (in reply to RCPT TO command)", "550", "5.1.1", " gone"},
	{"host mx.example[192.0.2.5] said: 550 gone", "550", "", " gone"},
	{"DATA:554 no", "554", "", " no"}, // the stage stands before the reply
	{"DOT:519 no", "519", "", " no"},
	{"host mx.example[192.0.2.5] said: 550-192.0.2.5 is listed", "550", "", "192"},
	{"host mx.example[192.0.2.5] refused to talk to me: 421 too busy", "421", "", " too"},
	{"mx.example [192.0.2.5]: 550 gone", "550", "", " gone"},
	{"the server replied 451 come back", "451", "", " come"},
	{"a 550 error came back", "550", "", " error"},
	{"it got a 421 response", "421", "", " response"},
	{"\"550 gone\"", "550", "", " gone"},
	{"C=\"250 OK id=1abcde-000abc-Xy\"", "250", "", " OK"},
	{"status=sent (250 2.0.0 Ok: queued as ABCDEF)", "250", "2.0.0", " Ok"},
	{"status=sent (250 ok 1634 qp 55)", "250", "", " ok"},
	{"250 2.1.5 ok", "250", "2.1.5", " ok"},
	{"220 mx.example ESMTP", "220", "", " mx"},
	{"354 go ahead", "354", "", " go"},
	{"<<< 550 gone", "550", "", " gone"},
	{">>> RCPT TO:<a@b.example>\r\n<<< 553 sorry", "553", "", " sorry"},
	{"talking to mx.example:\n550 gone", "550", "", " gone"},
	{"talking to mx.example\r550 gone", "550", "", " gone"},
	{"a line\\r\\n550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"Delivery failed. 550 Mailbox gone", "550", "", " Mailbox"},
	{"Delivery failed - 550 Mailbox gone", "550", "", " Mailbox"},
	{"last transfail: 452 out of storage", "452", "", " out"},
	{"<421 4.4.2 dropped>", "421", "4.4.2", " dropped"},
	{"554 5.4.7 [internal] (last transfail: 452 4.2.2 full)", "554", "5.4.7", " [internal]"},
	{"550 550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"550 5.1.1 5.1.1 gone", "550", "5.1.1", " gone"},
	{"5.1.1 550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"5.1.1 550 gone", "550", "5.1.1", " gone"},
	{"451 4.7.500-699 (AS1) busy", "451", "4.7.500", " (AS1)"},
	{"550 5.7.515 access denied", "550", "5.7.515", " access"},
	{"550 5.1.10 RESOLVER.ADR.RecipientNotFound", "550", "5.1.10", " RES"},
	{"554 5.9.300 odd", "554", "5.9.300", " odd"},
	{"recipient rejected 5.1.1 here", "", "5.1.1", " here"},
	{"Remote said 4.3.2", "", "4.3.2", ""},
	{"error: 5.10.77 odd", "", "5.10.77", " odd"},
	{"571 go away", "571", "", " go"},
	{"550 5.1.1.", "550", "5.1.1", "."},
	{"550 5.1.1: gone", "550", "5.1.1", ": gone"},
	{"550 192.0.2.5 is listed", "550", "", " 192"},
	{"550 5.1.1.1 is listed", "550", "", " 5.1"},
	{"Fehlercode 550", "550", "", ""},
	{"错误代码：550 用户不存在", "550", "", " "},
	{"550用户不存在", "550", "", "用"},
	{"552 Message size exceeds limit", "552", "", " Message"},
	{"452 Too many recipients", "452", "", " Too"},
	{"421 connections from you are refused", "421", "", " conn"},
	{"error #550", "550", "", ""},
	{"code=550", "550", "", ""},
	{"smtp_code:550 gone", "550", "", " gone"},
	{"Postfix 550 5.1.1 gone", "550", "5.1.1", " gone"},
	{"The server said - 5.7.1 denied", "", "5.7.1", " denied"},
	{"  550 5.7.1 denied", "550", "5.7.1", " denied"},
	{"#550 5.7.1 denied", "550", "5.7.1", " denied"},
	{"'550 5.7.1 denied'", "550", "5.7.1", " denied"},
	{"550/5.7.1 denied", "550", "5.7.1", " denied"},
	{"550 - 5.7.1 denied", "550", "5.7.1", " denied"},
	{"550-5.7.1  [192.0.2.5] denied", "550", "5.7.1", "  ["},
	{"550\r\n 5.7.1 denied", "550", "5.7.1", " denied"},
	{"450 4.7.1 <a@b.example>: try later", "450", "4.7.1", " <a@"},
	{"did not like our RCPT TO:550 5.1.1 <a@b.example>", "550", "5.1.1", " <a@"},
	{"ERROR_CODE :550, gone", "550", "", ", gone"},
	{"ResponseCode 421, gone", "421", "", ", gone"},
	{"unknown user: john 554 <john@b.example>... Service unavailable", "554", "", " <john"},
	{"550-2 of your messages were refused", "550", "", "2 of"},
	{"(a@b.example:550 no such person)", "550", "", " no"},
	{"<a@b.example>:550 no such person", "550", "", " no"},
	{"user unknown (550)", "550", "", ""},
}

func TestFind(t *testing.T) {
	for _, c := range findCases {
		f := Find(c.text)
		if f.Code.String() != c.code || f.Status.String() != c.status {
			t.Errorf("Find(%q) = %s %s, want %s %s", c.text, f.Code, f.Status, c.code, c.status)
			continue
		}
		if rest := c.text[f.End:]; len(rest) < len(c.rest) || rest[:len(c.rest)] != c.rest {
			t.Errorf("Find(%q) ends before %q, want %q", c.text, rest, c.rest)
		}
	}
}

func TestFindNothing(t *testing.T) {
	for _, text := range []string{
		"", " ", "no codes here", "RFC 5321", "see RFC 5321 section 4.2.1", "RFC5321", "section 4.1.1", "§ RFC 3463 3.2",
		"192.0.2.5", "5.1.1.1", "[5.1.1.1]", "client 10.5.1.1 refused", "host 203.0.113.5", "blocked 4.2.2.2", "mx [203.0.113.55]",
		"at 12:50:22", "on 22.5.2026 at 12:50", "2026-05-22", "in 2026", "10:450 late", "mx.example:25", "mx.example:587 timed out", "port 465",
		"Postfix 2.5.1", "Postfix-2.5.1", "Sendmail 8.13.1/8.13.1", "Exim 4.92.3", "version 4.7.2", "version: 5.7.2", "v5.7.2", "(Postfix 4.5.1)",
		"PHPMailer 5.2.22", "NT 5.2.1", "Postfix (4.5.1)", "foo-4.7.2", "foo/4.7.2", "foo_v4.7.2", "4.7.2-rc1 of it", "is 4.7.2rc1", "is 5.2.1b",
		"limit of 500 messages", "552 bytes", "max 500 messages", "limit: 500", "size: 450", "recipients (500) exceeded", "maximum (450)",
		"limit is 500", "500MB", "500kb", "more than 500 recipients", "about 450 lines", "only 250 messages a day", "uses 540%", "line: 450",
		"sent with 500 messages", "returned 500 results of", "error: 500 messages", "x (500 recipients)", "failed. 500 messages were",
		"call 555-1234", "550-554 are codes", "500-550 messages", "(450-1234)", "+1 555-555-1234", "(555) 555-1234", "tel 555 555 1234",
		"<20260522.450.55@mx.example>", "<5.1.1@mx.example>", "Message-ID 450ABC12", "450ABCDEF: from=<a@b.example>", "queued as 450A12BC",
		"mx550.example", "550.mx.example", "5.1.1.example.com", "mx-550.example.com", "a550@b.example", "550@b.example", "550abc@b.example",
		"user.550@b.example", "550mail.example.com", "http://b.example/550", "https://b.example/x/5.1.1", "https://b.example/e.html#550",
		"postfix/smtpd[500]: connect", "sendmail[450]", "pid=500", "size=550", "uid=450", "nrcpt=300", "delay=450", "$450", "#12 450",
		"score > 500", "score < 500", "2001:db8::450", "2001:db8:5:550:1::", "5.1", "5.1.", "5.1.1000", "51.1.1", "1.5.1.1", "6.1.1", "3.1.1",
		"5..1", "550.5", "550,000", "1,550", "600 x", "199 x", "55 x", "5555 x", "55555", "0550", "in words 2.1.5 ok",
		"grew to 2.5.1", "is 5.10.1 now", "[#4.16.4:70]", "are 500 <b>bold</b>", "2001:db8:550:5::", "is 5.01.1 now", "5.1.1%", "a 300 page", "x 250 ok", "x 250 5.1.1.2", "http/1.1 503 gone", "0.0.5.1.1",
	} {
		if f := Find(text); !f.IsZero() {
			t.Errorf("Find(%q) = %q (%s %s), want nothing", text, text[f.Start:f.End], f.Code, f.Status)
		}
	}
}

func TestAll(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // code, status, and the bytes of each place
	}{
		{"421-4.7.0 unusual rate of 421-4.7.0 unsolicited mail 421 4.7.0 x", []string{"421 4.7.0 421-4.7.0", "421 4.7.0 421-4.7.0", "421 4.7.0 421 4.7.0"}},
		{"550-one 550-two 550 three", []string{"550  550-", "550  550-", "550  550"}},
		{"550-one\r\n550-two\r\n550 three", []string{"550  550-", "550  550-", "550  550"}},
		{"550 gone (#5.1.1)", []string{"550  550", " 5.1.1 (#5.1.1)"}},
		{"[550] gone [5.1.1] <5.2.2>", []string{"550  [550]", " 5.1.1 [5.1.1]", " 5.2.2 <5.2.2>"}},
		{"550 limit of 550 messages", []string{"550  550"}},
		{"554 5.4.7 x (last transfail: 452 4.2.2 y)", []string{"554 5.4.7 554 5.4.7", "452 4.2.2 452 4.2.2"}},
		{"550-5.1.1 joined550 5.1.1 without", []string{"550 5.1.1 550-5.1.1", "550 5.1.1 550 5.1.1"}},
		{"nothing 192.0.2.5", nil},
	} {
		var got []string
		for f := range All(c.text) {
			got = append(got, f.Code.String()+" "+f.Status.String()+" "+c.text[f.Start:f.End])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("All(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAllStopsWhenAsked(t *testing.T) {
	n := 0
	for range All("550 a\n551 b\n552 c") {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d places", n)
	}
}

func TestNoAllocation(t *testing.T) {
	texts, sum := benchTexts(64), 0
	if n := testing.AllocsPerRun(10, func() {
		for _, text := range texts {
			sum += Find(text).End
			for f := range All(text) {
				sum += f.End
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

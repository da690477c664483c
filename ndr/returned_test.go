package ndr

import (
	"strings"
	"testing"
)

func TestReportEndsWhereTheReturnedMessageBegins(t *testing.T) {
	const header = "Received: from a by b\nSubject: x\nMessage-ID: <1@a.example>\n\nbody\n"
	for _, announcement := range []string{
		"--- Below this line is a copy of the message.\n\n",
		"------ This is a copy of the message, including all the headers. ------\n\n",
		"------ This is a copy of the message's headers. ------\n\n",
		"   ----- Original message follows -----\n\n",
		"   ----- Unsent message follows -----\n",
		"|------------------------- Message text follows: ------------------------|\n",
		"--- The header of the original message is following. ---\n\n",
		"Original message headers:\n\n",
		"Message headers follow.\n\n",
		"    Below is a copy of the original message:\n\n",
		"\n",     // the header alone
		"\n> ",   // quoted
		"\n    ", // indented
		"-----Ursprüngliche Nachricht-----\n",
	} {
		lead := strings.TrimLeft(announcement, "\n")
		quoted := header
		if lead == "> " || lead == "    " {
			announcement = "\n"
			quoted = lead + strings.ReplaceAll(strings.TrimSuffix(header, "\n"), "\n", "\n"+lead) + "\n"
		}
		report, rest := cutReturned("550 no such user\n" + announcement + quoted)
		if strings.TrimSpace(report) != "550 no such user" {
			t.Errorf("%q: the report is %q", announcement, report)
		}
		if got := parseReturned(rest).Get("Message-ID"); got != "<1@a.example>" {
			t.Errorf("%q: Message-ID %q in %q", announcement+quoted, got, rest)
		}
	}
}

func TestReportIsNotCutEarly(t *testing.T) {
	for _, text := range []string{
		"   ----- The following addresses had permanent fatal errors -----\n<a@b.example>\n",
		"   ----- Transcript of session follows -----\n550 x\n",
		"Your message\n  To: a@b.example\n  Subject: x\ndid not reach\n",
		"The original message was received at Mon\nfrom a\n",
		"The message identifier is: 1\nThe subject of the message is: x\n",
		"|--- Failed addresses follow: ---|\n a@b.example\n",
		"This message was received from a\n",
		"Received your mail.\nThanks\n",
	} {
		if report, rest := cutReturned(text); rest != "" {
			t.Errorf("cut behind %q", report)
		}
	}
}

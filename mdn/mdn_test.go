package mdn_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/mdn"
)

const receipt = "From: anna@example.com\nTo: sender@example.net\nSubject: Read: hello\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n" +
	"--b\n\nYour mail was shown.\n--b\nContent-Type: message/disposition-notification\n\n" +
	"Reporting-UA: mua.example.com; Example Mail 1.0\nOriginal-Recipient: rfc822;anna@example.com\nFinal-Recipient: rfc822; <anna@example.com>\n" +
	"Original-Message-ID: <7@example.net>\nDisposition: manual-action/MDN-sent-automatically; displayed\n\n--b--\n"

func classify(mail string) mdn.Reply {
	return mdn.Classify(mailpart.Parse([]byte(mail), mailpart.Limits{}))
}

func TestParseDisposition(t *testing.T) {
	for _, test := range []struct {
		fields string
		want   mdn.Notification
	}{
		{"Disposition: manual-action/MDN-sent-manually; displayed", mdn.Notification{ActionMode: mdn.Manual, SendingMode: mdn.Manual, Type: mdn.Displayed}},
		{"Disposition: automatic-action/MDN-sent-automatically; deleted/error\nError: no room", mdn.Notification{ActionMode: mdn.Automatic, SendingMode: mdn.Automatic, Type: mdn.Deleted, Modifiers: []string{"error"}, Errors: []string{"no room"}}},
		{"Disposition: Automatic-Action / MDN-Sent-Manually ; PROCESSED / warning, x-more", mdn.Notification{ActionMode: mdn.Automatic, SendingMode: mdn.Manual, Type: mdn.Processed, Modifiers: []string{"warning", "x-more"}}},
		{"Disposition: dispatched", mdn.Notification{Type: mdn.Dispatched}},
		{"Disposition: manual-action/MDN-sent-manually; denied", mdn.Notification{ActionMode: mdn.Manual, SendingMode: mdn.Manual, Type: mdn.Denied}},
		{"Final-Recipient: rfc822;a@example.com\nOriginal-Recipient: a@example.org\nX-More: yes", mdn.Notification{FinalRecipient: "a@example.com", OriginalRecipient: "a@example.org", Other: []mdn.Field{{"X-More", "yes"}}}},
		{"MDN-Gateway: smtp; gw.example.com\nFailure: a\nWarning: b", mdn.Notification{Gateway: "smtp; gw.example.com", Errors: []string{"a", "b"}}},
		{"", mdn.Notification{}},
	} {
		got := mdn.Parse(mailpart.ParseBlocks([]byte(test.fields)))
		if diff := cmp.Diff(test.want, *got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.fields, diff)
		}
	}
}

func TestReadReceipt(t *testing.T) {
	r := classify(receipt)
	if r.Kind != mdn.Disposition || r.InReplyTo != "<7@example.net>" || r.From != "anna@example.com" {
		t.Fatalf("classified %v, %q from %q", r.Kind, r.InReplyTo, r.From)
	}
	n := r.Notification
	if n.FinalRecipient != "anna@example.com" || n.Type != mdn.Displayed || n.Text == nil || n.Refused {
		t.Errorf("read %+v", n)
	}
}

func TestSieveRejectIsRefused(t *testing.T) {
	mail := strings.NewReplacer("manual-action", "automatic-action", "displayed", "deleted", "Your mail was shown", "Your message was automatically rejected: mailbox over quota").Replace(receipt)
	if n := classify(mail).Notification; n == nil || !n.Refused {
		t.Error("not refused")
	}
}

// mail makes a mail with a header, a subject and a text.
func mail(header, subject, text string) string {
	return "From: Anna Muster <anna@example.com>\nTo: news@example.net\nSubject: " + subject + "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" + header + "\n" + text + "\n"
}

const null = "Return-Path: <>\n"

func TestAutoReplies(t *testing.T) {
	for _, test := range []struct{ name, header, subject, text string }{
		{"RFC 3834", "Auto-Submitted: auto-replied\n", "Re: news", "I read mail on Fridays."},
		{"RFC 3834 with a comment", "Auto-Submitted: auto-replied (vacation)\n", "Re: news", "bye"},
		{"X-Autoreply", "X-Autoreply: yes\n", "Re: news", "bye"},
		{"Precedence", "Precedence: auto_reply\n", "Re: news", "bye"},
		{"Exchange rule", "X-MS-Exchange-Inbox-Rules-Loop: anna@example.com\n", "Re: news", "bye"},
		{"FirstClass", "X-FC-MachineGenerated: true\n", "Re: news", "bye"},
		{"en, Exchange", "X-Auto-Response-Suppress: All\n", "Automatic reply: news", "back on Monday"},
		{"en, old Exchange", null, "Out of Office AutoReply: news", "back on Monday"},
		{"en, Notes", "", "Anna Muster is out of the office.", "I will return on 12 May."},
		{"en, only words", null, "Re: news", "I am out of the office until Monday."},
		{"en, acknowledgement", null + "Precedence: bulk\n", "Your request", "Thank you for contacting us. We will get back to you soon."},
		{"en, ticket", "Auto-Submitted: auto-generated\n", "[#1234] Ticket received: news", "We have received your request."},
		{"en, left", null, "Re: news", "Anna has left the company. Please write to bert@example.com."},
		{"de, Exchange", "", "Automatische Antwort: news", "Ab Montag wieder da."},
		{"de, Notes", "", "Abwesenheitsnotiz: bis 12.5.", "Ich lese mit."},
		{"de, only words", null, "Re: news", "Ich bin bis 12. Mai im Urlaub."},
		{"fr, Exchange", "", "Réponse automatique : news", "De retour lundi."},
		{"fr, words", "Precedence: bulk\n", "Re: news", "Je suis absente du bureau jusqu'au 12 mai."},
		{"es", "", "Respuesta automática: news", "Vuelvo el lunes."},
		{"es, words", null, "Re: news", "Estaré ausente hasta el 12 de mayo."},
		{"pt", "", "Resposta automática: news", "Volto segunda."},
		{"pt, words", null, "Re: news", "Estou de férias até 12 de maio."},
		{"it", "", "Risposta automatica: news", "Torno lunedì."},
		{"it, words", null, "R: news", "Sarò assente fino al 12 maggio."},
		{"nl", "", "Automatisch antwoord: news", "Maandag terug."},
		{"nl, words", null, "Re: news", "Ik ben met vakantie tot 12 mei."},
		{"ja", "", "自動応答: news", "月曜日に戻ります。"},
		{"ja, words", null, "Re: news", "申し訳ございませんが、5月12日まで休暇をいただいております。"},
		{"zh, Outlook", "", "自动答复: news", "周一回来。"},
		{"zh, QQ", "", "自动回复:news", "您好"},
		{"zh, Taiwan", "", "自動回覆： news", "週一回來。"},
		{"pl", "", "Odpowiedź automatyczna: news", "Wracam w poniedziałek."},
		{"pl, words", null, "Odp: news", "Jestem na urlopie do 12 maja."},
		{"ru", "", "Автоматический ответ: news", "Вернусь в понедельник."},
		{"ru, words", null, "Re: news", "Я нахожусь в отпуске до 12 мая."},
		{"sv", "", "Autosvar: news", "Åter måndag."},
		{"sv, words", null, "Re: news", "Jag är på semester till 12 maj."},
		{"da", "", "Automatisk svar: news", "Mandag"},
		{"fi", "", "Automaattinen vastaus: news", "maanantaina"},
		{"cs", "", "Automatická odpověď: news", "pondělí"},
		{"tr", "", "Otomatik Yanıt: news", "pazartesi"},
		{"ko", "", "자동 회신: news", "월요일"},
		{"encoded subject", "", "=?iso-8859-1?Q?R=E9ponse_automatique_:_news?=", "lundi"},
		{"AOL", "", "Re: news (Automatic Response)", "away"},
		{"Notes", "", "AUTO: Anna Muster is out of the office (returning 05/12/2025)", "bye"},
		{"no field, but an answer under a new subject", "In-Reply-To: <1@example.net>\n", "Away from my mail until May 12", "I will be away until May 12."},
		{"through a list, but saying so", "Auto-Submitted: auto-replied\nList-Id: <news.example.net>\n", "Re: news", "bye"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := classify(mail(test.header, test.subject, test.text)); r.Kind != mdn.AutoReply {
				t.Errorf("classified %q, signs %v", r.Kind, r.Signs)
			}
		})
	}
}

func TestChallenges(t *testing.T) {
	for _, test := range []struct{ name, header, subject, text string }{
		{"TMDA", "X-Delivery-Agent: TMDA/1.1.12\n", "Please confirm your message", "The message below is held since your address is not known yet."},
		{"sender of a system", "Return-Path: <noreply@boxbe.com>\n", "Re: news (Action Required)", "You are not on the guest list."},
		{"name in the text", "Precedence: bulk\n", "Re: news (verification required)", "I use Spam Arrest. Click here to verify yourself, then your mail will be delivered."},
		{"unknown system", null, "Re: news", "Your message is being held. To have it delivered, please reply to this message and confirm that you are a person."},
		{"unknown system, subject asks", "", "Please confirm your message to Anna", "Your e-mail awaits. It will be delivered once you click the link below."},
		{"fr", null, "Re: news", "Votre message est en attente. Cliquez sur ce lien pour vous authentifier."},
		{"es", null, "Re: news", "Su mensaje ha sido retenido. Haga clic en este enlace."},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := classify(mail(test.header, test.subject, test.text)); r.Kind != mdn.Challenge {
				t.Errorf("classified %q, signs %v", r.Kind, r.Signs)
			}
		})
	}
}

func TestUnsubscribe(t *testing.T) {
	for _, test := range []struct{ header, subject, text string }{
		{"", "unsubscribe", ""},
		{"", "Re: Unsubscribe", "please"},
		{"", "UNSUBSCRIBE.", ""},
		{"", "unsubscribe anna@example.com", ""},
		{"", "unsubscribe:u-42-abc", ""},
		{"", "Abmelden", "danke"},
		{"", "désinscription", ""},
		{"", "Darse de baja", ""},
		{"", "退订", ""},
		{"", "Re: news", "unsubscribe"},
		{"", "", "Remove me!"},
	} {
		if r := classify(mail(test.header, test.subject, test.text)); r.Kind != mdn.Unsubscribe {
			t.Errorf("%q, %q: classified %q, signs %v", test.subject, test.text, r.Kind, r.Signs)
		}
	}
}

func TestNoneOfThese(t *testing.T) {
	for _, test := range []struct{ name, header, subject, text string }{
		{"a person", "", "lunch?", "Are you on vacation next week, or in the office?"},
		{"a person who will be away", "In-Reply-To: <1@example.net>\n", "Re: plans", "I will be away next week, so let us talk today."},
		{"a reply to an automatic reply", "", "Re: Automatic reply: news", "Now I am back."},
		{"a forwarded automatic reply", "", "FW: Automatic reply: news", "see below"},
		{"a person who tells everybody", "", "Away from Monday to Friday", "I will be away next week, in my absence ask Bert."},
		{"planning", "", "Out of office planning for July", "Please fill in the sheet."},
		{"a list about automation", "List-Id: <dev.example.org>\nPrecedence: list\n", "[dev] automatic reply detection", "I am out of the office is a phrase to look for."},
		{"a list by its old name", "Precedence: bulk\nList-Post: <mailto:l@example.org>\n", "holidays", "I am on vacation next week."},
		{"a newsletter", "Precedence: bulk\nList-Unsubscribe: <mailto:u@example.org>\n", "Thank you for your order", "We have received your payment."},
		{"double opt-in", "Auto-Submitted: auto-generated\n", "Please confirm your subscription", "Click here to confirm your subscription. Mail will be delivered once you do."},
		{"monitoring", "Auto-Submitted: auto-generated\n", "disk full on db1", "95 % used"},
		{"about unsubscribing", "", "unsubscribe does not work", "I tried."},
		{"unsubscribe on a list", "List-Id: <l.example.org>\n", "unsubscribe", ""},
		{"Auto-Submitted: no", "Auto-Submitted: no\n", "hello", "hello"},
		{"X-Autoreply: no", "X-Autoreply: no\n", "hello", "hello"},

		{"bounce by subject", "Auto-Submitted: auto-replied\n" + null, "Undelivered Mail Returned to Sender", "sorry"},
		{"bounce by field", "Auto-Submitted: auto-replied\nX-Failed-Recipients: a@example.org\n", "news", "sorry"},
		{"bounce by comment", "Auto-Submitted: auto-replied (rejected)\n", "Re: news", "I do not want it"},
		{"bounce by words", "Auto-Submitted: auto-replied\n" + null, "Problem with your mail", "Your message could not be delivered to bert@example.org."},
		{"bounce by reply code", "Auto-Submitted: auto-replied\n" + null, "Re: news", "mx.example.org said: 550 5.1.1 bert is not here"},
		{"bounce, de", "Auto-Submitted: auto-replied\n" + null, "Ihre Nachricht", "Ihre Nachricht konnte nicht zugestellt werden."},
		{"bounce, ja", "Auto-Submitted: auto-replied\n" + null, "お知らせ", "メールを配信できませんでした。メールを配信できません。"},
		{"bounce, ru", "Auto-Submitted: auto-replied\n" + null, "Сообщение", "Письмо не может быть доставлено."},
		{"null sender and nothing else", null, "news", "hello"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := classify(mail(test.header, test.subject, test.text)); r.Kind != mdn.None {
				t.Errorf("classified %q, signs %v", r.Kind, r.Signs)
			}
		})
	}
}

func TestBounceSendersAreNotAbsent(t *testing.T) {
	for _, from := range []string{"MAILER-DAEMON@example.com (Mail Delivery System)", "Mail Delivery Subsystem <x@example.com>", "<>", "postmaster@example.com"} {
		text := strings.Replace(mail("Auto-Submitted: auto-replied\n", "Re: news", "x"), "Anna Muster <anna@example.com>", from, 1)
		if r := classify(text); r.Kind != mdn.None {
			t.Errorf("%s: classified %q", from, r.Kind)
		}
	}
}

func TestBounceOfAChallengeSystemIsNoChallenge(t *testing.T) {
	text := strings.Replace(mail("", "Undelivered Mail", "x"), "Anna Muster <anna@example.com>", "MAILER-DAEMON@mx.spamarrest.com", 1)
	if r := classify(text); r.Kind != mdn.None {
		t.Errorf("classified %q", r.Kind)
	}
}

func TestDeliveryStatusIsNoAutoReply(t *testing.T) {
	text := "From: x@example.com\nAuto-Submitted: auto-replied\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nI am on vacation\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n--b--\n"
	if r := classify(text); r.Kind != mdn.None {
		t.Errorf("classified %q", r.Kind)
	}
}

func TestWhoReplied(t *testing.T) {
	r := classify(mail("Auto-Submitted: auto-replied\nReferences: <1@example.net> <2@example.net>\n", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "x"))
	got := []string{r.From, r.To, r.InReplyTo, r.Subject}
	if diff := cmp.Diff([]string{"anna@example.com", "news@example.net", "<2@example.net>", "Grüße"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func ExampleClassify() {
	r := mdn.Classify(mailpart.Parse([]byte("From: anna@example.com\nReturn-Path: <>\nSubject: Re: news\n\nI am on annual leave until May 12.\n"), mailpart.Limits{}))
	fmt.Println(r.Kind, r.From, r.Signs)
	// Output: auto-reply anna@example.com [null-sender absence]
}

func ExampleRead() {
	n, ok := mdn.Read(mailpart.Parse([]byte(receipt), mailpart.Limits{}))
	fmt.Println(ok, n.FinalRecipient, n.Type, n.OriginalMessageID)
	// Output: true anna@example.com displayed <7@example.net>
}

func FuzzClassify(f *testing.F) {
	f.Add([]byte(receipt))
	f.Add([]byte(mail(null, "Automatic reply: x", "I am out of the office")))
	f.Add([]byte(mail("X-Delivery-Agent: TMDA\n", "unsubscribe", "click the link below, waiting")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := mdn.Classify(mailpart.Parse(raw, mailpart.Limits{}))
		if (r.Kind == mdn.Disposition) != (r.Notification != nil) {
			t.Errorf("kind %v, notification %v", r.Kind, r.Notification)
		}
		if r.Kind != mdn.None && len(r.Signs) == 0 {
			t.Errorf("kind %v without a sign", r.Kind)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	for _, test := range []struct{ name, mail string }{
		{"bounce", mail(null, "Undelivered Mail Returned to Sender", strings.Repeat("sorry, sorry\n", 100))},
		{"auto-reply", mail("Auto-Submitted: auto-replied\n", "Re: news", strings.Repeat("I am away\n", 100))},
		{"by words", mail(null, "Re: news", strings.Repeat("nothing to see here\n", 100))},
		{"person", mail("", "Re: news", strings.Repeat("nothing to see here\n", 100))},
	} {
		root := mailpart.Parse([]byte(test.mail), mailpart.Limits{})
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mdn.Classify(root)
			}
		})
	}
}

package authoring

import (
	"os"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

// What replies call the sending side, and what they say of it that would be the
// end of a recipient.
var (
	sendingSide = []string{
		"Sender", "Sender address", "Your address", "MAIL FROM", "Return path", "Envelope sender", "Bounce address", "Reverse-path", "From address",
		"Your account", "Sender <kim@example.com>", "Sender verify failed:", "Sender callout:", "The account you send from", "Your domain", "Domain of sender",
		"HELO domain", "HELO host", "Your hostname", "Your IP address", "IP address", "Client host", "Reverse DNS", "Reply-To address", "SPF domain", "Your mail server",
		"Absender", "L'adresse de l'expéditeur", "Remitente", "Indirizzo del mittente", "Nadawca", "Адрес отправителя",
	}
	ends = []string{
		"unknown", "not found", "does not exist", "is invalid", "no such user", "host not found", "cannot be found", "could not be verified", "user unknown",
		"mailbox unavailable", "is disabled", "suspended", "has been closed", "no such domain", "has no MX record", "does not receive mail", "not registered", "has moved",
		"existiert nicht", "n'existe pas", "no existe", "non esiste", "nie istnieje", "не существует",
	}
	sendersCodes = []string{"550", "550 5.7.1", "553", "450"}
)

// TestWordsAboutTheSenderNeverSuppress crosses both: whatever the reason that is
// read, the recipient stays.
func TestWordsAboutTheSenderNeverSuppress(t *testing.T) {
	book, _, err := Load(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := codebook.New(book.Records())
	if err != nil {
		t.Fatal(err)
	}
	classifier := classify.New(compiled)
	for _, who := range sendingSide {
		for _, what := range ends {
			for _, code := range sendersCodes {
				text := strings.Join([]string{code, who, what}, " ")
				if v := classifier.Classify(classify.Input{Text: text}); v.Decision == codebook.Suppress {
					t.Errorf("%q suppresses the recipient as %s, by %s", text, v.Reason, v.Rule)
				}
			}
		}
	}
}

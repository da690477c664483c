package ndr_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

var updateHosted = flag.Bool("update-hosted", false, "write testdata/hosted/*.json from what is read now")

// wantReport is the form of testdata/hosted/NAME.json: what NAME.eml must give.
type wantReport struct {
	Format       string        `json:"format"`
	ReportingMTA string        `json:"reporting_mta,omitempty"`
	Confident    bool          `json:"confident"`
	MessageID    string        `json:"returned_message_id,omitempty"`
	Failures     []wantFailure `json:"failures"`
}

type wantFailure struct {
	Recipient  string `json:"recipient"`
	Original   string `json:"original,omitempty"`
	Action     string `json:"action"`
	Code       string `json:"code,omitempty"`
	Status     string `json:"status,omitempty"`
	Command    string `json:"command,omitempty"`
	RemoteMTA  string `json:"remote_mta,omitempty"`
	Hint       string `json:"hint,omitempty"`
	Diagnostic string `json:"diagnostic,omitempty"`
}

func wantOf(r ndr.Report) wantReport {
	w := wantReport{Format: r.Format, ReportingMTA: r.ReportingMTA, Confident: r.Confident, MessageID: r.Returned.Header.Get("Message-ID")}
	for _, f := range r.Failures {
		w.Failures = append(w.Failures, wantFailure{
			Recipient: f.Recipient, Original: f.Original, Action: string(f.Action), Code: f.Code.String(), Status: f.Status.String(),
			Command: f.Command, RemoteMTA: f.RemoteMTA, Hint: string(f.Hint.Reason), Diagnostic: f.Diagnostic,
		})
	}
	return w
}

// TestHosted reads testdata/hosted/NAME.eml, with its line ends as they stand and
// with CRLF, and compares with NAME.json.
func TestHosted(t *testing.T) {
	files, err := filepath.Glob("testdata/hosted/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test mails: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := hostedJSON(t, raw)
			golden := strings.TrimSuffix(file, ".eml") + ".json"
			if *updateHosted {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %s\nwant %s", got, want)
			}
			if crlf := hostedJSON(t, bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))); !bytes.Equal(crlf, want) {
				t.Errorf("with CRLF: got %s\nwant %s", crlf, want)
			}
		})
	}
}

func hostedJSON(t *testing.T, raw []byte) []byte {
	r, ok := ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
	if !ok {
		return []byte("null\n")
	}
	out, err := json.MarshalIndent(wantOf(r), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// foreign are the decoders that read some of these mails too, or what is left
// of them, and have tests of their own.
var foreign = []string{"exim", "qmail", "postfix", "sendmail", "james", "generic"}

// TestPeopleWhoQuoteReports wants nothing out of letters in which a person
// shows a report to somebody.
func TestPeopleWhoQuoteReports(t *testing.T) {
	for name, raw := range hostedMails(t) {
		_, body, _ := bytes.Cut(raw, []byte("\n\n"))
		for _, mark := range []string{"", "> "} {
			letter := "From: Jane <jane@example.org>\nTo: help@example.com\nSubject: Re: what does this mean?\nIn-Reply-To: <1@example.org>\n\nHello,\n\n" +
				mark + strings.ReplaceAll(string(body), "\n", "\n"+mark)
			if r, ok := ndr.Read(ndr.NewMail(mailpart.Parse([]byte(letter), mailpart.Limits{}))); ok {
				if hosted := !slices.Contains(foreign, r.Format); hosted {
					t.Errorf("%s quoted with %q: %s found %d failures", name, mark, r.Format, len(r.Failures))
				}
			}
		}
	}
}

// TestReturnedMessagesGiveNoAddresses knows that each returned message in the
// test mails names trap@example.net, and that the sender did not fail.
func TestReturnedMessagesGiveNoAddresses(t *testing.T) {
	for name, raw := range hostedMails(t) {
		for cut := range 41 {
			r, _ := ndr.Read(ndr.NewMail(mailpart.Parse(raw[:len(raw)*cut/40], mailpart.Limits{})))
			for _, f := range r.Failures {
				if slices.Contains(foreign, r.Format) {
					continue
				}
				if f.Recipient == "trap@example.net" || f.Recipient == "sender@example.com" {
					t.Errorf("%s cut at %d/40: %s says that %s failed", name, cut, r.Format, f.Recipient)
				}
			}
		}
	}
}

// hostedMails gives the test mails by name.
func hostedMails(t testing.TB) map[string][]byte {
	files, err := filepath.Glob("testdata/hosted/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test mails: %v", err)
	}
	mails := make(map[string][]byte, len(files))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		mails[filepath.Base(file)] = raw
	}
	return mails
}

// BenchmarkHosted reads one mail of each hosted format after the other.
func BenchmarkHosted(b *testing.B) {
	var mails [][]byte
	for _, raw := range hostedMails(b) {
		mails = append(mails, raw)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		ndr.Read(ndr.NewMail(mailpart.Parse(mails[i%len(mails)], mailpart.Limits{})))
	}
}

package maillog

import (
	"testing"

	"github.com/rebound-mail/rebound/smtpcode"
)

// TestCodesIn holds codesIn to what smtpcode.Parse reads, which is what
// notifications are read with.
func TestCodesIn(t *testing.T) {
	for _, text := range codeTexts {
		compareCodes(t, text)
	}
}

func compareCodes(t *testing.T, text string) {
	t.Helper()
	code, status := codesIn(text)
	if want := smtpcode.Parse(text); code != want.Code || status != want.Status {
		t.Errorf("%q: %v %v, want %v %v", text, code, status, want.Code, want.Status)
	}
}

var codeTexts = []string{
	"", "550 5.1.1 no", "550 no", "5.1.1 no", "550-5.1.1 a 550 5.1.1 b", "250 ok then 550 5.7.1 no", "host said: 451 4.2.2 (last: 550 5.1.1)",
	"5.0.0 550 no", "554 5.4.7 [internal] (last transfail: 452 4.2.2 full)", "4.7.0 5.1.1 x", "550 4.2.2 x 5.1.1 y", "(#5.1.1)", "421 x 4.3.2 y",
}

// FuzzCodes compares both on any text.
func FuzzCodes(f *testing.F) {
	for _, text := range codeTexts {
		f.Add(text)
	}
	f.Fuzz(compareCodes)
}

package explain

import (
	"slices"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

func TestReadingsForBothClassesAreReadingsOfEither(t *testing.T) {
	x := New(classify.New(codebook.Default()))
	for _, tc := range []struct {
		code, provider string
		want           bool
	}{
		{"5.7.26", "gmail", true}, {"4.7.26", "gmail", true}, {"x.7.26", "gmail", true}, {"2.7.26", "gmail", false},
		{"4.7.23", "gmail", true}, {"5.7.23", "gmail", false}, {"550", "gmail", false},
	} {
		e := x.Code(tc.code)
		has := slices.ContainsFunc(e.Providers, func(own OwnReading) bool { return own.Provider == tc.provider })
		if has != tc.want {
			t.Errorf("%s: a reading of %s: %v, want %v", tc.code, tc.provider, has, tc.want)
		}
	}
}

func TestSourcesThatContradictEachOtherDisagree(t *testing.T) {
	x := New(classify.New(codebook.Default()))
	for code, want := range map[string]bool{"541": true, "550": true, "5.2.2": true, "354": false, "211": false} {
		if got := x.Code(code).Disagree; got != want {
			t.Errorf("%s: disagree %v, want %v", code, got, want)
		}
	}
}

func TestACodeThatNobodyDefinesSaysWhatItsSubjectIs(t *testing.T) {
	x := New(classify.New(codebook.Default()))
	e := x.Code("5.7.99")
	if e.Record == "" || e.Standing != "" || len(e.Code) == 0 {
		t.Errorf("%+v", e)
	}
}

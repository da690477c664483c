package authoring

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

func overlayDir(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ours.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

const oursYAML = `default-sources: [rfc5321]
phrases:
  - id: parked
    words: "our mailbox <mailbox:word> is parked in the blue garage"
    reason: mailbox-disabled
    match: "550 our mailbox kim is parked in the blue garage"
`

func TestOverlayAddsToWhatIsBuiltIn(t *testing.T) {
	book, problems, err := Overlay(overlayDir(t, oursYAML))
	if err != nil || problems.Errors() > 0 {
		t.Fatalf("%v %v", problems, err)
	}
	if _, ok := book.Phrase("ours/parked"); !ok {
		t.Error("the added phrase is missing")
	}
	if len(book.Rules()) != len(codebook.Default().Rules())+1 {
		t.Errorf("%d rules, built in are %d", len(book.Rules()), len(codebook.Default().Rules()))
	}
}

func TestOverlayWithErrorsGivesNoCodebook(t *testing.T) {
	book, problems, err := Overlay(overlayDir(t, strings.Replace(oursYAML, "mailbox-disabled", "mailbox-disbaled", 1)))
	if err != nil || book != nil || problems.Errors() == 0 {
		t.Fatalf("got %v, %v, %v; want no codebook and a problem", book, problems, err)
	}
	if got := problems[0].String(); !strings.HasPrefix(got, `ours.yaml:5: unknown reason "mailbox-disbaled" (did you mean "mailbox-disabled"?)`) {
		t.Errorf("got %q", got)
	}
}

func TestOverlayOfNothing(t *testing.T) {
	if _, _, err := Overlay(t.TempDir()); err == nil {
		t.Error("an empty folder is no codebook")
	}
	if _, _, err := Overlay(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("an absent folder is no codebook")
	}
}

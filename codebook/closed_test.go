package codebook

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// constants returns the values of the constants of one type in vocabulary.go.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "vocabulary.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); ok && ident.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no constants of type %s", typeName)
	}
	return values
}

func words[T ~string](list []T) []string {
	var out []string
	for _, w := range list {
		out = append(out, string(w))
	}
	return out
}

func TestClosedListsHoldEveryConstant(t *testing.T) {
	for typeName, list := range map[string][]string{
		"Reason": words(Reasons()), "Category": words(Categories()), "Lasting": words(Lastings()), "Decision": words(DecisionValues()),
		"Impact": words(Impacts()), "Label": words(Labels()), "Standing": words(Standings()), "Stage": words(Stages()),
		"Strength": append(words(PhraseStrengths()), words(CodeStrengths())...),
	} {
		t.Run(typeName, func(t *testing.T) {
			want, got := constants(t, typeName), slices.Clone(list)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(want), slices.Compact(got)) {
				t.Errorf("constants %q, list %q", want, got)
			}
		})
	}
}

func TestOnlyTheSixReasonsSpeakAgainstTheAddress(t *testing.T) {
	var got []Reason
	for _, r := range Reasons() {
		if r.SpeaksAgainstAddress() {
			got = append(got, r)
		}
	}
	want := []Reason{UserUnknown, AddressSyntax, MailboxDisabled, MailboxMoved, DomainUnknown, DomainNoMail}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if Reason("user-unknwon").IsKnown() || !UserUnknown.IsKnown() {
		t.Error("IsKnown does not keep to the closed list")
	}
}

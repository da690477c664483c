package mdn

import (
	"slices"
	"testing"
)

func TestWordsAreFolded(t *testing.T) {
	tables := map[string][]string{
		"replySubjects": replySubjects, "replySubjectEnds": replySubjectEnds, "replyGoesOn": replyGoesOn, "maybeSubjects": maybeSubjects, "forwardPrefixes": forwardPrefixes,
		"absenceWords": absenceWords, "thanksWords": thanksWords, "unsubscribeWords": unsubscribeWords, "challengeSenders": challengeSenders, "challengeNames": challengeNames,
		"challengeSubjects": challengeSubjects, "heldWords": heldWords, "actWords": actWords, "notChallengeWords": notChallengeWords, "bounceComments": bounceComments,
		"bounceSenders": bounceSenders, "bounceSubjectBeginnings": bounceSubjectBeginnings, "bounceSubjects": bounceSubjects, "bounceWords": bounceWords,
	}
	for name, words := range tables {
		for i, w := range words {
			folded := fold(w)
			if w != folded && w != folded+" " {
				t.Errorf("%s: %q is not folded: %q", name, w, folded)
			}
			if slices.Contains(words[:i], w) {
				t.Errorf("%s: %q stands twice", name, w)
			}
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"Réponse  Automatique\u00a0:\n x": "reponse automatique : x",
		"GRÜSSE, Größe":                   "grusse, grosse",
		"I’m out":                         "i'm out",
		"Otomatik Yanıt":                  "otomatik yanit",
		"自動応答：x":                          "自動応答:x",
		"Ещё":                             "еще",
		"  ":                              "",
	} {
		if got := fold(text); got != want {
			t.Errorf("fold(%q) = %q, want %q", text, got, want)
		}
	}
}

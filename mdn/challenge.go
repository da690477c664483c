package mdn

import "strings"

// challengeSystem recognises the systems by what they put into the header of their questions. They have mail servers too, whose delivery reports
// are none.
func (c *classifier) challengeSystem() bool {
	if containsAny(c.sender, bounceSenders) {
		return false
	}
	h := c.root.Header
	for _, field := range challengeFields {
		if value, ok := h.Field(field.name); ok && strings.Contains(fold(value.Text()), field.value) {
			return true
		}
	}
	origin := c.sender + " " + fold(h.Unfolded("Return-Path")) + " " + fold(h.Unfolded("Reply-To"))
	return containsAny(origin, challengeSenders)
}

// challenge recognises a question by its words: that the mail is held back, and that the sender is to do something about it. Confirming a
// subscription, an account or an order is something else.
func (c *classifier) challenge(weight int) bool {
	subject := c.titles&challengeSubjectSet != 0
	if weight <= 0 && !subject || c.signed(SignList) {
		return false
	}
	held, act := c.says(heldSet), c.says(actSet)
	if c.says(challengeNameSet) {
		return held || act || subject
	}
	return held && act && !c.says(notChallengeSet)
}

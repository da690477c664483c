package ndr

import (
	"strings"
)

// iceWarp reads IceWarp, formerly Merak: "address; originally to address
// (unrecoverable error)" with the session or reply below it.
var iceWarp = decoder{
	format: "icewarp",
	marks:  []string{"(unrecoverable error)", "\nx-mailer: merak", "\nx-mailer: icewarp", "merak mail server", "icewarp mail server"},
	read:   readIceWarp,
}

var iceWarpList = listing{
	begin: []string{"permanent fatal errors", "permanent delivery errors", "following address", "following recipient"},
	end:   []string{"transcript of session", "transcript of the session", "-----"},
}

func readIceWarp(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "originally to ") && !hasAnyFold(m.Root.Header.Raw("X-Mailer"), []string{"merak", "icewarp"}) {
		return Report{}, false // the words are those of ZMailer's kin too
	}
	failures := iceWarpList.read(m.Text)
	for i := range failures {
		f := &failures[i]
		_, origin, found := cutFold(f.Diagnostic, "originally to ")
		if !found {
			continue
		}
		address, _, end := nextAddress(origin, 0)
		if !strings.EqualFold(address, f.Recipient) {
			f.Original = address
		}
		said := strings.TrimLeft(origin[end:], "> ")
		if rest := strings.TrimPrefix(said, "(unrecoverable error)"); strings.TrimSpace(rest) != "" {
			said = rest
		}
		f.said(said)
	}
	return settle(m, failures)
}

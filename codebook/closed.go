package codebook

import "slices"

// Reasons lists the closed vocabulary of reasons in the order of its
// categories.
func Reasons() []Reason {
	return []Reason{
		UserUnknown, AddressSyntax, AddressAmbiguous, MailboxDisabled, MailboxUnavailable, MailboxFull, MailboxMoved,
		RecipientRestricted, RecipientThrottled, ListExpansion,
		DomainUnknown, DomainNoMail, RelayDenied,
		DNSFailure, ConnectionFailed, RoutingLoop, RoutingFailed, Expired,
		SystemError, SystemFull, SystemUnavailable, Greylisted,
		RateLimited, SendingQuota, TooManyRecipients,
		IPBlocklisted, DomainBlocklisted, LowReputation, Blocked,
		SPFFailed, DKIMFailed, DMARCFailed, ARCFailed, Unauthenticated, NoPTR, HELORejected, SenderDomainInvalid,
		SenderRejected, SMTPAuthRequired, SMTPAuthFailed, TLSRequired,
		SpamContent, Virus, AttachmentRejected, ContentRejected, MessageTooLarge, NotRFCCompliant, EncodingUnsupported,
		PolicyViolation,
		ProtocolError, SecurityFailure,
		Delivered, AutoReply, Challenge, Complaint, Unsubscribe,
		Suppressed, Undetermined,
	}
}

// Categories lists the closed vocabulary of categories.
func Categories() []Category {
	return []Category{
		CategoryRecipient, CategoryDomain, CategoryNetwork, CategorySystem, CategoryRate, CategoryReputation,
		CategoryAuthentication, CategoryContent, CategoryPolicy, CategoryProtocol, CategoryReport, CategoryUnknown,
	}
}

// Lastings lists the values of Lasting, the zero value left out.
func Lastings() []Lasting { return []Lasting{Permanent, Temporary, LastingUnknown} }

// DecisionValues lists the closed vocabulary of decisions; [Decisions] is the
// triple that a reason has.
func DecisionValues() []Decision {
	return []Decision{Suppress, Count, Retry, SlowDown, FixSender, FixMessage, FixAddress, Review, NoAction}
}

// Impacts lists the closed vocabulary of impacts.
func Impacts() []Impact {
	return []Impact{ImpactCritical, ImpactHigh, ImpactMedium, ImpactLow, ImpactNone}
}

// Labels lists the values of Label, the zero value left out.
func Labels() []Label { return []Label{LabelHard, LabelSoft, LabelInfo} }

// Standings lists the closed vocabulary of standings.
func Standings() []Standing { return []Standing{Standard, Registered, ProviderOwn, Folklore} }

// Stages lists the stages of an SMTP dialogue in their order.
func Stages() []Stage {
	return []Stage{StageConnect, StageEhlo, StageAuth, StageMail, StageRcpt, StageData, StageContent, StageQuit}
}

// PhraseStrengths lists the strengths that a phrase may have, weakest first.
func PhraseStrengths() []Strength { return []Strength{StrengthWeak, StrengthNormal, StrengthExact} }

// CodeStrengths lists the strengths that a code may have, weakest first.
func CodeStrengths() []Strength { return []Strength{StrengthNone, StrengthWeak, StrengthStrong} }

// SourceKinds lists what kinds of sources there are.
func SourceKinds() []string {
	return []string{"rfc", "registry", "provider", "reference", "software", "observed"}
}

// ProviderKinds lists what kinds of providers there are.
func ProviderKinds() []string {
	return []string{"mailbox", "filter", "blocklist", "mta", "esp", "carrier", "hosting"}
}

// Parties lists whose problem a reason can be.
func Parties() []string { return []string{"recipient", "sender", "receiver", "message", "nobody"} }

// IsKnown reports whether r is of the closed vocabulary.
func (r Reason) IsKnown() bool { return slices.Contains(Reasons(), r) }

// SpeaksAgainstAddress reports whether the reason, when permanent, says that
// the address itself is bad. Nothing else may suppress an address on one
// report.
func (r Reason) SpeaksAgainstAddress() bool {
	switch r {
	case UserUnknown, AddressSyntax, MailboxDisabled, MailboxMoved, DomainUnknown, DomainNoMail:
		return true
	}
	return false
}

package codebook

// Reason names the cause of a delivery's outcome, as far as the evidence shows
// it. It is a closed list: data with another value is refused when loaded.
type Reason string

// The reasons, grouped by the category that has to act.
const (
	UserUnknown         Reason = "user-unknown"         // the mailbox does not exist
	AddressSyntax       Reason = "address-syntax"       // the recipient address is malformed
	AddressAmbiguous    Reason = "address-ambiguous"    // the address matches several mailboxes
	MailboxDisabled     Reason = "mailbox-disabled"     // disabled, suspended, inactive, expired, closed
	MailboxUnavailable  Reason = "mailbox-unavailable"  // cannot take mail just now, nothing says why
	MailboxFull         Reason = "mailbox-full"         // over its storage quota
	MailboxMoved        Reason = "mailbox-moved"        // the user has moved
	RecipientRestricted Reason = "recipient-restricted" // takes mail only from some senders, or blocked this one
	RecipientThrottled  Reason = "recipient-throttled"  // the mailbox receives too fast
	ListExpansion       Reason = "list-expansion"       // list or alias could not be expanded, local delivery program failed

	DomainUnknown Reason = "domain-unknown" // the domain does not exist or has no mail host
	DomainNoMail  Reason = "domain-no-mail" // null MX, 521, 556: takes no mail
	RelayDenied   Reason = "relay-denied"   // the server does not take mail for that domain from this client

	DNSFailure       Reason = "dns-failure"       // a look-up failed for now
	ConnectionFailed Reason = "connection-failed" // no connection, refused, reset, dropped, timed out
	RoutingLoop      Reason = "routing-loop"      // mail loop, too many hops
	RoutingFailed    Reason = "routing-failed"    // unable to route
	Expired          Reason = "expired"           // retry time ran out, inner cause unknown

	SystemError       Reason = "system-error"       // something broke at the receiving (or own) system
	SystemFull        Reason = "system-full"        // the system has no disk or queue space
	SystemUnavailable Reason = "system-unavailable" // not accepting mail now
	Greylisted        Reason = "greylisted"         // try again after some time

	RateLimited       Reason = "rate-limited"        // this sender sends too fast or holds too many connections
	SendingQuota      Reason = "sending-quota"       // the sender's own account quota is used up
	TooManyRecipients Reason = "too-many-recipients" // in one message or session

	IPBlocklisted     Reason = "ip-blocklisted"     // the sending IP or host is on a blocklist
	DomainBlocklisted Reason = "domain-blocklisted" // the sender's domain or a URL is on a blocklist
	LowReputation     Reason = "low-reputation"     // poor reputation, complaints
	Blocked           Reason = "blocked"            // client, network or country refused, no more exact cause

	SPFFailed           Reason = "spf-failed"
	DKIMFailed          Reason = "dkim-failed"
	DMARCFailed         Reason = "dmarc-failed"
	ARCFailed           Reason = "arc-failed"
	Unauthenticated     Reason = "unauthenticated"       // several checks failed, or no check named
	NoPTR               Reason = "no-ptr"                // reverse DNS missing, generic or not matching
	HELORejected        Reason = "helo-rejected"         // the HELO/EHLO name is refused
	SenderDomainInvalid Reason = "sender-domain-invalid" // the sender's domain does not exist or resolve
	SenderRejected      Reason = "sender-rejected"       // the sender address is refused
	SMTPAuthRequired    Reason = "smtp-auth-required"    // the client must log in first
	SMTPAuthFailed      Reason = "smtp-auth-failed"      // log-in failed
	TLSRequired         Reason = "tls-required"          // TLS required, not offered or failed

	SpamContent         Reason = "spam-content"
	Virus               Reason = "virus"
	AttachmentRejected  Reason = "attachment-rejected"
	ContentRejected     Reason = "content-rejected"
	MessageTooLarge     Reason = "message-too-large"
	NotRFCCompliant     Reason = "not-rfc-compliant"
	EncodingUnsupported Reason = "encoding-unsupported" // SMTPUTF8, 8BITMIME, BINARYMIME

	PolicyViolation Reason = "policy-violation" // refused by policy, nothing more exact said

	ProtocolError   Reason = "protocol-error"
	SecurityFailure Reason = "security-failure" // encryption, signature, integrity of the message

	Delivered   Reason = "delivered"
	AutoReply   Reason = "auto-reply"
	Challenge   Reason = "challenge"
	Complaint   Reason = "complaint"
	Unsubscribe Reason = "unsubscribe"

	Suppressed   Reason = "suppressed"   // on the sending provider's own suppression list
	Undetermined Reason = "undetermined" // it failed and nothing tells why
)

// Category says who has to act on a reason.
type Category string

// The categories.
const (
	CategoryRecipient      Category = "recipient"
	CategoryDomain         Category = "domain"
	CategoryNetwork        Category = "network"
	CategorySystem         Category = "system"
	CategoryRate           Category = "rate"
	CategoryReputation     Category = "reputation"
	CategoryAuthentication Category = "authentication"
	CategoryContent        Category = "content"
	CategoryPolicy         Category = "policy"
	CategoryProtocol       Category = "protocol"
	CategoryReport         Category = "report"
	CategoryUnknown        Category = "unknown"
)

// Lasting says whether the failure will go away by itself.
type Lasting string

// The values of Lasting; the zero value means not stated.
const (
	Permanent      Lasting = "permanent"
	Temporary      Lasting = "temporary"
	LastingUnknown Lasting = "unknown"
)

// Decision says what to do with the address or the mail.
type Decision string

// The decisions.
const (
	Suppress   Decision = "suppress"    // do not mail this address again
	Count      Decision = "count"       // remember; suppress after several in a row
	Retry      Decision = "retry"       // try again later
	SlowDown   Decision = "slow-down"   // send less, slower
	FixSender  Decision = "fix-sender"  // repair the sender's set-up or reputation
	FixMessage Decision = "fix-message" // change the message
	FixAddress Decision = "fix-address" // correct the address
	Review     Decision = "review"      // a person should look
	NoAction   Decision = "none"
)

// Impact is what ignoring such failures does to the sender's reputation.
type Impact string

// The impacts.
const (
	ImpactCritical Impact = "critical"
	ImpactHigh     Impact = "high"
	ImpactMedium   Impact = "medium"
	ImpactLow      Impact = "low"
	ImpactNone     Impact = "none"
)

// Label is the common hard/soft label that a source gives to a code.
type Label string

// The labels; the zero value means that the source gives none.
const (
	LabelHard Label = "hard"
	LabelSoft Label = "soft"
	LabelInfo Label = "info"
)

// Standing says what kind of authority defines a code.
type Standing string

// The standings.
const (
	Standard    Standing = "standard"   // defined in an RFC
	Registered  Standing = "registered" // in the IANA registry
	ProviderOwn Standing = "provider"   // one provider's own
	Folklore    Standing = "folklore"   // known from reference pages only
)

// Strength says how much a phrase or a code tells by itself.
type Strength string

// The strengths. Phrases use weak, normal (default) and exact; codes use none,
// weak and strong.
const (
	StrengthNone   Strength = "none"
	StrengthWeak   Strength = "weak"
	StrengthNormal Strength = "normal"
	StrengthStrong Strength = "strong"
	StrengthExact  Strength = "exact"
)

// Stage is the step of the SMTP dialogue a reply answered.
type Stage string

// The stages; the zero value means unknown.
const (
	StageConnect Stage = "connect"
	StageEhlo    Stage = "ehlo"
	StageAuth    Stage = "auth"
	StageMail    Stage = "mail"
	StageRcpt    Stage = "rcpt"
	StageData    Stage = "data"    // the DATA command itself
	StageContent Stage = "content" // after the message was sent
	StageQuit    Stage = "quit"
)

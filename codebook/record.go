package codebook

// Records is the whole of what a codebook is made from, in no particular order.
type Records struct {
	Sources   []Source
	Reasons   []ReasonInfo
	Codes     []Code
	Providers []Provider
	Phrases   []Phrase
	Sets      []WordSet
}

// Source is somebody who says something: an RFC, a registry, a provider's page.
type Source struct {
	ID    string
	Title string
	Kind  string // rfc | registry | provider | reference | software | observed
	URL   string
	Date  string // as exact as known: 2008, 2008-10, 2008-10-01
	Note  string
}

// ReasonInfo explains a reason: what it means, why it happens, what to do.
type ReasonInfo struct {
	ID       Reason
	Category Category
	Title    string
	Meaning  string
	Causes   []string
	Remedy   []string // steps in order; {ip}, {dnsbl} ... stand for captured facts
	Who      string   // whose problem: recipient | sender | receiver | message | nobody
	Impact   Impact
	Decision Decisions
	Nature   Lasting // where no code tells
	Names    []Name  // what other systems call it
	Related  []Reason
	Sources  []string
}

// Decisions gives the decision for each value of Lasting.
type Decisions struct {
	Permanent, Temporary, Unknown Decision
}

// Name is a reason's name in another system, such as kumomta.
type Name struct {
	System, Name string
}

// Code is a reply code ("550"), an enhanced status code ("5.1.1", "X.2.2" for
// both classes), a class ("5xx", "5.x.x") or a subject ("x.1.x").
type Code struct {
	Code     string
	Standing Standing
	Title    string
	Reason   Reason
	Lasting  Lasting // only where the class digit misleads
	Strength Strength
	Why      string // why this reading, where the sources disagree
	Basic    []string
	Related  []string
	Meanings []Meaning
	Remedy   []string
	Examples []string
}

// Meaning is what one source says of a code, in our own words.
type Meaning struct {
	Source   string
	Says     string
	Label    Label
	Reason   Reason // what that meaning amounts to, where it names a cause
	Provider string // where the meaning holds for one provider only
}

// Provider is somebody whose servers answer: a mailbox provider, a filter, a
// blocklist, an MTA or a sending service.
type Provider struct {
	ID         string
	Name       string
	Kind       string   // mailbox | filter | blocklist | mta | esp | carrier | hosting
	Hosts      []string // a remote host is this name or below it
	Domains    []string // recipient domains served
	Tokens     []string // patterns whose presence in a text says who speaks
	Postmaster string
	Delisting  string
	Lists      string
	Zones      []string
	Closed     string
	Note       string
	Codes      []ProviderCode
	Sources    []string
}

// ProviderCode is a provider's own reading of a code.
type ProviderCode struct {
	Code    string
	Reason  Reason
	Lasting Lasting
	Meaning string
	Remedy  []string
	Sources []string
}

// Phrase is something servers say, and what it means. A phrase with a Reason
// names a cause; one with only Lasting modifies how long; a Wrapper announces
// that an inner reply follows, and a Guard that the text speaks of the sender.
type Phrase struct {
	ID           string // "gmail/over-quota", "recipient/user-unknown"
	Provider     string // empty for generic phrases
	Words        []string
	Reason       Reason
	Lasting      Lasting
	Decision     Decision
	Strength     Strength
	Wrapper      bool
	Guard        bool
	ProviderOnly bool
	Codes        []string // limits; "none" allows texts without any code
	Stages       []Stage
	Regexp       string
	Note         string
	Remedy       []string
	Sources      []string
	Match, Miss  []string
	Withdrawn    string
}

// WordSet is a named set of words that patterns may use as {name}.
type WordSet struct {
	Name  string
	Words []string
}

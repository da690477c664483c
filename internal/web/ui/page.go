package ui

// Page is one page, as its layout needs it.
type Page struct {
	Title       string // without the name of the product
	Description string // one sentence for search engines and previews
	Path        string // of the page itself, "/codes/550": for the canonical link
	Section     string // which link of the head is current
	NoIndex     bool   // not for search engines: answers, forms, whatever is not the same for all
	Wide        bool   // tables and dashboards use the whole width
	Crumbs      []Link // the way here; the page itself is not among them
	Flashes     []Flash
	Nav         []Link   // instead of the shell's
	Styles      []string // assets beside the style sheet of all pages
	Account     *Account // who is logged in, nil on public pages
	CSRF        string   // the token for forms, which the template "csrf" writes into them
	Body        any      // what the template "main" gets, beside the page: {{.Body.Field}}
}

// Flash is a message at the top of a page: what became of what was asked for.
type Flash struct {
	Tone Tone
	Text string
	Link Link // where to go on, if anywhere
}

// Account is who is logged in.
type Account struct {
	Name   string
	LogOut string // the path that a POST logs out at
}

// Tone is the colour of a badge, a message or an alert. Tones never tell something
// that the words do not.
type Tone string

// The tones.
const (
	ToneBad     Tone = "bad"     // hard, critical, refused
	ToneWarn    Tone = "warn"    // soft, attention
	ToneGood    Tone = "good"    // delivered, healthy, done
	ToneInfo    Tone = "info"    // worth knowing
	ToneNeutral Tone = "neutral" // neither
)

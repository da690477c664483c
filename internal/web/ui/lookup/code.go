package lookup

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/smtpcode"
)

// codeView is the page of a code.
type codeView struct {
	Code, Title string
	Meaning     string    // of the reason, or that there is none
	Parts       []ui.Term // what each place of the number says
	Standing    string    // in a word
	Definition  string    // in a sentence
	Undefined   bool      // no source defines it
	Verdict     *ui.Verdict
	InForce     string // the reading in force, in words
	Why         string
	Disagree    bool
	Readings    []reading
	Own         []ownReading // providers that mean something else
	Agree       []ui.Link    // providers that mean the same
	Examples    []example
	Basic       []codeRow
	Related     []codeRow
	Twin        *codeRow // the same code of the other class
	Pages       []ui.Term
	Sources     []ui.SourceLink
}

// reading is what one source says of the code.
type reading struct {
	Source                        ui.SourceLink
	Says, Reason, Title, Provider string
	Label                         ui.Badge
	InForce                       bool
}

// ownReading is how a provider reads the code.
type ownReading struct {
	Provider, Href, Code, Meaning string
	Reason, ReasonHref, Title     string
}

// shownExamples is how many example replies a page shows.
const shownExamples = 8

// code answers /codes/{code}, whatever way the code is written.
func (s *Site) code(w http.ResponseWriter, r *http.Request) {
	asked := r.PathValue("code")
	codes, err := explain.ParseCodes(asked)
	switch {
	case err != nil:
		s.shell.Problem(w, r, http.StatusNotFound, "That is no code", upper(err.Error())+".")
		return
	case len(codes) == 0:
		s.nothing(w, r)
		return
	case len(codes) > 1:
		http.Redirect(w, r, "/?q="+strings.Join(codes, "+"), http.StatusFound)
		return
	}
	if href := ui.CodeHref(codes[0]); href != "/codes/"+asked {
		http.Redirect(w, r, href, http.StatusMovedPermanently)
		return
	}
	if explain.IsFamily(codes[0]) {
		s.family(w, r, codes[0])
		return
	}
	v := s.codeView(codes[0])
	s.publish(w, r, "code", ui.Page{
		Title: v.Code + ": " + v.Title, Description: describe(v), Path: ui.CodeHref(v.Code), Section: "codes", NoIndex: v.Undefined,
		Crumbs: []ui.Link{{Href: "/codes", Text: "Codes"}, familyLink(s.x.Book, v.Code)}, Body: v,
	})
}

// describe is the sentence that search engines show.
func describe(v *codeView) string {
	return fmt.Sprintf("SMTP %s: %s. What it means, why it happens, how to fix it, whether it is a hard or a soft bounce, and what each source says.", v.Code, v.Title)
}

// standingWord is the standing of a code in a word.
func standingWord(s codebook.Standing) string {
	words := map[codebook.Standing]string{codebook.Standard: "Standard", codebook.Registered: "Registered", codebook.ProviderOwn: "A provider's own", codebook.Folklore: "Folklore"}
	return words[s]
}

// standing says who defines the code.
func standing(c *explain.Code) string {
	if c.Standing == codebook.ProviderOwn && len(c.Meanings) == 0 {
		return "Known from one provider only"
	}
	return upper(explain.StandingWords(c.Standing))
}

func upper(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// familyLink leads to the class of a reply code, or the subject of an enhanced one.
func familyLink(book *codebook.Codebook, code string) ui.Link {
	id := code[:1] + "xx"
	if status, err := smtpcode.ParseStatus(code); err == nil {
		id = fmt.Sprintf("x.%d.x", status.Subject)
	}
	if c, ok := book.Code(id); ok {
		return ui.Link{Href: ui.CodeHref(id), Text: explain.Written(id) + " " + c.Title}
	}
	return ui.Link{Href: ui.CodeHref(id), Text: explain.Written(id)}
}

func (s *Site) codeView(id string) *codeView {
	known, in := entry(s.x, id)
	e, c := s.x.Explain(in, []string{id}), &known
	v := &codeView{
		Code: c.Code, Title: c.Title, Parts: s.parts(id), Standing: standingWord(c.Standing), Definition: standing(c), Undefined: c.Standing == "",
		Verdict: ui.NewVerdict(s.x, &e), InForce: s.x.InForce(c), Why: c.Why, Disagree: c.Disagree,
		Examples: some(shownExamples, s.index.byCode[id], func(e example) string { return e.Reason }),
		Basic:    s.rows(c.Basic), Related: s.rows(c.Related),
	}
	v.Verdict.Codes = nil
	v.Verdict.Bounce = bounceOf(id, e.Bounce)
	v.Meaning = v.Verdict.Meaning
	if e.Reason == codebook.Undetermined {
		v.Meaning = "The number alone does not tell why: the words beside it have to."
	}
	ids := slices.Clone(e.Sources)
	for _, m := range c.Meanings {
		v.Readings = append(v.Readings, s.reading(c, m))
		ids = append(ids, m.Source)
	}
	slices.SortStableFunc(v.Readings, func(a, b reading) int { return rank(a) - rank(b) })
	for _, own := range c.Providers {
		s.addOwn(v, c, own)
		ids = append(ids, own.Sources...)
	}
	v.Sources = ui.SourceLinks(s.x.Book, ids)
	v.Twin = s.twin(id)
	return v
}

// rank puts the reading in force first and what holds for one provider last.
func rank(r reading) int {
	switch {
	case r.Provider != "":
		return 2
	case r.InForce:
		return 0
	}
	return 1
}

func (s *Site) reading(c *explain.Code, m explain.Meaning) reading {
	r := reading{Says: m.Says, Reason: string(m.Reason), Label: ui.LabelBadge(m.Label), InForce: m.Provider == "" && m.Reason == c.Reason}
	if links := ui.SourceLinks(s.x.Book, []string{m.Source}); len(links) > 0 {
		r.Source = links[0]
	}
	if info, ok := s.x.Book.Reason(m.Reason); ok {
		r.Title = info.Title
	}
	if p, ok := s.x.Book.Provider(m.Provider); ok {
		r.Provider = p.Name
	}
	return r
}

// addOwn adds a provider's own reading, and its pages.
func (s *Site) addOwn(v *codeView, c *explain.Code, own explain.OwnReading) {
	p, ok := s.x.Book.Provider(own.Provider)
	if !ok {
		return
	}
	if p.Postmaster != "" {
		v.Pages = append(v.Pages, ui.Term{Name: p.Name, Text: p.Postmaster})
	}
	if own.Reason == c.Reason && own.Meaning == "" {
		v.Agree = append(v.Agree, ui.Link{Href: ui.ProviderHref(p), Text: p.Name})
		return
	}
	o := ownReading{Provider: p.Name, Href: ui.ProviderHref(p), Code: own.Code, Meaning: own.Meaning, Reason: string(own.Reason), ReasonHref: ui.ReasonHref(own.Reason)}
	if info, ok := s.x.Book.Reason(own.Reason); ok {
		o.Title = info.Title
	}
	v.Own = append(v.Own, o)
}

// rows are the codes with these ids, as far as they have a page.
func (s *Site) rows(ids []string) []codeRow {
	var rows []codeRow
	for _, id := range ids {
		href := ui.CodeHref(id)
		i := slices.IndexFunc(s.index.codes, func(row codeRow) bool { return row.Href == href })
		if i >= 0 && !slices.ContainsFunc(rows, func(r codeRow) bool { return r.Href == href }) {
			rows = append(rows, s.index.codes[i])
		}
	}
	return rows
}

// twin is the same code of the other class.
func (s *Site) twin(id string) *codeRow {
	other := map[byte]string{'4': "5", '5': "4"}[id[0]]
	if other == "" || !strings.Contains(id, ".") {
		return nil
	}
	rows := s.rows([]string{other + id[1:]})
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// parts says what each place of a code tells.
func (s *Site) parts(id string) []ui.Term {
	title := func(family string) string {
		if c, ok := s.x.Book.Code(family); ok {
			return c.Title
		}
		return ""
	}
	if status, err := smtpcode.ParseStatus(id); err == nil {
		return []ui.Term{
			{Name: status.Class.String(), Text: "Class: " + lower(title(status.Class.String()+".x.x"))},
			{Name: fmt.Sprint(status.Subject), Text: "Subject: " + lower(title(fmt.Sprintf("x.%d.x", status.Subject)))},
			{Name: fmt.Sprint(status.Detail), Text: "Detail: the exact condition"},
		}
	}
	return []ui.Term{
		{Name: id[:1], Text: "Class: " + lower(title(id[:1]+"xx"))},
		{Name: id[1:2], Text: "Subject: " + secondDigit(id[1])},
		{Name: id[2:], Text: "Detail: the exact condition"},
	}
}

// secondDigit says what the second digit of a reply code is about, RFC 5321
// section 4.2.1.
func secondDigit(d byte) string {
	switch d {
	case '0':
		return "syntax"
	case '1':
		return "information"
	case '2':
		return "connections"
	case '5':
		return "the mail system"
	}
	return "not specified by the standard"
}

func lower(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// familyView is the page of a family: 5xx, x.7.x, 4.x.x.
type familyView struct {
	Code, Title string
	View        *codeView // nil if the family has no record
	Rows        []codeRow
}

func (s *Site) family(w http.ResponseWriter, r *http.Request, id string) {
	v := familyView{Code: explain.Written(id), Title: "Codes of this form", Rows: s.members(id)}
	if c, ok := s.x.Book.Code(id); ok {
		v.Title = c.Title
		v.View = s.familyReadings(id)
	}
	s.publish(w, r, "family", ui.Page{
		Title: v.Code + ": " + v.Title, Description: fmt.Sprintf("All SMTP codes %s: %s. What each one means, hard or soft, and how to fix it.", v.Code, lower(v.Title)),
		Path: ui.CodeHref(id), Section: "codes", NoIndex: v.View == nil, Crumbs: []ui.Link{{Href: "/codes", Text: "Codes"}}, Body: v,
	})
}

func (s *Site) familyReadings(id string) *codeView {
	for _, c := range s.x.Codes(id) {
		if strings.ToLower(c.Code) != id {
			continue
		}
		v := &codeView{Code: c.Code, Title: c.Title, Why: c.Why, Disagree: c.Disagree}
		var ids []string
		for _, m := range c.Meanings {
			v.Readings = append(v.Readings, s.reading(&c, m))
			ids = append(ids, m.Source)
		}
		v.Sources = ui.SourceLinks(s.x.Book, ids)
		return v
	}
	return nil
}

// members are the codes of a family.
func (s *Site) members(id string) []codeRow {
	p, err := smtpcode.ParsePattern(id)
	if err != nil {
		return nil
	}
	var rows []codeRow
	for _, row := range s.index.codes {
		code, _ := smtpcode.ParseCode(row.Code)
		status, _ := smtpcode.ParseStatus(row.Code)
		if p.Match(code, status) {
			rows = append(rows, row)
		}
	}
	return rows
}

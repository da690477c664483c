package lookup

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
)

// homeView is the page with the box.
type homeView struct {
	Query  string
	Answer *answer
	Counts counts
	Common []codeRow
}

// answer is what is said to a question.
type answer struct {
	Status   string // what was found, in a line, for screen readers
	Problem  string // why there is no answer
	Codes    []codeRow
	Verdict  *ui.Verdict // of codes or of a reply
	Reports  []report    // of a whole bounce
	More     int         // recipients of the bounce that are not shown
	Hits     []hit
	Analyzer bool // the analyzer can show more
}

// report is what a bounce says of one recipient.
type report struct {
	Kind, Recipient string
	Verdict         *ui.Verdict
}

// hit is a record that a search found.
type hit struct{ Kind, Href, ID, Title string }

// Limits of an answer.
const (
	shownReports = 5
	shownHits    = 12
	searched     = 200 // bytes: what is longer is a reply, not a search
)

// common are codes that people ask for.
func common() []string {
	return []string{"550", "5.1.1", "5.7.1", "5.7.26", "421", "4.2.2", "554", "451", "552", "4.7.0", "450", "5.4.1"}
}

// home answers the page with the box; ?q= is for short questions that are linked
// to.
func (s *Site) home(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("q")
	if q != "" {
		s.respond(w, r, q)
		return
	}
	s.publish(w, r, "home", s.homePage(homeView{}))
}

func (s *Site) homePage(v homeView) ui.Page {
	v.Counts, v.Common = s.index.counts, s.rows(common())
	return ui.Page{
		Title:       "What does this bounce mean?",
		Description: "Look up SMTP reply codes, enhanced status codes and bounce messages: what it is, why it happened, how to fix it, hard or soft, and who says so.",
		Path:        "/", Section: "look-up", NoIndex: v.Answer != nil, Body: v,
	}
}

// ask answers the form of the page.
func (s *Site) ask(w http.ResponseWriter, r *http.Request) {
	q, ok := s.question(w, r)
	if !ok {
		return
	}
	s.respond(w, r, q)
}

// respond answers a question with a page: a single code has one already.
func (s *Site) respond(w http.ResponseWriter, r *http.Request, q string) {
	if codes, err := explain.ParseCodes(strings.TrimSpace(q)); err == nil && len(codes) == 1 {
		http.Redirect(w, r, ui.CodeHref(codes[0]), http.StatusSeeOther)
		return
	}
	s.pages.Send(w, r, http.StatusOK, "", "home", s.homePage(homeView{Query: q, Answer: s.answer(q)}))
}

// answerPart answers the script, which asks while somebody types.
func (s *Site) answerPart(w http.ResponseWriter, r *http.Request) {
	q, ok := s.question(w, r)
	if !ok {
		return
	}
	s.pages.SendPart(w, r, http.StatusOK, "home", "answer", ui.Page{Body: s.answer(q)})
}

// question reads the form.
func (s *Site) question(w http.ResponseWriter, r *http.Request) (string, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, s.maxBody)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.shell.Problem(w, r, http.StatusRequestEntityTooLarge, "That is too long for this box",
			"The box takes texts of up to a megabyte. The analyzer takes whole mails and logs; rebound scan takes any size.")
		return "", false
	case err != nil:
		s.shell.Problem(w, r, http.StatusBadRequest, "That could not be read", "The form arrived damaged. Please go back and try again.")
		return "", false
	}
	return r.PostForm.Get("q"), true
}

// answer says what there is to say to a question.
func (s *Site) answer(q string) *answer {
	q = strings.TrimSpace(strings.TrimPrefix(q, "\ufeff"))
	if q == "" {
		return &answer{}
	}
	codes, err := explain.ParseCodes(q)
	if err != nil {
		return &answer{Status: "That is no code.", Problem: upper(err.Error()) + "."}
	}
	if codes != nil {
		return s.answerCodes(q, codes)
	}
	if a := s.answerReport(q); a != nil {
		return a
	}
	return s.answerText(q)
}

// answerCodes answers where somebody asks for codes by their number.
func (s *Site) answerCodes(q string, codes []string) *answer {
	a := &answer{}
	for _, id := range codes {
		a.Codes = append(a.Codes, s.codeRows(id)...)
	}
	if explain.OpenCode(codes) != "" && explain.IsFamily(codes[0]) {
		a.Status = "Codes of this form: " + strings.Join(codes, ", ")
		if len(a.Codes) == 0 {
			a.Problem = "No source defines a code of this form."
		}
		return a
	}
	e := s.x.Explain(classify.Input{Text: q}, codes)
	e.Trace, e.Codes = nil, nil
	a.Verdict = ui.NewVerdict(s.x, &e)
	if len(codes) == 1 {
		a.Verdict.Bounce = bounceOf(codes[0], e.Bounce)
	}
	a.Status = a.Verdict.Title + ", " + lower(a.Verdict.Bounce.Text)
	return a
}

// codeRows are the code asked for, or the members of a family.
func (s *Site) codeRows(id string) []codeRow {
	if !explain.IsFamily(id) {
		return []codeRow{newCodeRow(s.x, id)}
	}
	return s.members(id)
}

// answerReport answers where a whole report was pasted, nil if it is none.
func (s *Site) answerReport(q string) *answer {
	if !strings.ContainsAny(q, "\r\n") {
		return nil
	}
	found, err := decode.Bytes(decode.Input{Body: []byte(q), Received: time.Time{}})
	if err != nil || found.Kind == decode.Text || len(found.Events) == 0 {
		return nil
	}
	a := &answer{Analyzer: !s.shell.Static(), More: max(0, len(found.Events)-shownReports)}
	for i := range found.Events[:min(len(found.Events), shownReports)] {
		ev := &found.Events[i]
		s.x.Classifier.Event(ev)
		e := s.x.Event(ev)
		a.Reports = append(a.Reports, report{string(ev.Kind), ev.Recipient, ui.NewVerdict(s.x, &e)})
	}
	a.Status = "A bounce report. " + a.Reports[0].Verdict.Title
	return a
}

// answerText answers a reply, or words to search for.
func (s *Site) answerText(q string) *answer {
	a := &answer{}
	e := s.x.Explain(classify.Input{Text: q}, nil)
	understood := e.Rule != "" && len(strings.Fields(q)) > 3 // then a search for its words is noise
	if !understood && len(q) <= searched && !strings.ContainsAny(q, "\r\n") {
		a.Hits = s.hits(q)
	}
	if e.Rule == "" && len(a.Hits) > 0 {
		a.Status = "Found in the codebook: " + a.Hits[0].Title
		return a
	}
	a.Verdict = ui.NewVerdict(s.x, &e)
	a.Status = a.Verdict.Title + ", " + lower(a.Verdict.Bounce.Text)
	return a
}

func (s *Site) hits(q string) []hit {
	var hits []hit
	for _, h := range s.x.Book.Search(q, codebook.KindCode, codebook.KindReason, codebook.KindProvider, codebook.KindSource) {
		if len(hits) == shownHits {
			break
		}
		out := hit{Kind: string(h.Kind), ID: h.ID, Title: h.Title}
		switch h.Kind {
		case codebook.KindCode:
			out.Href = ui.CodeHref(h.ID)
		case codebook.KindReason:
			out.Href = ui.ReasonHref(codebook.Reason(h.ID))
		case codebook.KindSource:
			out.Href = "/sources/" + h.ID
		case codebook.KindProvider:
			if p, ok := s.x.Book.Provider(h.ID); ok {
				out.Href, out.Kind = ui.ProviderHref(p), p.Kind
			}
		}
		hits = append(hits, out)
	}
	return hits
}

// answerOf finds the answer in what a page is about.
func answerOf(body any) *answer {
	switch v := body.(type) {
	case *answer:
		return v
	case homeView:
		return v.Answer
	}
	return &answer{}
}

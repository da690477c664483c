package lookup

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/explain"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/smtpcode"
)

// codeGroup is the codes of a class or subject.
type codeGroup struct {
	ID, Title, Href string
	Enhanced        bool
	Rows            []codeRow
}

// codesView is the page of all codes.
type codesView struct {
	Counts counts
	Groups []codeGroup
}

func (s *Site) codes(w http.ResponseWriter, r *http.Request) {
	v := codesView{Counts: s.index.counts}
	for _, row := range s.index.codes {
		id, enhanced := row.Code[:1]+"xx", false
		if status, err := smtpcode.ParseStatus(row.Code); err == nil {
			id, enhanced = fmt.Sprintf("x.%d.x", status.Subject), true
		}
		if n := len(v.Groups); n == 0 || v.Groups[n-1].ID != id {
			g := codeGroup{ID: id, Enhanced: enhanced, Href: ui.CodeHref(id), Title: explain.Written(id)}
			if c, ok := s.x.Book.Code(id); ok {
				g.Title += " " + c.Title
			}
			v.Groups = append(v.Groups, g)
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Rows = append(g.Rows, row)
	}
	s.publish(w, r, "codes", ui.Page{
		Title: "All SMTP reply codes and enhanced status codes", Path: "/codes", Section: "codes", Body: v,
		Description: fmt.Sprintf("%d SMTP codes documented: %d hard, %d soft. What each one means, why it happens and how to fix it.", v.Counts.Documented, v.Counts.Hard, v.Counts.Soft),
	})
}

// howView is the page that teaches to read codes.
type howView struct {
	Classes, Subjects []codeRow
	Disagree          []codeRow
}

func (s *Site) howToRead(w http.ResponseWriter, r *http.Request) {
	var v howView
	for _, id := range s.index.families {
		c, ok := s.x.Book.Code(id)
		if !ok {
			continue
		}
		row := codeRow{Code: explain.Written(id), Href: ui.CodeHref(id), Title: c.Title}
		switch {
		case !strings.Contains(id, "."):
			v.Classes = append(v.Classes, row)
		case id[0] == 'x':
			v.Subjects = append(v.Subjects, row)
		}
	}
	for _, row := range s.index.codes {
		if row.Disagree && len(row.Code) == 3 {
			v.Disagree = append(v.Disagree, row)
		}
	}
	s.publish(w, r, "how", ui.Page{
		Title: "How to read a bounce code", Description: "Reply codes, enhanced status codes and the text behind them: what each digit says, what outweighs what, and why the same number means different things.",
		Path: "/how-to-read-a-code", Body: v,
	})
}

// impactRow is what a kind of failure does to the sender's reputation.
type impactRow struct {
	Kind    string
	Impact  ui.Badge
	What    string
	Reasons []reasonRow
}

func (s *Site) impact(w http.ResponseWriter, r *http.Request) {
	var rows []impactRow
	for _, impact := range codebook.Impacts() {
		row := impactRow{Kind: string(impact), Impact: ui.ImpactBadge(impact), What: ui.Tail(explain.ImpactWords(impact))}
		for _, id := range codebook.Reasons() {
			if info, ok := s.x.Book.Reason(id); ok && info.Impact == impact {
				row.Reasons = append(row.Reasons, reasonRow{ui.ReasonHref(id), string(id), info.Title, info.Meaning, ui.AddressTerm(id, info.Decision.Permanent).Badge})
			}
		}
		rows = append(rows, row)
	}
	s.publish(w, r, "impact", ui.Page{
		Title: "How bounces affect the sender's reputation", Description: "Which bounces cost reputation and which do not, what to do about each kind, and the bounce rates to stay below.",
		Path: "/impact", Body: rows,
	})
}

// robots tells search engines where they may go.
func (s *Site) robots(w http.ResponseWriter, r *http.Request) {
	text := "User-agent: *\nDisallow: /answer\n"
	if s.shell.Closed() {
		text = "User-agent: *\nDisallow: /\n"
	}
	if s.shell.Base() != "" && !s.shell.Closed() {
		text += "\nSitemap: " + s.shell.Base() + "/sitemap.xml\n"
	}
	s.send(w, "text/plain; charset=utf-8", []byte(text))
}

// urlSet is a sitemap, https://www.sitemaps.org/protocol.html.
type urlSet struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc string `xml:"loc"`
}

// sitemap lists all pages. Its addresses must be whole: without a base, those of
// the request are taken.
func (s *Site) sitemap(w http.ResponseWriter, r *http.Request) {
	base := s.shell.Base()
	if base == "" {
		base = "http://" + r.Host
	}
	var set urlSet
	for _, p := range s.index.paths {
		set.URLs = append(set.URLs, sitemapURL{base + p})
	}
	body, err := xml.Marshal(set)
	if err != nil {
		s.nothing(w, r)
		return
	}
	s.send(w, "application/xml; charset=utf-8", append([]byte(xml.Header), body...))
}

// searchIndex is what the script of static pages searches: code or id, title,
// path.
func (s *Site) searchIndex(w http.ResponseWriter, r *http.Request) {
	entries := make([][3]string, 0, len(s.index.paths))
	for _, row := range s.index.codes {
		entries = append(entries, [3]string{row.Code, row.Title, row.Href})
	}
	for _, id := range codebook.Reasons() {
		if info, ok := s.x.Book.Reason(id); ok {
			entries = append(entries, [3]string{string(id), info.Title, ui.ReasonHref(id)})
		}
	}
	records := s.x.Book.Records().Providers
	for i := range records {
		entries = append(entries, [3]string{records[i].ID, records[i].Name, ui.ProviderHref(&records[i])})
	}
	body, err := json.Marshal(entries)
	if err != nil {
		s.nothing(w, r)
		return
	}
	s.send(w, "application/json", body)
}

// send answers with a small file that is no page.
func (s *Site) send(w http.ResponseWriter, kind string, body []byte) {
	s.shell.Secure(w)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", kept)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

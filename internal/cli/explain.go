package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
)

// explainCmd says what a code, a reply or a piece of a bounce means.
type explainCmd struct {
	Text  []string `arg:"" optional:"" help:"A code (550, 5.7.26, 4.x, X.2.2), a reply, a piece of a bounce; - or nothing for standard input."`
	Lines bool     `help:"Each line of standard input is one reply; one verdict a line, in order."`
	JSON  bool     `help:"Write JSON." name:"json"`
	Trace bool     `help:"Show the evidence that was weighed."`
	As    []string `help:"Add that system's name for the reason: sisimai, kumomta, powermta, sparkpost, ses, sendgrid, postmark, mailgun, zonemta ..." placeholder:"SYSTEM"`
	hintFlags
	bookFlags
}

// hintFlags say what is known apart from the text.
type hintFlags struct {
	Host      string `help:"The host that gave the reply."`
	Recipient string `help:"The address that was refused."`
	Stage     string `help:"The SMTP command that was answered: connect, ehlo, auth, mail, rcpt, data, content or quit."`
}

// stages are the values of --stage.
var stages = [...]codebook.Stage{codebook.StageConnect, codebook.StageEhlo, codebook.StageAuth, codebook.StageMail, codebook.StageRcpt,
	codebook.StageData, codebook.StageContent, codebook.StageQuit}

// input is a text with the hints.
func (h *hintFlags) input(text string) classify.Input {
	return classify.Input{Text: text, RemoteHost: h.Host, Recipient: h.Recipient, Stage: codebook.Stage(h.Stage)}
}

func (h *hintFlags) check() error {
	if h.Stage == "" || slices.Contains(stages[:], codebook.Stage(h.Stage)) {
		return nil
	}
	return usage("--stage: unknown stage %q; it is one of connect, ehlo, auth, mail, rcpt, data, content, quit", h.Stage)
}

// Run explains one text, or each line of standard input.
func (c *explainCmd) Run(s *streams) error {
	if err := c.check(); err != nil {
		return err
	}
	book, err := c.open(s)
	if err != nil {
		return err
	}
	if err := checkSystems(book, c.As); err != nil {
		return err
	}
	x := newExplainer(book, &c.hintFlags)
	x.Systems, x.trace = c.As, c.Trace
	if c.Lines {
		return c.explainLines(s, x)
	}
	text, err := c.text(s)
	if err != nil {
		return err
	}
	codes, err := parseCodes(text)
	if err != nil {
		return err
	}
	if codes == nil {
		if events := x.reportIn(text); len(events) > 0 {
			return c.explainEvents(s, x, events)
		}
	}
	found := x.explain(text, codes)
	if c.JSON {
		return writeJSON(s.out, found)
	}
	x.page(newPaper(s.out), found)
	return nil
}

// reportIn reads a text that is a whole report, header and all, as people paste
// it. It returns the events in it, classified.
func (x *explainer) reportIn(text string) []event.Event {
	if !strings.ContainsAny(text, "\r\n") {
		return nil
	}
	src, err := intray.OpenBytes([]byte(text), intray.Options{})
	if err != nil || src.Kind() == intray.Text {
		return nil
	}
	r, err := src.Next()
	if err != nil {
		return nil
	}
	events := bounce.Parse(r.Raw, bounce.Options{}).Events
	for i := range events {
		events[i].Source.File = intray.Stdin
		x.Classifier.Event(&events[i])
	}
	return events
}

// explainEvents explains what a report says of each recipient.
func (c *explainCmd) explainEvents(s *streams, x *explainer, events []event.Event) error {
	p := newPaper(s.out)
	pages := &explainedEvents{x, p.width, p.colour}
	for i := range events {
		if !c.JSON {
			if _, err := s.out.Write(pages.encode(nil, &events[i])); err != nil {
				return err
			}
			continue
		}
		if err := writeJSON(s.out, x.eventExplanation(&events[i])); err != nil {
			return err
		}
	}
	return nil
}

func (c *explainCmd) explainLines(s *streams, x *explainer) error {
	if len(c.Text) > 1 || len(c.Text) == 1 && c.Text[0] != "-" {
		return usage("explain --lines reads standard input: give it no text")
	}
	if _, ok := terminal(s.in); ok {
		return usage("explain --lines reads standard input: rebound explain --lines < replies.txt")
	}
	return x.lines(s.in, s.out, c.JSON)
}

// maxPasted is how much of a pasted text is read; the classifier looks at
// classify.MaxText of it.
const maxPasted = 1 << 20

// text returns what is to be explained.
func (c *explainCmd) text(s *streams) (string, error) {
	text := strings.Join(c.Text, " ")
	if len(c.Text) == 0 || text == "-" {
		if _, ok := terminal(s.in); ok && text != "-" {
			return "", usage(`nothing to explain: rebound explain 550, rebound explain "550 5.1.1 no such user", or pipe a text in`)
		}
		b, err := io.ReadAll(io.LimitReader(s.in, maxPasted))
		if err != nil {
			return "", err
		}
		text = string(b)
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	if text == "" {
		return "", usage(`the text is empty: rebound explain 550, rebound explain "550 5.1.1 no such user"`)
	}
	return text, nil
}

package classify

import (
	"sync"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// MaxText is how many bytes of a text are looked at; replies are far shorter
// (RFC 5321 section 4.5.3.1.5 allows 512 a line).
const MaxText = 64 << 10

// Input is the evidence about one recipient's failure.
type Input struct {
	Text       string          // what was said, codes included if they are there
	Code       smtpcode.Code   // where known apart from the text
	Status     smtpcode.Status // where known apart from the text
	RemoteHost string          // the host that spoke
	Recipient  string          // the address, for its domain's provider
	Stage      codebook.Stage  // the command that was answered
	Hint       event.Hint      // what the decoder of the report knows
}

// Classifier gives verdicts by one codebook.
type Classifier struct {
	book   *codebook.Codebook
	tables func() *tables
	pool   sync.Pool // of *reading
}

// New returns a classifier over a codebook. It costs nothing until the first
// text is classified.
func New(book *codebook.Codebook) *Classifier {
	c := &Classifier{book: book}
	c.tables = sync.OnceValue(func() *tables { return newTables(book) })
	c.pool.New = func() any { return new(reading) }
	return c
}

// Book returns the codebook that the classifier was made with.
func (c *Classifier) Book() *codebook.Codebook { return c.book }

// Classify returns the verdict on in.
func (c *Classifier) Classify(in Input) (v event.Verdict) {
	r := c.pool.Get().(*reading)
	r.read(c, &in)
	r.verdict(&v, r.best())
	c.pool.Put(r)
	return v
}

// Event sets the verdict of e from its own fields.
func (c *Classifier) Event(e *event.Event) {
	if v, ok := c.report(e); ok {
		e.Verdict = &v
		return
	}
	v := c.Classify(InputOf(e))
	e.Verdict = &v
}

// InputOf returns what e holds as evidence.
func InputOf(e *event.Event) Input {
	return Input{
		Text: e.Diagnostic, Code: e.ReplyCode, Status: e.Status, RemoteHost: e.RemoteMTA,
		Recipient: e.Recipient, Stage: StageOf(e.Command), Hint: e.Hint,
	}
}

// report returns the verdict on events that are no failures: their kind is all
// there is to say.
func (c *Classifier) report(e *event.Event) (event.Verdict, bool) {
	var reason codebook.Reason
	switch e.Kind {
	case event.Delivery:
		reason = codebook.Delivered
	case event.Complaint:
		reason = codebook.Complaint
	case event.AutoReply:
		reason = codebook.AutoReply
	case event.Challenge:
		reason = codebook.Challenge
	case event.Unsubscribe:
		reason = codebook.Unsubscribe
	default:
		return event.Verdict{}, false
	}
	r := reading{c: c, t: c.tables(), lasting: codebook.LastingUnknown}
	var v event.Verdict
	r.verdict(&v, candidate{evidence: FromKind, reason: reason})
	v.Confidence = event.Certain
	return v, true
}

// StageOf reads the SMTP command that a reply answered, as reports name it
// ("RCPT TO", "end of DATA").
func StageOf(command string) codebook.Stage {
	switch firstWord(command) {
	case "CONNECT", "BANNER", "GREETING", "INITIAL":
		return codebook.StageConnect
	case "EHLO", "HELO", "LHLO":
		return codebook.StageEhlo
	case "AUTH":
		return codebook.StageAuth
	case "MAIL":
		return codebook.StageMail
	case "RCPT":
		return codebook.StageRcpt
	case "DATA", "BDAT":
		return codebook.StageData
	case "END", "CONTENT", "DOT", "BODY":
		return codebook.StageContent
	case "QUIT":
		return codebook.StageQuit
	}
	return ""
}

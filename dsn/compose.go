package dsn

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/mailpart"
)

// Errors of Compose: what RFC 3464 and RFC 6522 require and the notification lacks.
var (
	ErrIncomplete  = errors.New("dsn: notification incomplete")
	ErrNoRecipient = errors.New("dsn: notification without recipients")
)

// Notification is a delivery status notification to be written. Who sends it has to do so with the null sender, MAIL FROM:<> (RFC 3464
// section 2).
type Notification struct {
	From      string    // required: the From field, "Mail Delivery System <MAILER-DAEMON@mx.example.org>"
	To        string    // required: the envelope sender of the message reported on
	Subject   string    // any text; "Delivery Status Notification" if empty
	MessageID string    // with angle brackets; none is written if empty
	Date      time.Time // required
	Text      string    // the explanation for people, any text
	Report    Report    // Part, Text, Returned and Problems are not looked at
	Returned  []byte    // the message reported on; none is returned if empty
	Full      bool      // return the whole message, not only its header (RET=FULL, RFC 3461 section 4.3)
}

// Compose writes the notification as a multipart/report of RFC 6522, with CR LF line ends. Where an address is not ASCII, the media types of
// RFC 6533 are used. Line breaks in values are taken out, so that nothing can be smuggled in.
//
// A returned message with lines longer than the 998 bytes that SMTP allows is returned as its header only.
func Compose(w io.Writer, n Notification) error {
	if err := n.check(); err != nil {
		return err
	}
	c := composer{international: n.international()}
	human := crlf(n.Text)
	status := c.status(&n.Report)
	returned, mediaType := c.returned(&n)
	boundary := boundaryFor(human, status, returned)

	c.header(&n, boundary)
	c.human(boundary, human)
	statusType := "message/delivery-status"
	if c.international {
		statusType = "message/global-delivery-status"
	}
	c.part(boundary, statusType, "Delivery report", status)
	if mediaType != "" {
		c.part(boundary, mediaType, "Undelivered message", returned)
	}
	c.line("")
	c.line("--" + boundary + "--")
	_, err := w.Write(c.out.Bytes())
	return err
}

func (n *Notification) check() error {
	switch {
	case strings.TrimSpace(n.From) == "":
		return fmt.Errorf("%w: From is required", ErrIncomplete)
	case strings.TrimSpace(n.To) == "":
		return fmt.Errorf("%w: To is required (to the null sender nothing is reported)", ErrIncomplete)
	case n.Date.IsZero():
		return fmt.Errorf("%w: Date is required", ErrIncomplete)
	case n.Report.ReportingMTA.Name == "":
		return fmt.Errorf("%w: Reporting-MTA is required", ErrIncomplete)
	case len(n.Report.Recipients) == 0:
		return ErrNoRecipient
	}
	for i, r := range n.Report.Recipients {
		if r.Final.IsZero() || r.Action == ActionUnknown || !r.Status.IsValid() {
			return fmt.Errorf("%w: recipient %d needs Final-Recipient, Action and Status", ErrIncomplete, i+1)
		}
	}
	return nil
}

// international says whether the media types of RFC 6533 are needed.
func (n *Notification) international() bool {
	for _, r := range n.Report.Recipients {
		if !isASCII(r.Final.Address) || !isASCII(r.Original.Address) {
			return true
		}
	}
	return false
}

type composer struct {
	out           bytes.Buffer
	international bool
}

func (c *composer) line(s string) {
	c.out.WriteString(s)
	c.out.WriteString("\r\n")
}

func (c *composer) header(n *Notification, boundary string) {
	subject := n.Subject
	if subject == "" {
		subject = "Delivery Status Notification"
	}
	writeField(&c.out, "From", addressList(n.From))
	writeField(&c.out, "To", addressList(n.To))
	writeField(&c.out, "Subject", mime.QEncoding.Encode("utf-8", oneLine(subject)))
	writeField(&c.out, "Date", n.Date.Format(time.RFC1123Z))
	if n.MessageID != "" {
		writeField(&c.out, "Message-ID", n.MessageID)
	}
	writeField(&c.out, "Auto-Submitted", "auto-replied") // RFC 3834 section 5
	c.line("MIME-Version: 1.0")
	c.line("Content-Type: multipart/report; report-type=" + c.reportType() + ";")
	c.line("\tboundary=\"" + boundary + "\"")
	c.line("Content-Transfer-Encoding: 8bit")
	c.line("")
	c.line("This is a delivery status notification in MIME format.")
}

// addressList encodes display names; what is no address list is written as it is.
func addressList(s string) string {
	list, err := mail.ParseAddressList(oneLine(s))
	if err != nil {
		return s
	}
	var out []string
	for _, a := range list {
		if a.Name == "" {
			out = append(out, a.Address)
			continue
		}
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

func (c *composer) reportType() string {
	if c.international {
		return "global-delivery-status" // RFC 6533 section 4
	}
	return "delivery-status"
}

// part writes one part. Everything may be 8bit; RFC 3464 section 2.1 has delivery-status in 7bit, which it is unless it is global.
func (c *composer) part(boundary, mediaType, description string, body []byte) {
	c.line("")
	c.line("--" + boundary)
	c.line("Content-Description: " + description)
	c.line("Content-Type: " + mediaType)
	if !isASCII(string(body)) {
		c.line("Content-Transfer-Encoding: 8bit")
	}
	c.line("")
	c.out.Write(bytes.TrimSuffix(body, []byte("\r\n")))
	c.line("")
}

// human writes the explanation, in quoted-printable if its lines are too long to travel.
func (c *composer) human(boundary string, text []byte) {
	const mediaType = "text/plain; charset=utf-8"
	if shortLines(text) {
		c.part(boundary, mediaType, "Notification", text)
		return
	}
	var encoded bytes.Buffer
	w := quotedprintable.NewWriter(&encoded)
	w.Write(text) // a bytes.Buffer takes everything
	w.Close()
	c.part(boundary, mediaType+"\r\nContent-Transfer-Encoding: quoted-printable", "Notification", encoded.Bytes())
}

// status writes the groups of fields in the order of RFC 3464.
func (c *composer) status(r *Report) []byte {
	var out bytes.Buffer
	writeField(&out, "Original-Envelope-Id", r.EnvelopeID)
	writeField(&out, "Reporting-MTA", r.ReportingMTA.write())
	writeField(&out, "DSN-Gateway", r.Gateway.write())
	writeField(&out, "Received-From-MTA", r.ReceivedFromMTA.write())
	writeField(&out, "Arrival-Date", string(r.ArrivalDate))
	c.others(&out, r.Other)
	for i := range r.Recipients {
		out.WriteString("\r\n")
		c.recipient(&out, &r.Recipients[i])
	}
	return out.Bytes()
}

func (c *composer) recipient(out *bytes.Buffer, r *Recipient) {
	writeField(out, "Original-Recipient", c.address(r.Original))
	writeField(out, "Final-Recipient", c.address(r.Final))
	writeField(out, "Action", r.Action.String())
	writeField(out, "Status", r.Status.String())
	writeField(out, "Remote-MTA", r.RemoteMTA.write())
	if r.Diagnostic.Text != "" {
		kind := r.Diagnostic.Type
		if kind == "" {
			kind = "smtp"
		}
		writeField(out, "Diagnostic-Code", c.ascii(kind+"; "+r.Diagnostic.Text))
	}
	writeField(out, "Last-Attempt-Date", string(r.LastAttempt))
	writeField(out, "Final-Log-ID", r.FinalLogID)
	writeField(out, "Will-Retry-Until", string(r.WillRetryUntil))
	c.others(out, r.Other)
}

// address writes type and address; utf-8 is the type of addresses that are not ASCII (RFC 6533 section 3).
func (c *composer) address(a Address) string {
	if a.IsZero() {
		return ""
	}
	kind := a.Type
	switch {
	case !isASCII(a.Address):
		kind = "utf-8"
	case kind == "":
		kind = "rfc822"
	}
	return kind + "; " + a.Address
}

// ascii replaces what is not ASCII where the report is to be ASCII (RFC 3464 section 2.1.2).
func (c *composer) ascii(s string) string {
	if c.international || isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return '?'
	}, s)
}

func (m MTA) write() string {
	if m.Name == "" {
		return ""
	}
	kind := m.Type
	if kind == "" {
		kind = "dns"
	}
	if m.Comment == "" {
		return kind + "; " + m.Name
	}
	return kind + "; " + m.Name + " (" + m.Comment + ")"
}

func (c *composer) others(out *bytes.Buffer, fields []Field) {
	for _, f := range fields {
		if isFieldName(f.Name) {
			writeField(out, f.Name, c.ascii(f.Value))
		}
	}
}

func isFieldName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || s[i] == ':' {
			return false
		}
	}
	return s != ""
}

// writeField writes a field, folded at blanks before column 78; nothing if the value is empty.
func writeField(out *bytes.Buffer, name, value string) {
	const width, hardLimit = 78, 900
	value = oneLine(value)
	if value == "" {
		return
	}
	out.WriteString(name + ":")
	column := len(name) + 1
	for _, word := range strings.Split(value, " ") {
		for len(word) > hardLimit {
			cut := hardLimit
			for !utf8.RuneStart(word[cut]) && cut > hardLimit-utf8.UTFMax {
				cut--
			}
			out.WriteString("\r\n " + word[:cut])
			word = word[cut:]
			column = width
		}
		if column+1+len(word) > width && column > len(name)+1 {
			out.WriteString("\r\n   ")
			column = 3
		}
		out.WriteString(" " + word)
		column += 1 + len(word)
	}
	out.WriteString("\r\n")
}

// oneLine makes each run of blanks and control characters one blank.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}

// returned gives what is returned of the message, and its media type; "" if nothing is.
func (c *composer) returned(n *Notification) (body []byte, mediaType string) {
	if len(n.Returned) == 0 {
		return nil, ""
	}
	if whole := crlf(string(n.Returned)); n.Full && shortLines(whole) {
		return whole, c.choose(whole, "message/rfc822", "message/global")
	}
	h, _ := mailpart.ParseHeader(n.Returned)
	var out bytes.Buffer
	for f := range h.All() {
		writeField(&out, f.Name(), f.Unfolded())
	}
	return out.Bytes(), c.choose(out.Bytes(), "text/rfc822-headers", "message/global-headers")
}

func (c *composer) choose(body []byte, ascii, global string) string {
	head, _, _ := bytes.Cut(body, []byte("\r\n\r\n"))
	if c.international || !isASCII(string(head)) {
		return global
	}
	return ascii
}

func shortLines(b []byte) bool {
	const longest = 998 // RFC 5321 section 4.5.3.1.6
	for line := range bytes.SplitSeq(b, []byte("\r\n")) {
		if len(line) > longest {
			return false
		}
	}
	return true
}

// crlf makes every line end CR LF, and the last line have one.
func crlf(s string) []byte {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	s = strings.TrimSuffix(s, "\n") + "\n"
	return []byte(strings.ReplaceAll(s, "\n", "\r\n"))
}

// boundaryFor makes a boundary that occurs in none of the bodies. It depends on nothing but them.
func boundaryFor(bodies ...[]byte) string {
	hash := sha256.New()
	for _, body := range bodies {
		hash.Write(body)
	}
	for {
		boundary := "=_dsn_" + hex.EncodeToString(hash.Sum(nil)[:16])
		taken := false
		for _, body := range bodies {
			taken = taken || bytes.Contains(body, []byte(boundary))
		}
		if !taken {
			return boundary
		}
		hash.Write([]byte{0})
	}
}

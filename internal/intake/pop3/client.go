package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// Bounds of what a server may send.
const (
	maxLine   = 1 << 10 // bytes of a line that is no mail; RFC 2449 allows 512
	maxListed = 500_000 // mails, and lines of a list
	maxID     = 256     // bytes of a unique id; RFC 1939 allows 70
)

// client is a connection to a server.
type client struct {
	conn    net.Conn
	lines   *bufio.Reader
	timeout time.Duration
	end     string // of lines: CRLF, but some servers write LF alone
}

// dial connects, with TLS as the options say, and reads the greeting.
func dial(ctx context.Context, o *Options) (*client, error) {
	return mailbox.Dial(ctx, &o.Account, func(ctx context.Context, conn net.Conn) (*client, error) {
		c := newClient(conn, o.Timeout)
		if o.Security == mailbox.TLS {
			if err := c.secure(ctx, o); err != nil {
				return nil, err
			}
		}
		if err := c.greet(); err != nil {
			return nil, err
		}
		if o.Security == mailbox.StartTLS {
			return c, c.startTLS(ctx, o)
		}
		return c, nil
	})
}

func newClient(conn net.Conn, timeout time.Duration) *client {
	return &client{conn: conn, lines: bufio.NewReaderSize(conn, 32<<10), timeout: timeout, end: "\r\n"}
}

// secure goes on with TLS.
func (c *client) secure(ctx context.Context, o *Options) error {
	conn, err := o.Secure(ctx, c.conn)
	if err != nil {
		return err
	}
	*c = *newClient(conn, c.timeout)
	return nil
}

// greet reads the greeting.
func (c *client) greet() error {
	if err := c.allow(c.timeout); err != nil {
		return err
	}
	line, err := c.line()
	if err != nil {
		return fmt.Errorf("%w: %w", mailbox.ErrUnreachable, err)
	}
	if !strings.HasSuffix(line, "\r\n") {
		c.end = "\n"
	}
	_, err = status(line)
	return err
}

// startTLS asks for TLS (RFC 2595, section 4). What came before the handshake and
// behind the answer would be a stranger's, smuggled in.
func (c *client) startTLS(ctx context.Context, o *Options) error {
	if _, err := c.command("STLS"); err != nil {
		return fmt.Errorf("%w: STLS is refused; use port 995 with TLS: %w", mailbox.ErrTLS, err)
	}
	if c.lines.Buffered() > 0 {
		return fmt.Errorf("%w: there is text between STLS and the handshake", mailbox.ErrTLS)
	}
	return c.secure(ctx, o)
}

// allow gives the server so much time for its answer.
func (c *client) allow(timeout time.Duration) error {
	return c.conn.SetDeadline(time.Now().Add(timeout))
}

// line reads a line with its end.
func (c *client) line() (string, error) {
	var line []byte
	for {
		piece, err := c.lines.ReadSlice('\n')
		if line = append(line, piece...); len(line) > maxLine {
			return "", errTooMuch
		}
		switch {
		case err == nil:
			return string(line), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		}
	}
}

// status reads a status line: what follows +OK, or a *negative.
func status(line string) (string, error) {
	word, text, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	switch {
	case strings.EqualFold(word, "+OK"):
		return text, nil
	case strings.EqualFold(word, "-ERR"):
		n := &negative{text: text}
		if rest, ok := strings.CutPrefix(text, "["); ok {
			n.code, _, _ = strings.Cut(strings.ToUpper(rest), "]")
		}
		return "", n
	}
	return "", fmt.Errorf("%w: %q", errProtocol, word)
}

// command sends a command and reads its status line.
func (c *client) command(command string) (string, error) {
	return c.longCommand(command, c.timeout)
}

// longCommand is command whose whole answer may take so long.
func (c *client) longCommand(command string, timeout time.Duration) (string, error) {
	if err := c.allow(timeout); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c.conn, command+"\r\n"); err != nil {
		return "", err
	}
	line, err := c.line()
	if err != nil {
		return "", err
	}
	return status(line)
}

// list reads the lines of an answer with several.
func (c *client) list(command string, each func(line string)) error {
	if _, err := c.longCommand(command, 5*c.timeout); err != nil {
		return err
	}
	for range maxListed {
		line, err := c.line()
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "." {
			return nil
		}
		each(strings.TrimPrefix(line, "."))
	}
	return errTooMuch
}

// capabilities returns what the server can do, by name; none if it does not say.
func (c *client) capabilities() (map[string][]string, error) {
	caps := map[string][]string{}
	err := c.list("CAPA", func(line string) {
		if words := strings.Fields(line); len(words) > 0 && len(caps) < 100 {
			caps[strings.ToUpper(words[0])] = words[1:]
		}
	})
	if errors.As(err, new(*negative)) { // servers of RFC 1939 alone
		return nil, nil
	}
	return caps, err
}

// login logs in.
func (c *client) login(user, password string) error {
	_, err := c.command("USER " + user)
	if err == nil {
		_, err = c.command("PASS " + password)
	}
	refusal, ok := errors.AsType[*negative](err)
	if !ok {
		return err
	}
	// RFC 2449, section 8.1, and RFC 3206: these pass, the others do not.
	switch refusal.code {
	case "IN-USE", "LOGIN-DELAY", "SYS/TEMP":
		return err
	}
	// The text is left out: it may repeat what was sent.
	return fmt.Errorf("%w: %.40s", mailbox.ErrLogin, refusal.code)
}

// entry is a mail in the list of a mailbox.
type entry struct {
	number int
	size   int64  // in bytes, as the server says
	id     string // "" if the server tells none
}

// entries lists the mailbox. hasIDs is whether the server knows UIDL.
func (c *client) entries() (list []entry, hasIDs bool, err error) {
	places := map[int]int{}
	err = c.list("LIST", func(line string) {
		number, rest := numbered(line)
		size, err := strconv.ParseInt(rest, 10, 64)
		if _, twice := places[number]; number > 0 && err == nil && size >= 0 && !twice {
			places[number] = len(list)
			list = append(list, entry{number: number, size: size})
		}
	})
	if err != nil {
		return nil, false, err
	}
	err = c.list("UIDL", func(line string) {
		number, id := numbered(line)
		if at, ok := places[number]; ok && isID(id) {
			list[at].id = id
		}
	})
	if errors.As(err, new(*negative)) {
		return list, false, nil
	}
	return list, err == nil, err
}

// numbered reads a line of a list: a number, and a word.
func numbered(line string) (int, string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return 0, ""
	}
	number, err := strconv.Atoi(words[0])
	if err != nil {
		return 0, ""
	}
	return number, words[1]
}

// isID reports whether a unique id is one: RFC 1939 allows what is visible.
func isID(id string) bool {
	for i := range len(id) {
		if id[i] < 0x21 || id[i] > 0x7e {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// read reads a mail of at most so many bytes. errTooMuch is that it has more; then
// the connection is of no use any more.
func (c *client) read(one entry, most int64) ([]byte, error) {
	// Servers are known to tell sizes that are somewhat wrong.
	timeout := c.timeout + time.Duration(min(2*one.size+maxLine, most)/mailbox.Slowest)*time.Second
	if _, err := c.longCommand(fmt.Sprintf("RETR %d", one.number), timeout); err != nil {
		return nil, err
	}
	return readText(c.lines, most, c.end)
}

// readText reads text up to the line that is a dot alone, and takes the dots away
// that were put before others (RFC 1939, section 3). A line ends as end says and
// not otherwise: what only looks like the end, in a mail with line feeds alone, is
// the mail's own.
func readText(r *bufio.Reader, most int64, end string) ([]byte, error) {
	var text []byte
	atStart := true
	for {
		piece, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if atStart && len(piece) > 0 && piece[0] == '.' {
			if piece = piece[1:]; string(piece) == end {
				return text, nil
			}
		}
		if int64(len(text)+len(piece)) > most {
			return nil, errTooMuch
		}
		text = append(text, piece...)
		atStart = bytes.HasSuffix(text, []byte(end))
	}
}

// close closes the connection.
func (c *client) close() { _ = c.conn.Close() }

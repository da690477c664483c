package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/verp"
)

// verpCmd reads and writes return paths.
type verpCmd struct {
	Encode verpEncodeCmd `cmd:"" help:"Put recipients into a return path."`
	Decode verpDecodeCmd `cmd:"" help:"Take the recipient or mailbox out of VERP, BATV and SRS return paths. Nothing is verified."`
	Sign   verpSignCmd   `cmd:"" help:"Put recipients into a return path, signed, so that no forged bounce counts."`
	Verify verpVerifyCmd `cmd:"" help:"Verify signed return paths."`
	Key    verpKeyCmd    `cmd:"" help:"Make a new key, as a line for the file of keys."`
}

type verpEncodeCmd struct {
	ReturnPath string   `arg:"" help:"Where bounces go, such as bounces@lists.example."`
	Recipients []string `arg:"" help:"Addresses; - reads them from standard input, one a line."`
	Delimiter  string   `help:"What the mail host splits extensions at: + or -." default:"+" enum:"+,-"`
}

// Run writes a return path a recipient.
func (c *verpEncodeCmd) Run(s *streams) error {
	return s.eachAddress(c.Recipients, func(recipient string) (string, error) {
		return verp.Encode(c.ReturnPath, c.Delimiter[0], recipient)
	})
}

type verpDecodeCmd struct {
	Addresses []string `arg:"" help:"Return paths; - reads them from standard input, one a line."`
}

// Run writes what each address carries.
func (c *verpDecodeCmd) Run(s *streams) error {
	return s.eachAddress(c.Addresses, func(address string) (string, error) {
		if recipient, ok := verp.Recipient(address); ok {
			return recipient, nil
		}
		if inner := verp.Unwrap(address); inner != address {
			return inner, nil
		}
		return "", fmt.Errorf("%q carries no other address", address)
	})
}

// keyFlags are what signing and verifying share.
type keyFlags struct {
	Keys   string `help:"File of keys, one a line: an id (a to z, 2 to 7) and a secret; the first signs. Make one with: rebound verp key." required:"" type:"path" placeholder:"FILE"`
	MaxAge int    `help:"How many days a signature counts." default:"30" placeholder:"DAYS"`
	Today  string `help:"Take this day for today." placeholder:"YYYY-MM-DD"`
}

func (f *keyFlags) open(options verp.Options) (*verp.Keyring, time.Time, error) {
	now := time.Now()
	if f.Today != "" {
		day, err := time.Parse(time.DateOnly, f.Today)
		if err != nil {
			return nil, now, usage("--today: %q is not a day such as 2026-03-01", f.Today)
		}
		now = day
	}
	data, err := os.ReadFile(f.Keys)
	if err != nil {
		return nil, now, usageError{err}
	}
	keys, err := verp.ParseKeys(data)
	if err != nil {
		return nil, now, usage("%s: %w", f.Keys, err)
	}
	if f.MaxAge < 1 || f.MaxAge > 10000 {
		return nil, now, usage("--max-age: %d is not from 1 to 10000 days", f.MaxAge)
	}
	options.MaxAge = time.Duration(f.MaxAge) * 24 * time.Hour
	ring, err := verp.NewKeyring(options, keys[0], keys[1:]...)
	if err != nil {
		return nil, now, usage("%s: %w", f.Keys, err)
	}
	return ring, now, nil
}

type verpSignCmd struct {
	ReturnPath string   `arg:"" help:"Where bounces go, such as bounces@lists.example."`
	Recipients []string `arg:"" help:"Addresses; - reads them from standard input, one a line."`
	Delimiter  string   `help:"What the mail host splits extensions at: + or -." default:"+" enum:"+,-"`
	MaxLocal   int      `help:"The longest local part that is written; RFC 5321 allows 64 bytes." default:"64" placeholder:"BYTES"`
	keyFlags
}

// Run writes a signed return path a recipient.
func (c *verpSignCmd) Run(s *streams) error {
	ring, now, err := c.open(verp.Options{Delimiter: c.Delimiter[0], MaxLocal: c.MaxLocal})
	if err != nil {
		return err
	}
	return s.eachAddress(c.Recipients, func(recipient string) (string, error) {
		return ring.Sign(c.ReturnPath, recipient, now)
	})
}

type verpVerifyCmd struct {
	Addresses []string `arg:"" help:"Return paths; - reads them from standard input, one a line."`
	keyFlags
}

// Run writes the recipient of each address whose signature is right.
func (c *verpVerifyCmd) Run(s *streams) error {
	ring, now, err := c.open(verp.Options{})
	if err != nil {
		return err
	}
	return s.eachAddress(c.Addresses, func(address string) (string, error) {
		signed, err := ring.Verify(address, now)
		if err != nil {
			return "", fmt.Errorf("%q: %w", address, err)
		}
		return fmt.Sprintf("%s\tsigned %s with key %c", signed.Recipient, signed.Day.Format(time.DateOnly), signed.KeyID), nil
	})
}

type verpKeyCmd struct {
	ID string `arg:"" optional:"" help:"The key's id, a letter a to z or a digit 2 to 7." default:"a"`
}

// Run writes a key that nobody else has.
func (c *verpKeyCmd) Run(s *streams) error {
	key := verp.Key{Secret: []byte(verp.NewSecret())}
	if len(c.ID) == 1 {
		key.ID = c.ID[0]
	}
	if _, err := verp.NewKeyring(verp.Options{}, key); err != nil {
		return usageError{err}
	}
	_, err := fmt.Fprintf(s.out, "%c %s\n", key.ID, key.Secret)
	return err
}

// eachAddress writes a line for each address, or what is wrong with it. It fails
// in the end if one of them did.
func (s *streams) eachAddress(addresses []string, convert func(string) (string, error)) error {
	out := bufio.NewWriter(s.out)
	failed := false
	one := func(address string) error {
		line, err := convert(address)
		if err != nil {
			failed = true
			if err := out.Flush(); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.err, "rebound: %s\n", printable(strings.TrimPrefix(err.Error(), "verp: ")))
			return err
		}
		_, err = fmt.Fprintln(out, printable(line))
		return err
	}
	for _, address := range addresses {
		var err error
		if address == "-" {
			err = eachLine(s.in, one)
		} else {
			err = one(address)
		}
		if err != nil {
			return errors.Join(err, out.Flush())
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed {
		return errFailed
	}
	return nil
}

// eachLine calls f with each line that is not empty.
func eachLine(r io.Reader, f func(string) error) error {
	lines := bufio.NewScanner(r)
	for begun := false; lines.Scan(); {
		line := lines.Text()
		if !begun { // some editors write a byte order mark before the first line
			begun, line = true, strings.TrimPrefix(line, "\ufeff")
		}
		if line = strings.TrimSpace(line); line != "" {
			if err := f(line); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

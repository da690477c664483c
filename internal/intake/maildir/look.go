package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
)

// look is one look at the folder.
type look struct {
	*Maildir
	root    *os.Root
	batch   []mail
	bytes   int64
	bad     map[string]bool // names of what stays where it is; at most maxKnown
	stays   int             // how many these are
	problem string          // with the first of them
}

// mail is one that was read.
type mail struct {
	name string // in new
	body []byte
}

// What is given to the spool at once.
const (
	batchMails = 64
	batchBytes = 4 << 20
	maxKnown   = 10_000 // names of bad mails that are remembered, so that each counts once
	maxNames   = 1024   // names read at once
)

// open opens the folder. What is reached through it stays within it.
func (l *look) open() error {
	root, err := os.OpenRoot(l.opt.Path)
	if err != nil {
		return fmt.Errorf("%s cannot be opened: %w; check the path, and that the server may read it", l.opt.Path, reason(err))
	}
	l.root = root
	return nil
}

func (l *look) close() { l.root.Close() }

// all reads through the folder.
func (l *look) all(ctx context.Context) error {
	folder, err := l.root.Open("new")
	if err != nil {
		return fmt.Errorf("%s/new cannot be read: %w; a Maildir has the folders new and cur", l.opt.Path, reason(err))
	}
	defer folder.Close()
	for {
		entries, err := folder.ReadDir(maxNames)
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		for _, entry := range entries {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := l.take(ctx, entry); err != nil {
				return err
			}
		}
		if err := l.deliver(ctx); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s/new cannot be read: %w", l.opt.Path, reason(err))
		}
	}
}

// take reads a mail into the batch, and delivers a full one.
func (l *look) take(ctx context.Context, entry fs.DirEntry) error {
	name := entry.Name()
	if strings.HasPrefix(name, ".") || entry.IsDir() {
		return nil // no mails
	}
	body, err := l.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // somebody else took it
	case err != nil:
		l.stay(name, reason(err))
		return nil
	}
	if len(l.batch) > 0 && l.bytes+int64(len(body)) > batchBytes {
		if err := l.deliver(ctx); err != nil {
			return err
		}
	}
	l.batch = append(l.batch, mail{name, body})
	l.bytes += int64(len(body))
	if len(l.batch) < batchMails {
		return nil
	}
	return l.deliver(ctx)
}

// Why a mail stays where it is.
var (
	errSpecial = errors.New("it is not a regular file")
	errEmpty   = errors.New("it is empty")
	errLarge   = errors.New("it is larger than a mail may be; raise the limit, or move it away")
)

// read reads a mail. It neither follows links nor waits for pipes.
func (l *look) read(name string) ([]byte, error) {
	path := filepath.Join("new", name)
	listed, err := l.root.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !listed.Mode().IsRegular() {
		return nil, errSpecial
	}
	if listed.Size() > l.opt.MaxMessage {
		return nil, errLarge
	}
	file, err := l.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(listed, info) {
		return nil, errSpecial
	}
	body := make([]byte, 0, info.Size()+1)
	for {
		if int64(len(body)) > l.opt.MaxMessage {
			return nil, errLarge
		}
		if len(body) == cap(body) {
			body = slices.Grow(body, 4096)
		}
		n, err := file.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF) && len(body) == 0:
			return nil, errEmpty
		case errors.Is(err, io.EOF):
			return body, nil
		case err != nil:
			return nil, err
		}
	}
}

// stay notes a mail that stays where it is.
func (l *look) stay(name string, why error) {
	l.stays++
	if l.problem == "" {
		l.problem = fmt.Sprintf("%q: %v", filepath.Join(l.opt.Path, "new", name), why)
	}
	if len(l.bad) >= maxKnown {
		return
	}
	l.bad[name] = true
	if !l.known[name] {
		l.gauge.Refuse(1)
		l.opt.Logger.Warn("a mail stays where it is", "source", l.opt.Name, "name", name, "error", why)
	}
}

// summary says what stays where it is.
func (l *look) summary() string {
	if l.stays == 1 {
		return "a mail cannot be taken: " + l.problem
	}
	return fmt.Sprintf("%d mails cannot be taken, such as %s", l.stays, l.problem)
}

// deliver gives the batch to the spool and moves its mails.
func (l *look) deliver(ctx context.Context) error {
	batch := l.batch
	l.batch, l.bytes = nil, 0
	if len(batch) == 0 {
		return nil
	}
	err := l.append(ctx, batch...)
	if errors.Is(err, spool.ErrTooLarge) || errors.Is(err, spool.ErrInvalid) {
		return l.apart(ctx, batch)
	}
	return err
}

// apart gives mails to the spool one by one, because it refuses one of them.
func (l *look) apart(ctx context.Context, batch []mail) error {
	for _, one := range batch {
		err := l.append(ctx, one)
		switch {
		case errors.Is(err, spool.ErrTooLarge):
			l.stay(one.name, errLarge)
		case errors.Is(err, spool.ErrInvalid):
			l.stay(one.name, err)
		case err != nil:
			return err
		}
	}
	return nil
}

// append makes mails durable, and only then moves them.
func (l *look) append(ctx context.Context, batch ...mail) error {
	reports := make([]spool.Report, len(batch))
	for i, one := range batch {
		reports[i] = l.report(one)
	}
	if err := l.opt.Spool.Append(ctx, reports...); err != nil {
		if errors.Is(err, spool.ErrTooLarge) || errors.Is(err, spool.ErrInvalid) || ctx.Err() != nil {
			return err
		}
		return errors.New(intake.SpoolProblem(err))
	}
	l.gauge.Accept(len(batch))
	for _, one := range batch {
		l.moves = append(l.moves, one.name)
	}
	return l.settle()
}

func (l *look) report(one mail) spool.Report {
	meta := map[string]string{spool.MetaPath: filepath.Join(l.opt.Path, "new", one.name)}
	if l.opt.Stream != "" {
		meta[spool.MetaStream] = l.opt.Stream
	}
	return spool.Report{ID: spool.NewID(), Source: spool.Maildir, Received: l.opt.Now(), Trust: l.opt.Trust, Kind: spool.KindMail, Body: one.body, Meta: meta}
}

// settle moves what the spool has. As long as that fails nothing more is taken,
// because it would be taken again and again.
func (l *look) settle() error {
	for len(l.moves) > 0 {
		if err := l.move(l.moves[0]); err != nil {
			return fmt.Errorf("%s: what was taken cannot be moved from new to cur: %w; the server must be allowed to write to both", l.opt.Path, reason(err))
		}
		l.moves = l.moves[1:]
	}
	l.moves = nil
	return nil
}

// move moves a mail to cur, marked as seen. It overwrites nothing.
func (l *look) move(name string) error {
	from := filepath.Join("new", name)
	to := filepath.Join("cur", seen(name))
	if _, err := l.root.Lstat(to); err == nil {
		unique, flags, _ := strings.Cut(seen(name), ":")
		to = filepath.Join("cur", unique+"_"+spool.NewID()+":"+flags)
	}
	err := l.root.Rename(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := l.root.Lstat(from); errors.Is(gone, fs.ErrNotExist) {
			return nil // somebody else moved it
		}
	}
	return err
}

// seen returns the name of a mail in cur with the flag S: the flags stand behind
// ":2," in the order of the alphabet.
func seen(name string) string {
	unique, info, _ := strings.Cut(name, ":")
	flags, ok := strings.CutPrefix(info, "2,")
	if !ok {
		flags = ""
	}
	if !strings.Contains(flags, "S") {
		letters := []byte(flags + "S")
		slices.Sort(letters)
		flags = string(letters)
	}
	return unique + ":2," + flags
}

// reason takes the path out of an error: who shows it says which one it is.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err
	}
	return err
}

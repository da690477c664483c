package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/store"
)

// tokenCmd works on the tokens by which programs are let in.
type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make a token. It is shown once, and never stored."`
	List   tokenListCmd   `cmd:"" help:"List tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token."`
}

type tokenAddCmd struct {
	Name    string          `arg:"" help:"Who has it: what is written where it did something."`
	Scope   []string        `help:"What it allows: read, ingest (hand reports in), admin (everything). May be repeated." enum:"read,ingest,admin" required:"" placeholder:"SCOPE"`
	Expires config.Duration `help:"After what time it ends, such as 90d; never if left out." placeholder:"TIME"`
	JSON    bool            `help:"Write a JSON object." name:"json"`
	placeFlags
}

// Run makes a token.
func (c *tokenAddCmd) Run(s *streams) error {
	name := strings.TrimSpace(c.Name)
	if name == "" || len(name) > 100 {
		return usage("the name has to have 1 to 100 characters")
	}
	var scopes []store.Scope
	for _, text := range c.Scope {
		scope, _ := store.ParseScope(text)
		scopes = append(scopes, scope)
	}
	var expires time.Time
	if c.Expires > 0 {
		expires = s.now().Add(time.Duration(c.Expires)).UTC()
	}
	return c.use(s, true, func(ctx context.Context, d desk) error {
		secret, t, err := d.NewToken(ctx, name, scopes, expires)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(s.out, struct {
				store.Token
				Secret string `json:"secret"`
			}{t, secret})
		}
		fmt.Fprintf(s.err, "Token %s of %s: it is shown this once.\n", t.ID, printable(name))
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}

type tokenListCmd struct {
	JSON bool `help:"Write a JSON array." name:"json"`
	placeFlags
}

// Run lists.
func (c *tokenListCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		list, err := d.Tokens(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(s.out, list)
		}
		rows := make([][]string, len(list))
		now := s.now()
		for i := range list {
			t := &list[i]
			scopes := make([]string, len(t.Scopes))
			for j, scope := range t.Scopes {
				scopes[j] = string(scope)
			}
			rows[i] = []string{t.ID, printable(t.Name), strings.Join(scopes, ","), "made " + day(t.Created), standing(t, now)}
		}
		newPaper(s.out).table(rows)
		return nil
	})
}

// standing says whether a token holds.
func standing(t *store.Token, now time.Time) string {
	switch {
	case !t.Revoked.IsZero():
		return "revoked " + day(t.Revoked)
	case !t.Valid(now):
		return "expired " + day(t.Expires)
	case !t.Used.IsZero():
		return "used " + day(t.Used)
	}
	return "never used"
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

type tokenRevokeCmd struct {
	ID string `arg:"" help:"The id that rebound token list shows."`
	placeFlags
}

// Run revokes.
func (c *tokenRevokeCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		if strings.HasPrefix(c.ID, "rbd_") && store.TokenID(c.ID) != "" {
			c.ID = store.TokenID(c.ID) // the secret itself was given
		}
		err := d.RevokeToken(ctx, c.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("there is no token %s; rebound token list shows them", c.ID)
		}
		return err
	})
}

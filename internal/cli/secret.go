package cli

import (
	"fmt"

	"github.com/rebound-mail/rebound/internal/notify"
)

// secretCmd makes secrets for targets of webhooks. Nothing is stored: the secret
// belongs into the settings of the server, and of who is told.
type secretCmd struct{}

// Run writes a new secret.
func (secretCmd) Run(s *streams) error {
	_, err := fmt.Fprintln(s.out, notify.NewSecret())
	return err
}

package cli

import "github.com/rebound-mail/rebound/internal/legible"

// printable makes a text harmless for a terminal.
func printable(s string) string { return legible.Text(s) }

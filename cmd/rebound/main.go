// Rebound explains e-mail bounces: what they mean, why they happened, what to do.
package main

import (
	"os"

	"github.com/rebound-mail/rebound/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

package cli

import "github.com/rebound-mail/rebound/codebook"

// decisionInk colours what a decision asks for.
func decisionInk(d codebook.Decision) ink {
	switch d {
	case codebook.Suppress:
		return red
	case codebook.NoAction, codebook.Retry:
		return green
	}
	return yellow
}

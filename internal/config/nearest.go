package config

import (
	"fmt"

	"github.com/rebound-mail/rebound/internal/nearest"
)

// didYouMean is the hint for an unknown name, "" if no known one is near.
func didYouMean(got string, known []string) string {
	if meant := nearest.To(got, known); meant != "" {
		return fmt.Sprintf(" (did you mean %s?)", meant)
	}
	return ""
}

package authoring

import "github.com/rebound-mail/rebound/codebook"

// referenceDir holds the generated reference pages.
const referenceDir = "docs/reference"

// reference writes the pages.
func reference(out Output, book *codebook.Codebook) {}

package api

import "github.com/danielgtaylor/huma/v2"

// describe adds words to the schema of a type that other packages define.
func describe(name string, s *huma.Schema) {
	words := descriptions()[name]
	for field, text := range words {
		if p := s.Properties[field]; p != nil && p.Description == "" {
			p.Description = text
		}
	}
}
func descriptions() map[string]map[string]string { return nil }

package authoring

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/rebound-mail/rebound/codebook"
)

// Entry is one authored record and where it stands.
type Entry[T any] struct {
	Value T
	Place
	lines map[string]int
}

// At gives the place of a field by its path, such as "match.2"; the record's
// own place if the field is not written.
func (e Entry[T]) At(field string) Place {
	if line, ok := e.lines[field]; ok && line > 0 {
		return Place{e.File, line}
	}
	return e.Place
}

// OwnCode is a provider's own reading of a code.
type OwnCode struct {
	Provider string
	Entry[codebook.ProviderCode]
}

// Book is a folder of YAML, read.
type Book struct {
	Files     []string
	Sources   []Entry[codebook.Source]
	Reasons   []Entry[codebook.ReasonInfo]
	Codes     []Entry[codebook.Code]
	OwnCodes  []OwnCode
	Providers []Entry[codebook.Provider]
	Phrases   []Entry[codebook.Phrase]
	Sets      []Entry[codebook.WordSet]
}

// maxFile bounds one YAML file, in bytes.
const maxFile = 16 << 20

// Load reads all *.yaml and *.yml files of a folder and its sub-folders. The
// error is for a folder that cannot be read; what is wrong inside the files is
// in the problems, and what could be read of them is in the book.
func Load(fsys fs.FS) (*Book, Problems, error) {
	book := &Book{}
	var problems Problems
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isYAML(name) {
			return err
		}
		text, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		book.Files = append(book.Files, name)
		problems = append(problems, book.add(name, text)...)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("authoring: %w", err)
	}
	return book, problems.sort(), nil
}

func isYAML(name string) bool {
	ext := path.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(path.Base(name), ".")
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	return fs.ReadFile(fsys, name)
}

// add reads one file into the book.
func (b *Book) add(name string, text []byte) Problems {
	d := &decoder{file: name}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Problems{syntaxProblem(name, err)}
	}
	for i, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			d.complain(doc.Body, "put it into a file of its own", "a second YAML document in one file")
			break
		}
		b.document(d, doc.Body)
	}
	return d.problems
}

func syntaxProblem(name string, err error) Problem {
	p := Problem{Place: Place{File: name}, Severity: Error, What: "not YAML: " + firstLine(err.Error())}
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		p.What = "not YAML: " + firstLine(syntax.GetMessage())
		if t := syntax.GetToken(); t != nil && t.Position != nil {
			p.Line = t.Position.Line
		}
	}
	p.Hint = "quote texts that hold `: `, ` #` or begin with a sign"
	return p
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// topKeys are the keys that a file may hold.
var topKeys = [...]string{"sources", "reasons", "codes", "provider", "phrases", "sets", "default-sources"}

// document reads the top-level keys of a file.
func (b *Book) document(d *decoder, root ast.Node) {
	nodes := map[string]ast.Node{}
	for _, e := range d.entries(root, "the file") {
		key := keyText(e.Key)
		if !slices.Contains(topKeys[:], key) {
			d.complain(e, didYouMean(key, topKeys[:]), "unknown key %q", key)
			continue
		}
		nodes[key] = e.Value
	}
	f := fileReader{decoder: d, base: strings.TrimSuffix(path.Base(d.file), path.Ext(d.file))}
	if n, ok := nodes["default-sources"]; ok {
		f.defaults = readOne[struct{ DefaultSources []string }](d, n, "default-sources").Value.DefaultSources
	}
	if n, ok := nodes["provider"]; ok {
		e := readRecord[codebook.Provider](d, n)
		f.provider = e.Value.ID
		if len(f.defaults) == 0 {
			f.defaults = e.Value.Sources
		}
		b.Providers = append(b.Providers, e)
	}
	b.Sources = append(b.Sources, readList[codebook.Source](d, nodes["sources"], "sources")...)
	b.Reasons = append(b.Reasons, readList[codebook.ReasonInfo](d, nodes["reasons"], "reasons")...)
	b.Sets = append(b.Sets, f.sets(nodes["sets"])...)
	b.Phrases = append(b.Phrases, f.phrases(nodes["phrases"])...)
	if f.provider != "" {
		b.OwnCodes = append(b.OwnCodes, f.ownCodes(nodes["codes"])...)
		return
	}
	b.Codes = append(b.Codes, readList[codebook.Code](d, nodes["codes"], "codes")...)
}

// fileReader knows what the records of a file inherit from it.
type fileReader struct {
	*decoder
	base     string // name without extension
	provider string
	defaults []string
}

func (f fileReader) phrases(n ast.Node) []Entry[codebook.Phrase] {
	list := readList[codebook.Phrase](f.decoder, n, "phrases")
	for i := range list {
		p := &list[i].Value
		prefix := f.base
		if f.provider != "" {
			prefix = f.provider
		}
		p.ID, p.Provider = prefix+"/"+p.ID, f.provider
		if p.Strength == "" {
			p.Strength = codebook.StrengthNormal
		}
		if len(p.Sources) == 0 {
			p.Sources = slices.Clone(f.defaults)
		}
	}
	return list
}

func (f fileReader) ownCodes(n ast.Node) []OwnCode {
	var own []OwnCode
	for _, e := range readList[codebook.ProviderCode](f.decoder, n, "codes") {
		if len(e.Value.Sources) == 0 {
			e.Value.Sources = slices.Clone(f.defaults)
		}
		own = append(own, OwnCode{f.provider, e})
	}
	return own
}

// sets reads {name: [words], ...}.
func (f fileReader) sets(n ast.Node) []Entry[codebook.WordSet] {
	if n == nil {
		return nil
	}
	var sets []Entry[codebook.WordSet]
	for _, entry := range f.entries(n, "sets") {
		e := readOne[codebook.WordSet](f.decoder, entry.Value, "words")
		e.Value.Name, e.Line = keyText(entry.Key), lineOf(entry)
		sets = append(sets, e)
	}
	return sets
}

// readList reads a list of records; a missing key is no record.
func readList[T any](d *decoder, n ast.Node, what string) []Entry[T] {
	if n == nil {
		return nil
	}
	var list []Entry[T]
	for _, item := range d.items(n, what) {
		list = append(list, readRecord[T](d, item))
	}
	return list
}

func readRecord[T any](d *decoder, n ast.Node) Entry[T] {
	e := Entry[T]{Place: Place{d.file, lineOf(n)}, lines: map[string]int{}}
	d.lines = e.lines
	d.value(n, reflect.ValueOf(&e.Value).Elem(), "")
	return e
}

// readOne reads a node into the one field of T that has the key.
func readOne[T any](d *decoder, n ast.Node, key string) Entry[T] {
	e := Entry[T]{Place: Place{d.file, lineOf(n)}, lines: map[string]int{}}
	d.lines = e.lines
	v := reflect.ValueOf(&e.Value).Elem()
	d.value(n, v.Field(slices.Index(keysOf(v.Type()), key)), key)
	return e
}

// Records gives the records of the book, without their places.
func (b *Book) Records() codebook.Records {
	rec := codebook.Records{
		Sources:   values(b.Sources),
		Reasons:   values(b.Reasons),
		Codes:     values(b.Codes),
		Providers: values(b.Providers),
		Phrases:   values(b.Phrases),
		Sets:      values(b.Sets),
	}
	for _, own := range b.OwnCodes {
		i := slices.IndexFunc(rec.Providers, func(p codebook.Provider) bool { return p.ID == own.Provider })
		rec.Providers[i].Codes = append(rec.Providers[i].Codes, own.Value)
	}
	// Where a file repeats a source of another one the records are equal (a lint rule).
	slices.SortStableFunc(rec.Sources, func(a, b codebook.Source) int { return strings.Compare(a.ID, b.ID) })
	rec.Sources = slices.CompactFunc(rec.Sources, func(a, b codebook.Source) bool { return a.ID == b.ID })
	return rec
}

func values[T any](entries []Entry[T]) []T {
	var vs []T
	for _, e := range entries {
		vs = append(vs, e.Value)
	}
	return vs
}

// StandsAlone reports whether the book explains all reasons, so that it needs
// no codebook underneath.
func (b *Book) StandsAlone() bool {
	for _, r := range codebook.Reasons() {
		if !slices.ContainsFunc(b.Reasons, func(e Entry[codebook.ReasonInfo]) bool { return e.Value.ID == r }) {
			return false
		}
	}
	return true
}

// Examples counts the examples and near misses.
func (b *Book) Examples() int {
	n := 0
	for _, e := range b.Phrases {
		n += len(e.Value.Match) + len(e.Value.Miss)
	}
	return n
}

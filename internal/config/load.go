package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/rebound-mail/rebound/internal/nearest"
)

// FileVariable is the environment variable that names the file of settings.
const FileVariable = "REBOUND_CONFIG"

// Sources are where settings come from, the strongest first.
type Sources struct {
	// Flags holds the values of those flags that Given names; nil if there are
	// none.
	Flags *Config
	Given map[string]bool
	// LookupEnv looks up environment variables; nil for none.
	LookupEnv func(string) (string, bool)
	// File is the YAML file; "" for the one that the environment names, if any.
	File string
}

// Error is all that is wrong with the settings.
type Error struct{ Problems []Problem }

// Problem is something wrong with one setting.
type Problem struct {
	Where string // "--listen", "REBOUND_LISTEN" or "FILE:LINE"
	What  string
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.Where + ": " + p.What
	}
	return strings.Join(lines, "\n")
}

// Default returns the settings as they are if nothing is said.
func Default() *Config {
	c := &Config{origins: map[string]string{}}
	setDefaults(reflect.ValueOf(c).Elem())
	return c
}

// Load reads the settings. An *Error says what is wrong with them; the settings
// are nil then.
func Load(from Sources) (*Config, error) {
	l := &loader{config: Default(), from: from, fields: map[string]field{}}
	if l.from.LookupEnv == nil {
		l.from.LookupEnv = func(string) (string, bool) { return "", false }
	}
	walk(reflect.ValueOf(l.config).Elem(), func(f field) {
		l.fields[f.name] = f
		l.names = append(l.names, f.name)
	})
	if err := l.file(); err != nil {
		return nil, err
	}
	l.environment()
	l.flags()
	l.secrets()
	if len(l.problems) == 0 {
		l.problems = l.config.check()
	}
	if len(l.problems) > 0 {
		return nil, &Error{l.problems}
	}
	return l.config, nil
}

// loader puts settings together, the weakest source first.
type loader struct {
	config   *Config
	from     Sources
	fields   map[string]field
	names    []string
	problems []Problem
}

func (l *loader) complain(where, format string, args ...any) {
	l.problems = append(l.problems, Problem{where, fmt.Sprintf(format, args...)})
}

// file reads the file of settings.
func (l *loader) file() error {
	path := l.from.File
	if path == "" {
		path, _ = l.from.LookupEnv(FileVariable)
	}
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return &Error{[]Problem{{path, "the file of settings cannot be read: " + rootCause(err)}}}
	}
	if len(text) > maxFile {
		return &Error{[]Problem{{path, "too large to be a file of settings"}}}
	}
	l.yaml(path, text)
	return nil
}

// maxFile is how long a file of settings may be, in bytes.
const maxFile = 1 << 20

func rootCause(err error) string {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// environment takes what environment variables say.
func (l *loader) environment() {
	for _, name := range l.names {
		text, ok := l.from.LookupEnv(envName(name))
		if !ok || text == "" {
			continue
		}
		f := l.begin(name, envName(name))
		for _, one := range f.parts(text) {
			if err := f.set(one); err != nil {
				l.complain(envName(name), "%v", err)
			}
		}
	}
}

// begin makes a field ready to be set by a source: what weaker ones said is gone.
func (l *loader) begin(name, where string) field {
	f := l.fields[name]
	if f.value.Kind() == reflect.Slice {
		f.value.SetZero()
	}
	l.config.origins[name] = where
	return f
}

// parts splits the text of an environment variable into the elements of a list.
func (f *field) parts(text string) []string {
	if f.value.Kind() != reflect.Slice {
		return []string{text}
	}
	separators := ","
	if f.tag.Get("sep") == "none" {
		separators = ";\n"
	}
	var parts []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// flags takes over what was given on the command line.
func (l *loader) flags() {
	if l.from.Flags == nil {
		return
	}
	walk(reflect.ValueOf(l.from.Flags).Elem(), func(f field) {
		if l.from.Given[f.name] {
			to := l.begin(f.name, "--"+f.name)
			to.value.Set(f.value)
		}
	})
}

// secrets reads the files that hold secrets.
func (l *loader) secrets() {
	for _, name := range l.names {
		f := l.fields[name]
		if _, ok := itemType(f.value.Type()); !ok {
			continue
		}
		for i := range f.value.Len() {
			if err := readSecrets(f.value.Index(i)); err != nil {
				l.complain(l.config.Origin(name), "%s: %v", name, err)
			}
		}
	}
}

func readSecrets(item reflect.Value) (err error) {
	walk(item, func(f field) {
		to, ok := f.tag.Lookup("secret")
		if !ok || f.value.IsZero() {
			return
		}
		files, one := f.value.Interface().([]string)
		if !one {
			files = []string{f.value.String()}
		}
		target := item.FieldByName(to)
		if target.Kind() == reflect.String && target.String() != "" {
			err = errors.Join(err, fmt.Errorf("%s and the secret itself are both given; one of them will do", f.name))
		}
		for _, path := range files {
			secret, problem := readSecret(path)
			err = errors.Join(err, problem)
			if target.Kind() == reflect.Slice {
				target.Set(reflect.Append(target, reflect.ValueOf(secret)))
				continue
			}
			target.SetString(string(secret))
		}
	})
	return err
}

// maxSecret is how long a secret may be, in bytes: public keys in PEM are the
// longest.
const maxSecret = 64 << 10

func readSecret(path string) (Secret, error) {
	text, err := os.ReadFile(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("the secret in %s cannot be read: %s", path, rootCause(err))
	case len(text) > maxSecret:
		return "", fmt.Errorf("%s is too large to be a secret", path)
	case strings.TrimSpace(string(text)) == "":
		return "", fmt.Errorf("%s is empty; it should hold a secret", path)
	}
	return Secret(strings.TrimSpace(string(text))), nil
}

// Strangers returns environment variables that look like misspelt settings, each
// with the hint. Others that begin with REBOUND_ are nothing to speak of: container
// platforms set such ones for every service that has the name.
func Strangers(environ []string) []string {
	var names, list []string
	for _, s := range Settings() {
		names = append(names, s.Env())
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "REBOUND_") || name == FileVariable {
			continue
		}
		least := len(name)
		for _, known := range names {
			least = min(least, nearest.Distance(name, known))
		}
		if least == 1 || least == 2 && len(name) > len("REBOUND_")+8 {
			list = append(list, name+didYouMean(name, names))
		}
	}
	return list
}

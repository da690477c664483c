package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of the documents")

// The tables of docs/operations.md are made of the tags of Config.
func TestTheManualHasEverySetting(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "operations.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- settings: go test ./internal/config -update -->\n", "<!-- end of settings -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the settings", path)
	}
	want := before + begin + settingsTables() + end + after
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the settings are; run: go test ./internal/config -update", path)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func settingsTables() string {
	var b, items strings.Builder
	section := ""
	for _, s := range Settings() {
		if s.Section != section {
			section = s.Section
			fmt.Fprintf(&b, "\n#### %s\n\n| setting | | default | |\n|---|---|---|---|\n", section)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.Name, cell(s.Kind), code(s.Default), cell(s.Help))
		if len(s.Properties) == 0 {
			continue
		}
		fmt.Fprintf(&items, "\n#### Properties of `%s`\n\n| property | default | |\n|---|---|---|\n", s.Name)
		for _, p := range s.Properties {
			help := p.Help
			if p.Required {
				help += " Required."
			}
			if p.Repeated {
				help += " May be repeated."
			}
			fmt.Fprintf(&items, "| `%s` | %s | %s |\n", p.Name, code(p.Default), cell(help))
		}
	}
	return b.String() + items.String() + "\n"
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s) }

// What deploy/ sets is known: as it is, and with what is commented out there.
func TestTheExamplesAreSound(t *testing.T) {
	folder := filepath.Join("..", "..", "deploy")
	if _, err := Load(Sources{File: filepath.Join(folder, "rebound.yaml")}); err != nil {
		t.Errorf("the example settings: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "rebound.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// What is commented out follows the # at once, or is indented; prose is not.
	whole := regexp.MustCompile(`(?m)^#([^ ]|  )`).ReplaceAllString(string(text), "$1")
	var bad *Error
	if _, err := Load(Sources{File: write(t, "all.yaml", whole)}); !errors.As(err, &bad) {
		t.Fatalf("with all in force: %v", err)
	}
	for _, p := range bad.Problems {
		if !strings.Contains(p.What, "the secret in /etc/rebound/") { // there are none
			t.Errorf("with all in force: %s: %s", p.Where, p.What)
		}
	}
	if len(bad.Problems) != 3 {
		t.Errorf("%d secrets are asked for, want 3: %v", len(bad.Problems), err)
	}
	known := map[string]bool{FileVariable: true}
	for _, s := range Settings() {
		known[s.Env()] = true
	}
	for _, name := range []string{"Dockerfile", "rebound.service"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, variable := range regexp.MustCompile(`\bREBOUND_[A-Z_]+`).FindAllString(string(text), -1) {
			if !known[variable] {
				t.Errorf("%s: no setting %s", name, variable)
			}
		}
	}
}

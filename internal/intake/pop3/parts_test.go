package pop3

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/intake/intaketest"
)

func read(text string, most int64, buffer int) (string, error) {
	got, err := readText(bufio.NewReaderSize(strings.NewReader(text), buffer), most, "\r\n")
	return string(got), err
}

func TestTextEndsWithADotAlone(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{".\r\n", ""},
		{"a\r\n.\r\nnext", "a\r\n"},
		{"..\r\n...\r\n.a\r\n.\r\n", ".\r\n..\r\na\r\n"},
		{"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n"},     // line feeds alone end no line
		{"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n"}, // nor does a carriage return
		{"a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n"},
		{"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"},
		{"\r\n.\r\n", "\r\n"},
	} {
		for buffer := 16; buffer < 24; buffer++ { // a line may be cut by the buffer anywhere
			for pad := range 20 {
				front := strings.Repeat("x", pad) + "\r\n"
				if got, err := read(front+c.text, 1000, buffer); err != nil || got != front+c.want {
					t.Fatalf("%q: %q %v", front+c.text, got, err)
				}
			}
		}
	}
	for _, text := range []string{"", "a", "a\r\n", "a\r\n.", "a\r\n.\n", "a\r\n.\r"} {
		if got, err := read(text, 1000, 16); err == nil {
			t.Errorf("%q: %q, want an error", text, got)
		}
	}
	if _, err := read(strings.Repeat("x", 200), 100, 16); !errors.Is(err, errTooMuch) {
		t.Errorf("200 bytes: %v", err)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\r\n.b\r\n..\r\n")
	f.Add("\n.\r\n\r.\r")
	f.Fuzz(func(t *testing.T, text string) {
		if text != "" && !strings.HasSuffix(text, "\r\n") {
			text += "\r\n"
		}
		got, err := read(stuff(text)+".\r\n-ERR", int64(len(text)), 16)
		if err != nil || got != text {
			t.Errorf("%q\n%q %v", text, got, err)
		}
		_, _ = read(text, 100, 16)
	})
}

func TestStatus(t *testing.T) {
	for line, want := range map[string]string{"+OK\r\n": "", "+ok 2 mails\n": "2 mails"} {
		if got, err := status(line); err != nil || got != want {
			t.Errorf("%q: %q %v", line, got, err)
		}
	}
	for line, code := range map[string]string{"-ERR\r\n": "", "-ERR [in-use] x": "IN-USE", "-ERR [": "", "-err [SYS/TEMP] x": "SYS/TEMP"} {
		_, err := status(line)
		n, ok := errors.AsType[*negative](err)
		if !ok || n.code != code {
			t.Errorf("%q: %v", line, err)
		}
	}
	if _, err := status("+OKAY"); !errors.Is(err, errProtocol) {
		t.Error(err)
	}
}

func TestTheStateFileSurvivesDamage(t *testing.T) {
	path := t.TempDir() + "/mails"
	m := intaketest.Must(openMemory(path))
	for _, id := range []string{"one", "two", "three"} {
		if err := m.add([]string{id}); err != nil {
			t.Fatal(err)
		}
	}
	whole := intaketest.Must(os.ReadFile(path))
	if string(whole) != stateHeader+"one\ntwo\nthree\n" {
		t.Fatalf("%q", whole)
	}
	for cut := range len(whole) {
		os.WriteFile(path, whole[:cut], 0o600)
		m, err := openMemory(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if want := bytes.Count(whole[min(cut, len(stateHeader)):cut], []byte("\n")); len(m.ids) != want {
			t.Errorf("cut at %d: %d ids, want %d", cut, len(m.ids), want)
		}
		before := len(m.ids)
		if err := m.add([]string{"four"}); err != nil {
			t.Fatal(err)
		}
		if m := intaketest.Must(openMemory(path)); len(m.ids) != before+1 || !m.ids["four"] {
			t.Errorf("cut at %d and added to: %v", cut, m.ids)
		}
	}
	os.Remove(path)
	if err := m.add([]string{"five"}); err != nil { // somebody has removed it
		t.Fatal(err)
	}
	if m := intaketest.Must(openMemory(path)); len(m.ids) != 4 {
		t.Errorf("%v", m.ids)
	}
}

func TestTheStateFileStaysSmall(t *testing.T) {
	path := t.TempDir() + "/mails"
	m := intaketest.Must(openMemory(path))
	for i := range 50 {
		var ids []string
		for j := range 100 {
			ids = append(ids, fmt.Sprintf("%d-%d", i, j))
		}
		if err := errors.Join(m.add(ids), m.retain(ids)); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(intaketest.Must(os.ReadFile(path)), []byte("\n")); n > 1000+3*100+1 || len(m.ids) != 100 {
			t.Fatalf("%d lines for %d ids", n, len(m.ids))
		}
	}
	if again := intaketest.Must(openMemory(path)); !again.ids["49-99"] {
		t.Error("the last ones are lost")
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte(stateHeader + "one\ntwo\n"))
	f.Add([]byte("rebound"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &memory{ids: map[string]bool{}}
		ok := m.parse(raw)
		if !ok && len(m.ids) > 0 {
			t.Error("ids of a file that is none")
		}
		for id := range m.ids {
			if !isID(id) {
				t.Errorf("%q", id)
			}
		}
	})
}

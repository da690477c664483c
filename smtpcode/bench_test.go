package smtpcode

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// benchTexts makes n different replies of about 90 bytes: most with both codes, some joined, wrapped, with one code or none.
func benchTexts(n int, only ...int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("mailbox user unknown rejected message policy temporarily deferred host sender quota exceeded blocked using " +
		"address recipient does not exist try again later please see our the for from to is was by this account disabled")
	shapes := []string{
		"%[1]d %[2]s %[3]s", "%[1]d-%[2]s %[3]s %[1]d %[2]s end", "%[1]d %[3]s", "%[3]s (#%[2]s)", "host mx.example[192.0.2.%[4]d] said: %[1]d %[2]s %[3]s",
		"%[3]s", "<u%[4]d@b%[4]d.example>: %[1]d %[3]s", "smtp; %[1]d %[2]s %[3]s", "%[3]s id %[4]d from 192.0.2.%[4]d", "%[1]d-%[2]s [192.0.2.%[4]d] %[3]s",
	}
	if len(only) > 0 {
		shapes = shapes[only[0] : only[0]+1]
	}
	texts := make([]string, n)
	for i := range texts {
		var b strings.Builder
		for b.Len() < 70 {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		class := 4 + r.IntN(2)
		code := class*100 + r.IntN(6)*10 + r.IntN(5)
		status := fmt.Sprintf("%d.%d.%d", class, r.IntN(8), r.IntN(30))
		texts[i] = fmt.Sprintf(shapes[r.IntN(len(shapes))], code, status, b.String(), r.IntN(256))
		if len(texts[i]) > 90 {
			texts[i] = texts[i][:90]
		}
	}
	return texts
}

func BenchmarkFind(b *testing.B) {
	texts := benchTexts(1 << 13)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Find(texts[i&(1<<13-1)])
	}
}

func BenchmarkFindNone(b *testing.B) {
	texts := benchTexts(1 << 13)
	for i, text := range texts {
		texts[i] = strings.Map(func(r rune) rune {
			if r >= '2' && r <= '5' {
				return 'x'
			}
			return r
		}, text)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Find(texts[i&(1<<13-1)])
	}
}

func BenchmarkAll(b *testing.B) {
	texts := benchTexts(1 << 13)
	b.ReportAllocs()
	n := 0
	for i := 0; b.Loop(); i++ {
		for f := range All(texts[i&(1<<13-1)]) {
			n += f.End
		}
	}
}

func BenchmarkParse(b *testing.B) {
	texts := benchTexts(1 << 13)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Parse(texts[i&(1<<13-1)])
	}
}

func BenchmarkMatch(b *testing.B) {
	p, err := ParsePattern("x.7.26")
	if err != nil {
		b.Fatal(err)
	}
	s := Status{Permanent, 7, 26}
	for b.Loop() {
		if !p.Match(550, s) {
			b.Fatal("no match")
		}
	}
}

func BenchmarkShape(b *testing.B) {
	for shape := range 10 {
		texts := benchTexts(1<<13, shape)
		b.Run(texts[0][:30], func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				Find(texts[i&(1<<13-1)])
			}
		})
	}
}

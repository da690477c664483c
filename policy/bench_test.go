package policy

import (
	"fmt"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

// busy is the state of a recipient of whom much is known.
func busy() State {
	var steps []step
	for i := range 20 {
		steps = append(steps, delivered(float64(i), fmt.Sprint("d", i)), failed(float64(i)+0.5, fmt.Sprint("f", i)))
	}
	return fold(append(steps, objects(3, codebook.Complaint, "news"), lifted(4, "")))
}

// states are usual ones, by name.
func states() []struct {
	name  string
	state State
} {
	return []struct {
		name  string
		state State
	}{
		{"nothing", State{}},
		{"one-delivery", fold([]step{delivered(1, "a")})},
		{"deliveries", fold([]step{delivered(1, "a"), delivered(2, "b"), delivered(3, "c"), delivered(4, "d"), delivered(5, "e"), delivered(6, "f"), delivered(7, "g")})},
		{"unknown-user", gone(1, "a").apply(State{})},
		{"three-failures", fold([]step{failed(1, "a"), failed(2, "b"), failed(3, "c")})},
		{"busy", busy()},
	}
}

func BenchmarkAdd(b *testing.B) {
	for _, tt := range states() {
		b.Run(tt.name, func(b *testing.B) {
			o := *failed(30, "new").outcome
			b.ReportAllocs()
			for b.Loop() {
				tt.state.Add(o)
			}
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	other := busy()
	for _, tt := range states() {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Merge(tt.state, other)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, tt := range states() {
		b.Run(tt.name, func(b *testing.B) {
			set, now := DefaultSettings(), after(40)
			b.ReportAllocs()
			for b.Loop() {
				Decide(tt.state, "news", set, now)
			}
		})
	}
}

// BenchmarkDecode reads an encoded state and reports how large it is.
func BenchmarkDecode(b *testing.B) {
	for _, tt := range states() {
		b.Run(tt.name, func(b *testing.B) {
			data, _ := tt.state.MarshalBinary()
			b.ReportAllocs()
			for b.Loop() {
				var s State
				if err := s.UnmarshalBinary(data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(data)), "state-bytes")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, tt := range states() {
		b.Run(tt.name, func(b *testing.B) {
			var buf []byte
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = tt.state.AppendBinary(buf[:0])
			}
		})
	}
}

func BenchmarkNewKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewKey("Kim.Lee@Example.org", "news", Settings{}); err != nil {
			b.Fatal(err)
		}
	}
}

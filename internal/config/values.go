package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time as an operator writes it: 90s, 15m, 12h, 30d; "never" is
// negative.
type Duration time.Duration

// Never is the duration of what does not end.
const Never Duration = -1

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "never" {
		*d = Never
		return nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err == nil && n >= 0 && n <= 36500 {
			*d = Duration(n * float64(24*time.Hour))
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration; write 90s, 15m, 12h or 30d", s)
	}
	*d = Duration(v)
	return nil
}

// String returns the duration as it would be written.
func (d Duration) String() string {
	const day = Duration(24 * time.Hour)
	switch {
	case d < 0:
		return "never"
	case d >= day && d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := time.Duration(d).String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// Size is a number of bytes: 64MB, 512KiB, 1000000. Units count in powers of two.
type Size int64

// UnmarshalText reads a size.
func (z *Size) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift, ok := map[string]int{
		"": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30, "t": 40, "tb": 40, "tib": 40,
	}[strings.ToLower(strings.TrimSpace(s[len(digits):]))]
	if err != nil || !ok || n < 0 || n > math.MaxInt64>>shift {
		return fmt.Errorf("%q is no size; write 64MB, 512KB or a number of bytes", s)
	}
	*z = Size(n << shift)
	return nil
}

// String returns the size as it would be written.
func (z Size) String() string {
	for _, u := range []struct {
		shift int
		unit  string
	}{{40, "TB"}, {30, "GB"}, {20, "MB"}, {10, "KB"}} {
		if z != 0 && z%(1<<u.shift) == 0 {
			return strconv.FormatInt(int64(z>>u.shift), 10) + u.unit
		}
	}
	return strconv.FormatInt(int64(z), 10)
}

// Share is a part of a whole: 2% or 0.02.
type Share float64

// UnmarshalText reads a share.
func (f *Share) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return fmt.Errorf("%q is no share of a whole; write 2%% or 0.02", s)
	}
	*f = Share(v)
	return nil
}

// String returns the share in percent.
func (f Share) String() string { return strconv.FormatFloat(float64(f)*100, 'g', 6, 64) + "%" }

// Secret is what must not be shown: printing or logging it shows stars.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a secret.
func (s *Secret) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("the secret is empty")
	}
	*s = Secret(text)
	return nil
}

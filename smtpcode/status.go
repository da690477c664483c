package smtpcode

import "strconv"

// Status is an enhanced status code (RFC 3463 section 2): class "." subject "." detail. The zero value means none.
type Status struct {
	Class   Class  // Success, Transient or Permanent
	Subject uint16 // 0 to 999: what the code is about (RFC 3463 section 3.2 onwards)
	Detail  uint16 // 0 to 999: the exact condition, within the subject
}

// maxPart is the largest subject or detail: three digits.
const maxPart = 999

// ParseStatus reads an enhanced status code and nothing around it. It is strict: class 2, 4 or 5, numbers of one to three digits, and no
// leading zeros, which RFC 3463 section 2 forbids. Anything else is ErrStatus.
func ParseStatus(s string) (Status, error) {
	st, end := statusAt(s, 0)
	if end != len(s) || end == 0 || len(st.String()) != len(s) {
		return Status{}, refused(ErrStatus, s)
	}
	return st, nil
}

// statusAt reads a status at text[i:], leading zeros allowed, and returns the offset behind it, or 0 if there is none. It does not look at
// what stands around, but a number of more than three digits is none.
func statusAt(text string, i int) (Status, int) {
	if len(text)-i < 5 || text[i+1] != '.' {
		return Status{}, 0
	}
	class := Class(text[i] - '0')
	if class != Success && class != Transient && class != Permanent {
		return Status{}, 0
	}
	subject, j := partAt(text, i+2)
	if j == 0 || j >= len(text) || text[j] != '.' {
		return Status{}, 0
	}
	detail, k := partAt(text, j+1)
	if k == 0 {
		return Status{}, 0
	}
	return Status{Class: class, Subject: subject, Detail: detail}, k
}

// partAt reads one to three digits at text[i:] and returns the offset behind them, 0 if there are none or more.
func partAt(text string, i int) (uint16, int) {
	n, j := uint16(0), i
	for ; j < len(text) && isDigit(text[j]); j++ {
		if j-i == 3 {
			return 0, 0
		}
		n = n*10 + uint16(text[j]-'0')
	}
	if j == i {
		return 0, 0
	}
	return n, j
}

// IsZero reports whether s is the zero value: no status.
func (s Status) IsZero() bool { return s == Status{} }

// IsValid reports whether s is a status as RFC 3463 allows it. The zero value is not valid.
func (s Status) IsValid() bool {
	switch s.Class {
	case Success, Transient, Permanent:
		return s.Subject <= maxPart && s.Detail <= maxPart
	}
	return false
}

// String returns the code as it is written, "5.1.1", or "" for the zero value.
func (s Status) String() string {
	if s.IsZero() {
		return ""
	}
	var buf [16]byte
	return string(s.append(buf[:0]))
}

func (s Status) append(b []byte) []byte {
	b = strconv.AppendUint(b, uint64(s.Class), 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, uint64(s.Subject), 10)
	b = append(b, '.')
	return strconv.AppendUint(b, uint64(s.Detail), 10)
}

// MarshalText writes "5.1.1", nothing for the zero value; JSON thus has a string. An invalid status is an error.
func (s Status) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return []byte{}, nil
	}
	if !s.IsValid() {
		return nil, refused(ErrStatus, s.String())
	}
	return s.append(nil), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*s = Status{}
		return nil
	}
	v, err := ParseStatus(string(b))
	if err != nil {
		return err
	}
	*s = v
	return nil
}

package mdn

import (
	"strings"
	"unicode"
)

// fold makes texts comparable: lower case, Latin letters without accents, runs of blanks one blank, typographic quotes and dashes plain. The
// tables of this package are written so, which also finds words that lost their accents on the way.
func fold(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	blank := true
	for _, r := range s {
		if r < 0x80 {
			c := byte(r)
			if c <= ' ' {
				if !blank {
					out.WriteByte(' ')
				}
				blank = true
				continue
			}
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			out.WriteByte(c)
			blank = false
			continue
		}
		if r == '\u00a0' || r == '\u3000' || r == '\u202f' {
			if !blank {
				out.WriteByte(' ')
			}
			blank = true
			continue
		}
		out.WriteString(plain(unicode.ToLower(r)))
		blank = false
	}
	return strings.TrimSuffix(out.String(), " ")
}

// plain gives a letter without its accent.
func plain(r rune) string {
	switch r {
	case 'à', 'á', 'â', 'ã', 'å', 'ą', 'ă', 'ā':
		return "a"
	case 'ä':
		return "a"
	case 'æ':
		return "ae"
	case 'ç', 'ć', 'č':
		return "c"
	case 'ď', 'đ':
		return "d"
	case 'è', 'é', 'ê', 'ë', 'ę', 'ě', 'ė', 'ē':
		return "e"
	case 'ğ':
		return "g"
	case 'ì', 'í', 'î', 'ï', 'ı', 'į', 'ī':
		return "i"
	case 'ł', 'ľ':
		return "l"
	case 'ñ', 'ń', 'ň':
		return "n"
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ő', 'ō':
		return "o"
	case 'ř':
		return "r"
	case 'ś', 'š', 'ş', 'ș':
		return "s"
	case 'ß':
		return "ss"
	case 'ť', 'ţ', 'ț':
		return "t"
	case 'ù', 'ú', 'û', 'ü', 'ů', 'ű', 'ū', 'ų':
		return "u"
	case 'ё':
		return "е"
	case 'ý', 'ÿ':
		return "y"
	case 'ź', 'ż', 'ž':
		return "z"
	case '’', '‘', 'ʼ', '`', '´':
		return "'"
	case '–', '—', '‐', '‑', '－':
		return "-"
	case '：':
		return ":"
	case '“', '”', '„', '«', '»':
		return "\""
	case '\u200b', '\u200e', '\u200f', '\ufeff', '\u00ad':
		return ""
	}
	return string(r)
}

// beginning gives the first part of a text: what matters of an automatic reply stands there, and quoted mail further down.
func beginning(text string) string {
	const look = 2000
	if len(text) <= look {
		return text
	}
	cut := look
	for cut > 0 && text[cut]&0xc0 == 0x80 {
		cut--
	}
	return text[:cut]
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(text string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

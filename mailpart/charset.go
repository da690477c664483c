package mailpart

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// verdict says how well bytes fitted their character set.
type verdict uint8

const (
	fits      verdict = iota
	unknown           // the character set is not known, or was not named and it is not UTF-8
	illFitted         // bytes that the character set does not have
)

// convert makes valid UTF-8 of b, whose character set is said to be charset (lower case, may be empty).
func convert(b []byte, charset string) (string, verdict) {
	switch charset {
	case "", "us-ascii", "ascii", "utf-8", "utf8", "unknown-8bit", "x-unknown", "unknown", "default", "none", "8bit", "7bit", "binary",
		"default_charset", "_autodetect_all", "ansi_x3.4-1968", "iso-8859-1", "latin1", "windows-1252":
		if isASCII(b) {
			return asciiOrJIS(b)
		}
	}
	switch charset {
	case "utf-8", "utf8", "utf-8-mac", "unicode-1-1-utf-8", "utf-8-strict":
		return repairUTF8(b)
	case "utf-7", "unicode-1-1-utf-7", "utf7":
		return decodeUTF7(b)
	case "iso-2022-kr", "csiso2022kr":
		return decode(korean.EUCKR, shiftedKorean(b))
	}
	enc := encodingNamed(charset)
	if enc == nil {
		return guess(b)
	}
	return decode(enc, b)
}

// encodingNamed gives nil for what is not known, and for ASCII with bytes that are not ASCII.
func encodingNamed(charset string) encoding.Encoding {
	switch charset {
	case "", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "ansi_x3.4-1968", "iso-ir-6", "csascii":
		return nil // WHATWG reads US-ASCII as windows-1252; here UTF-8 is tried first
	case "hz-gb-2312", "hz", "hzgb2312":
		return simplifiedchinese.HZGB2312
	case "cp932", "ms932", "windows-932", "x-ms-cp932", "sjis-win", "shift-jis-2004":
		return japanese.ShiftJIS
	case "cp51932", "eucjp", "eucjp-win", "x-eucjp":
		return japanese.EUCJP
	case "cp50220", "cp50221", "cp50222", "iso-2022-jp-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-2004", "iso-2022-jp-ms":
		return japanese.ISO2022JP
	case "cp936", "ms936", "windows-936", "gb_2312", "euc-cn", "euccn", "x-gb2312":
		return simplifiedchinese.GBK
	case "cp54936", "gb18030-2000", "gb18030-2005":
		return simplifiedchinese.GB18030
	case "cp949", "ms949", "uhc", "ks_c_5601", "euckr", "ksc5601":
		return korean.EUCKR
	case "cp437", "ibm437":
		return charmap.CodePage437
	case "cp850", "ibm850":
		return charmap.CodePage850
	case "cp852", "ibm852":
		return charmap.CodePage852
	case "cp855", "ibm855":
		return charmap.CodePage855
	case "cp858", "ibm00858":
		return charmap.CodePage858
	case "cp860", "ibm860":
		return charmap.CodePage860
	case "cp862", "ibm862":
		return charmap.CodePage862
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16", "utf-16le", "ucs-2", "iso-10646-ucs-2":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	}
	return indexedEncoding(charset)
}

// indexedEncoding looks the name up among the WHATWG labels, also in the spellings that mail has besides.
func indexedEncoding(charset string) encoding.Encoding {
	for _, name := range [...]string{
		charset,
		strings.Replace(charset, "cp", "windows-", 1),
		strings.Replace(charset, "iso8859", "iso-8859", 1),
		strings.Replace(strings.Replace(charset, "_", "-", -1), "iso-8859", "iso-8859-", 1),
		strings.TrimPrefix(charset, "x-"),
	} {
		enc, err := htmlindex.Get(name)
		if err != nil {
			continue
		}
		if canonical, _ := htmlindex.Name(enc); canonical != "replacement" {
			return enc
		}
	}
	return nil
}

// decode undoes a character set. QUIRK: systems that insert UTF-8 into templates of older character sets are common, and text in a character set of
// single bytes is hardly ever valid UTF-8 by chance; so there UTF-8 wins.
func decode(enc encoding.Encoding, b []byte) (string, verdict) {
	if _, single := enc.(*charmap.Charmap); single && utf8.Valid(b) && !isASCII(b) {
		return string(b), illFitted
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		text, _ := guess(b)
		return text, illFitted
	}
	text := string(out)
	if strings.ContainsRune(text, utf8.RuneError) && !utf8.Valid(b) {
		return text, illFitted
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		return string(b), illFitted // what is no such encoding but is UTF-8 was labelled wrongly
	}
	return text, fits
}

// guess reads bytes of which nobody says what they are: UTF-8 if they can be, else windows-1252, in which every byte means something.
func guess(b []byte) (string, verdict) {
	if looksLikeUTF8(b) {
		return repairUTF8(b)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd"), illFitted
	}
	return string(out), unknown
}

// repairUTF8 replaces what is not UTF-8; text that has hardly any valid character outside of ASCII is read as windows-1252 instead.
func repairUTF8(b []byte) (string, verdict) {
	if bytes.HasPrefix(b, []byte("\xef\xbb\xbf")) {
		b = b[3:]
	}
	if utf8.Valid(b) {
		return string(b), fits
	}
	if looksLikeUTF8(b) {
		return strings.ToValidUTF8(string(b), "\ufffd"), illFitted
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\ufffd"), illFitted
	}
	return string(out), illFitted
}

// looksLikeUTF8 says whether most of what is not ASCII is valid UTF-8.
func looksLikeUTF8(b []byte) bool {
	valid, broken := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		i += size
		if r == utf8.RuneError && size == 1 {
			broken++
			continue
		}
		valid++
	}
	return valid >= broken
}

func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// asciiOrJIS takes bytes that are all ASCII. QUIRK: Japanese systems send ISO-2022-JP, which is made of ASCII bytes, without saying so; its
// escape sequences (RFC 1468) tell.
func asciiOrJIS(b []byte) (string, verdict) {
	if bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@")) {
		if text, v := decode(japanese.ISO2022JP, b); v == fits {
			return text, v
		}
	}
	return string(b), fits
}

// toUTF8String makes a valid string of bytes from a header.
func toUTF8String(b []byte, charset string) string {
	if isASCII(b) && bytes.IndexByte(b, 0x1b) < 0 {
		return string(b)
	}
	if utf8.Valid(b) && bytes.IndexByte(b, 0x1b) < 0 {
		return string(b)
	}
	text, _ := convert(b, charset)
	return text
}

// shiftedKorean makes EUC-KR of ISO-2022-KR (RFC 1557): between SO and SI each byte is a Korean one without its high bit.
func shiftedKorean(b []byte) []byte {
	out := make([]byte, 0, len(b))
	b = bytes.ReplaceAll(b, []byte("\x1b$)C"), nil)
	shifted := false
	for _, c := range b {
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f || c == '\n' || c == '\r':
			shifted = false
			if c != 0x0f {
				out = append(out, c)
			}
		case shifted && c > ' ':
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return out
}

// decodeUTF7 undoes UTF-7 (RFC 2152): modified base64 of UTF-16 between "+" and "-".
func decodeUTF7(b []byte) (string, verdict) {
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		out.Write(b[:i])
		b = b[i+1:]
		end := 0
		for end < len(b) && base64Value(b[end]) < 64 {
			end++
		}
		if end == 0 {
			out.WriteByte('+')
		} else {
			units, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Bytes(looseBase64(nil, b[:end]))
			out.Write(units)
		}
		b = b[end:]
		if len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	out.Write(b)
	return strings.ToValidUTF8(out.String(), "\ufffd"), fits
}

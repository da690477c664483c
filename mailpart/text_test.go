package mailpart_test

import (
	"encoding/base64"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/rebound-mail/rebound/mailpart"
)

func TestCharsets(t *testing.T) {
	for _, test := range []struct {
		charset string
		enc     encoding.Encoding
		text    string
	}{
		{"iso-8859-1", charmap.ISO8859_1, "Empfänger gibt es nicht"},
		{"ISO_8859-1", charmap.ISO8859_1, "Empfänger"},
		{"iso8859-15", charmap.ISO8859_15, "10 €"},
		{"iso-8859-2", charmap.ISO8859_2, "skrzynka pełna, żółw"},
		{"iso-8859-5", charmap.ISO8859_5, "ящик"},
		{"iso-8859-7", charmap.ISO8859_7, "γράμμα"},
		{"iso-8859-9", charmap.ISO8859_9, "kişi yok"},
		{"windows-1250", charmap.Windows1250, "schránka"},
		{"cp1251", charmap.Windows1251, "нет такого"},
		{"windows-1252", charmap.Windows1252, "„zu voll“"},
		{"windows-1255", charmap.Windows1255, "תיבה"},
		{"windows-1256", charmap.Windows1256, "صندوق"},
		{"koi8-r", charmap.KOI8R, "ящик переполнен"},
		{"koi8-u", charmap.KOI8U, "скринька є"},
		{"ISO-2022-JP", japanese.ISO2022JP, "宛先がありません"},
		{"Shift_JIS", japanese.ShiftJIS, "宛先がありません"},
		{"cp932", japanese.ShiftJIS, "宛先"},
		{"euc-jp", japanese.EUCJP, "宛先がありません"},
		{"GB18030", simplifiedchinese.GB18030, "用户不存在"},
		{"gbk", simplifiedchinese.GBK, "邮箱已满"},
		{"gb2312", simplifiedchinese.GBK, "邮箱已满"},
		{"hz-gb-2312", simplifiedchinese.HZGB2312, "邮箱"},
		{"big5", traditionalchinese.Big5, "信箱已滿"},
		{"euc-kr", korean.EUCKR, "사용자 없음"},
		{"ks_c_5601-1987", korean.EUCKR, "사용자 없음"},
		{"utf-8", encoding.Nop, "grün 用户 ящик"},
		{"utf-16", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "grün"},
		{"us-ascii", encoding.Nop, "grün is UTF-8 all the same"},
		{"us-ascii", japanese.ISO2022JP, "宛先がありません"},
		{"made-up-8", encoding.Nop, "用户"},
		{"made-up-8", charmap.Windows1252, "Empfänger"},
		{"utf-8", charmap.Windows1252, "Empfänger größer"},
		{"iso-8859-1", encoding.Nop, "größer, labelled wrongly"},
	} {
		raw, err := test.enc.NewEncoder().String(test.text)
		if err != nil {
			t.Fatal(test.charset, err)
		}
		body := base64.StdEncoding.EncodeToString([]byte(raw))
		mail := "Content-Type: text/plain; charset=\"" + test.charset + "\"\nContent-Transfer-Encoding: base64\n\n" + body
		if got := mailpart.Parse([]byte(mail), mailpart.Limits{}).Text(); got != test.text {
			t.Errorf("%s: %q, want %q", test.charset, got, test.text)
		}
	}
}

func TestSevenBitCharsets(t *testing.T) {
	for _, test := range []struct{ charset, body, want string }{
		{"utf-7", "gr+APw-n +- 1 +Z5ZnLA", "grün + 1 \u6796\u672c"},
		{"iso-2022-kr", "\x1b$)C\x0e;g?k\x0f ok", "사용 ok"},
	} {
		mail := "Content-Type: text/plain; charset=" + test.charset + "\n\n" + test.body
		if got := mailpart.Parse([]byte(mail), mailpart.Limits{}).Text(); got != test.want {
			t.Errorf("%s: %q, want %q", test.charset, got, test.want)
		}
	}
}

func TestTransferEncodings(t *testing.T) {
	for _, test := range []struct{ name, encoding, body, want, problems string }{
		{"base64", "base64", "aGVs\nbG8=\n", "hello", ""},
		{"base64 without padding", "BASE64", "aGVsbG8", "hello", "broken transfer encoding"},
		{"base64 with junk inside", "base64", "aGVsbG8gaGVs*bG8=\n", "hello hello", "broken transfer encoding"},
		{"two base64 texts", "base64", "aGVsbG8=\nIHlvdQ==\n", "hello you", "broken transfer encoding"},
		{"plain text after base64", "base64", "aGVsbG8=\n-- \nlist footer, with words\n", "hello\n-- \nlist footer, with words", "broken transfer encoding"},
		{"base64 that is none", "base64", "This is plainly text, with words, for people to read.\n", "This is plainly text, with words, for people to read.", "broken transfer encoding"},
		{"quoted-printable", "Quoted-Printable", "gr=C3=BCn=\n!\n", "grün!\n", ""},
		{"soft break with blanks", "quoted-printable", "a= \t\nb", "ab", ""},
		{"carriage returns written out, LF", "quoted-printable", "a=0D\nb=0D\n", "a\nb\n", ""},
		{"carriage returns written out, CR", "quoted-printable", "a=0D\rb=0D\r", "a\nb\n", ""},
		{"lower-case digits", "quoted-printable", "=c3=bc", "ü", ""},
		{"bare equals sign", "quoted-printable", "a = b =3D =\n", "a = b = ", "broken transfer encoding"},
		{"unknown", "x-rot13", "hello\n", "hello\n", "broken transfer encoding"},
		{"8bit", "8BIT", "grün\n", "grün\n", ""},
		{"with a comment", "base64 (what else)", "aGVsbG8=", "hello", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			mail := "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: " + test.encoding + "\n\n" + test.body
			p := mailpart.Parse([]byte(mail), mailpart.Limits{})
			if got := p.Text(); got != test.want {
				t.Errorf("Text = %q, want %q", got, test.want)
			}
			if got := kinds(p); got != test.problems {
				t.Errorf("problems %q, want %q", got, test.problems)
			}
		})
	}
}

func TestUUEncodedIsLeftOut(t *testing.T) {
	mail := "Subject: x\n\nbefore\nbegin 644 a.txt\n%:&5L;&\\`\n`\nend\nafter\nbegin reading here\n"
	p := mailpart.Parse([]byte(mail), mailpart.Limits{})
	if got, want := p.Text(), "before\nafter\nbegin reading here\n"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
	if got := kinds(p); got != "uuencoded attachment skipped" {
		t.Errorf("problems %q", got)
	}
}

func TestHTMLText(t *testing.T) {
	for _, test := range []struct{ name, html, want string }{
		{"paragraphs", "<html><head><title>no</title><style>p {x}</style></head><body><p>one</p>\n<p>two\n three</p></body>", "one\n\ntwo three"},
		{"breaks", "a<br>b<BR/>c<br><br>d", "a\nb\nc\n\nd"},
		{"entities", "a &lt;b@example.com&gt; &amp; &uuml;&#252;&#xfc;&nbsp;c", "a <b@example.com> & üüü c"},
		{"script", "a<script>if (x < 1) { y() }</SCRIPT>b", "ab"},
		{"comment", "a<!-- no <p> -->b", "ab"},
		{"unclosed comment", "a<!-- b <b>c</b>", "a b c"},
		{"unclosed script", "a<script>b", "ab"},
		{"unclosed tag", "a<b", "a"},
		{"address in bare brackets", "mail to <user@example.com> failed", "mail to <user@example.com> failed"},
		{"less-than sign", "1 < 2", "1 < 2"},
		{"table", "<table><tr><td>To:</td><td>x</td></tr><tr><td>Why:</td><td>y</td></tr></table>", "To: x\nWhy: y"},
		{"pre", "<pre>a\nb</pre>c", "a\nb\nc"},
		{"inline tags do not part words", "5<b>5</b>0 <i>x</i>", "550 x"},
		{"empty", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mailpart.HTMLText(test.html); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestHTMLCharsetFromMeta(t *testing.T) {
	mail := "Content-Type: text/html\n\n<meta http-equiv=x content=\"text/html; charset=koi8-r\"><p>\xd4\xc5\xd3\xd4"
	if got := mailpart.Parse([]byte(mail), mailpart.Limits{}).Plain(); got != "тест" {
		t.Errorf("Plain = %q", got)
	}
}

func TestNearbyCharset(t *testing.T) {
	mail := "Subject: \xd4\xc5\xd3\xd4\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\n\xd4\xc5\xd3\xd4\n" +
		"--b\nContent-Type: message/delivery-status\n\nDiagnostic-Code: smtp; 550 \xd4\xc5\xd3\xd4\n--b--\n"
	root := mailpart.Parse([]byte(mail), mailpart.Limits{})
	if got := root.Header.Get("Subject"); got != "тест" {
		t.Errorf("subject in the character set of the first part: %q", got)
	}
	if got := root.Find("message/delivery-status").Blocks()[0].Get("Diagnostic-Code"); got != "smtp; 550 тест" {
		t.Errorf("field in the character set of the text beside it: %q", got)
	}
}

package intray

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/maillog"
	"github.com/rebound-mail/rebound/webhook"
)

const (
	postfixLine = "Mar  4 05:06:07 mx1 postfix/smtp[7]: 4A1: to=<kim@example.org>, relay=mx.example.org[192.0.2.7]:25, dsn=5.1.1, status=bounced (host said no)\n"
	cronLine    = "Mar  4 05:06:07 mx1 cron[7]: job started\n"
	bouncePost  = `{"RecordType":"Bounce","ID":1,"Type":"HardBounce","TypeCode":1,"MessageID":"m-1","Email":"kim@example.org","BouncedAt":"2026-03-04T05:06:07Z","Details":"smtp;550 no such user"}`
)

func TestLogsAndPayloadsAreToldByTheirContent(t *testing.T) {
	pretty := "[\n  " + strings.ReplaceAll(bouncePost, ",", ",\n    ") + ",\n  {\n \"x\": [1, {\"y\": \"}\"}] }\n]\n"
	for _, tc := range []struct {
		name, data string
		kind       Kind
		records    int
	}{
		{"postfix", postfixLine, Log, 1},
		{"postfix, packed", gzipped(t, zstded(t, postfixLine)), Log, 1},
		{"nothing of a mail server among the first lines", strings.Repeat(cronLine, 9000) + postfixLine, Log, 3},
		{"a line that has lost its beginning", "tus=sent (250 ok)\n" + postfixLine + postfixLine, Log, 1},
		{"exim", "2026-03-04 05:06:07 1rh2Hx-0004Cs-1R ** kim@example.org R=dnslookup T=remote_smtp: 550 no such user\n", Log, 1},
		{"syslog of today", "<22>1 2026-03-04T05:06:07.8+01:00 mx1 postfix/qmgr 7 - - 4A1: removed\n", Log, 1},
		{"multilog", "@4000000065e5a3f01b2c3d4c status: local 0/10 remote 1/20\n@4000000065e5a3f01b2c3d4c delivery 1: success: 192.0.2.7_accepted_message./\n", Log, 1},
		{"journal", `{"__REALTIME_TIMESTAMP":"1","_COMM":"cron","MESSAGE":"x"}` + "\n", Log, 1},
		{"log in UTF-16", inUTF16(postfixLine), Log, 1},
		{"one payload", bouncePost, Payload, 1},
		{"payloads, one a line", bouncePost + "\n" + bouncePost + "\n\n" + bouncePost, Payload, 3},
		{"payloads behind each other", bouncePost + bouncePost, Payload, 2},
		{"an array", "[" + bouncePost + "," + bouncePost + "]", Payload, 2},
		{"an array over many lines", pretty, Payload, 2},
		{"an object that is cut off", bouncePost[:100] + "\n" + bouncePost + "\n", Payload, 2},
		{"objects cut off outside a text", bouncePost[:len(bouncePost)-1] + "\n" + bouncePost + "\n", Payload, 2},
		{"the end is cut off", bouncePost + "\n" + bouncePost[:100], Payload, 2},
		{"a form", "event=bounced&recipient=kim%40example.org&domain=example.com&token=t&signature=s", Payload, 1},
		{"a mail that quotes a log", "Subject: look\nFrom: kim@example.org\n\n" + strings.Repeat(postfixLine, 9), Mail, 1},
		{"a mail of one field that quotes a log", "Subject: look\n\n" + strings.Repeat(postfixLine, 9), Mail, 1},
		{"a mail with small letters", "subject: look\nfrom: kim@example.org\n\n" + strings.Repeat(postfixLine, 2), Mail, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for name, open := range map[string]func() (Source, error){
				"reader": func() (Source, error) { return Open(strings.NewReader(tc.data), Options{}) },
				"bytes":  func() (Source, error) { return OpenBytes([]byte(tc.data), Options{}) },
			} {
				src, err := open()
				if err != nil {
					t.Fatal(name, err)
				}
				n := 0
				for {
					if _, err = src.Next(); err != nil {
						break
					}
					n++
				}
				if src.Kind() != tc.kind || !errors.Is(err, io.EOF) || tc.kind != Log && n != tc.records || n == 0 {
					t.Errorf("%s: %d records of %s, %v; want %d of %s", name, n, src.Kind(), err, tc.records, tc.kind)
				}
			}
		})
	}
}

// logText reads a log to its end and returns all blocks together.
func logText(t *testing.T, in io.Reader) string {
	t.Helper()
	src := newLogSource(nil, nil, Options{})
	src.in = in
	var all bytes.Buffer
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + bytes.Count(all.Bytes(), []byte("\n")); r.Line != want {
			t.Errorf("block %d begins at line %d, want %d", r.Index, r.Line, want)
		}
		if all.Write(r.Raw); len(r.Raw) == 0 {
			t.Fatal("an empty block")
		}
	}
}

func TestBlocksAreWholeLines(t *testing.T) {
	long := strings.Repeat("x", 3*maillog.MaxLine)
	cut := long[:maillog.MaxLine-1]
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, "line %d\n", i)
	}
	for _, tc := range []struct{ name, in, want string }{
		{"lines", "a\nb\n", "a\nb\n"}, {"no end at the end", "a\nb", "a\nb"}, {"empty lines", "\n\n\n", "\n\n\n"}, {"nothing", "", ""},
		{"many", many.String(), many.String()},
		{"a long line", "a\n" + long + "\nb\n", "a\n" + cut + "\nb\n"},
		{"a long line at the end", "a\n" + long, "a\n" + cut + "\n"},
		{"long lines", long + "\n" + long + "\n\nb", cut + "\n" + cut + "\n\nb"},
	} {
		for name, in := range map[string]io.Reader{
			"whole": strings.NewReader(tc.in), "half": iotest.HalfReader(strings.NewReader(tc.in)), "with the end": iotest.DataErrReader(strings.NewReader(tc.in)),
		} {
			if got := logText(t, in); got != tc.want {
				t.Errorf("%s, %s: %d bytes, want %d", tc.name, name, len(got), len(tc.want))
			}
		}
	}
}

func TestPayloadsOfAFile(t *testing.T) {
	data := "\xef\xbb\xbf[" + bouncePost + ",\n" + `{"a":"{\"\\"},` + "\n" + `{"b":[{"c":{}}]}]`
	src := newPayloadSource(bufio.NewReader(strings.NewReader(data)), webhook.Postmark, false, Options{MaxRecord: 50})
	type piece struct {
		Raw         string
		Index, Line int
		Size        int64
	}
	var got []piece
	for {
		r, err := src.Next()
		if err != nil {
			break
		}
		got = append(got, piece{string(r.Raw), r.Index, r.Line, r.Size})
	}
	want := []piece{{bouncePost[:50], 0, 1, int64(len(bouncePost))}, {`{"a":"{\"\\"}`, 1, 2, 13}, {`{"b":[{"c":{}}]}`, 2, 3, 16}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheFirstTime(t *testing.T) {
	written := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ line, want string }{
		{"Dec 31 23:59:59 mx1 x", "2025-12-31 23:59:59"}, {"Jan  2 20:00:00 mx1 x", "2026-01-02 20:00:00"},
		{"<22>Jan  1 00:00:00 mx1 x", "2026-01-01 00:00:00"}, {"<22>1 2024-05-06T07:08:09.1Z mx1", "2024-05-06 07:08:09"},
		{"2024-05-06 07:08:09 x", "2024-05-06 07:08:09"}, {"@4000000065e5a3f01b2c3d4c x", "2024-03-04 10:35:28"},
		{"no time here at all\nJan  1 00:00:00 mx1", "2026-01-01 00:00:00"}, {"no time here at all", "0001-01-01 00:00:00"},
		{"2024-13-06 07:08:09 x", "0001-01-01 00:00:00"},
	} {
		if got := firstTime([]byte(tc.line), written).Format(time.DateTime); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.line, got, tc.want)
		}
	}
}

func TestLogsThatContinueEachOther(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		name string
		logs []LogFile
		want []string
	}{
		{"numbers", logsNamed("v/mail.log", "v/mail.log.1", "v/mail.log.10.gz", "v/mail.log.2.gz"), []string{"v/mail.log.10.gz v/mail.log.2.gz v/mail.log.1 v/mail.log"}},
		{"dates", logsNamed("v/maillog", "v/maillog-20260102.gz", "v/maillog-20260101"), []string{"v/maillog-20260101 v/maillog-20260102.gz v/maillog"}},
		{"folders", logsNamed("v/mail.log.1", "w/mail.log", "v/mail.log"), []string{"v/mail.log.1 v/mail.log", "w/mail.log"}},
		{"hosts", logsNamed("mx1.log", "mx2.log"), []string{"mx1.log", "mx2.log"}},
		{"exim", logsNamed("mainlog", "mainlog.1", "rejectlog"), []string{"mainlog.1 mainlog", "rejectlog"}},
		{"multilog", logsNamed("q/@4000000065e5a3f01b2c3d4c.s", "q/@4000000065e5a3f11b2c3d4c.s", "q/current"), []string{"q/@4000000065e5a3f01b2c3d4c.s q/@4000000065e5a3f11b2c3d4c.s q/current"}},
		{"accounting", logsNamed("acct-2026-01-02-0000.csv", "acct-2026-01-01-0000.csv"), []string{"acct-2026-01-01-0000.csv acct-2026-01-02-0000.csv"}},
		{"tracking", logsNamed("MSGTRK2026010201-1.LOG", "MSGTRK2026010123-1.LOG"), []string{"MSGTRK2026010123-1.LOG MSGTRK2026010201-1.LOG"}},
		{"times say more than names", []LogFile{{File{Name: "mail.log"}, at(1)}, {File{Name: "mail.log.1"}, at(2)}}, []string{"mail.log mail.log.1"}},
		{"one time is not known", []LogFile{{File{Name: "mail.log"}, at(1)}, {File{Name: "mail.log.1"}, time.Time{}}}, []string{"mail.log.1 mail.log"}},
		{"standard input", logsNamed("-", "-"), []string{"-", "-"}},
	} {
		var got []string
		for _, g := range Series(tc.logs) {
			var names []string
			for _, f := range g {
				names = append(names, f.Name)
			}
			got = append(got, strings.Join(names, " "))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

func logsNamed(names ...string) (list []LogFile) {
	for _, name := range names {
		list = append(list, LogFile{File: File{Name: name}})
	}
	return list
}

// TestSegmentsOfALog reads frames of zstd behind each other, as KumoMTA writes them,
// the last of which is still being written.
func TestSegmentsOfALog(t *testing.T) {
	last := zstded(t, strings.Repeat(postfixLine, 9))
	for _, tc := range []struct {
		name, data string
		lines      int
		err        bool
	}{
		{"whole", zstded(t, postfixLine+cronLine) + zstded(t, postfixLine), 3, false},
		{"cut off", zstded(t, postfixLine+cronLine) + last[:len(last)-3], 2, true},
	} {
		src, err := Open(strings.NewReader(tc.data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for err == nil {
			var r Record
			r, err = src.Next()
			n += bytes.Count(r.Raw, []byte("\n"))
		}
		var damaged *DamagedError
		if n < tc.lines || errors.As(err, &damaged) != tc.err {
			t.Errorf("%s: %d lines, %v", tc.name, n, err)
		}
	}
}

package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreSound(t *testing.T) {
	c, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Listen != "127.0.0.1:8425" || time.Duration(c.Policy.SoftExpiry) != 30*24*time.Hour || c.Spool.Max != 4<<30 {
		t.Errorf("defaults: %+v", c)
	}
}

func TestFlagBeforeEnvironmentBeforeFileBeforeDefault(t *testing.T) {
	file := write(t, "r.yaml", "listen: 127.0.0.1:1\nlog-level: debug\nlog-format: json\npolicy_consecutive: 4\n")
	flags := Default()
	flags.Server.Listen = "127.0.0.1:3"
	c, err := Load(Sources{
		File: file, Flags: flags, Given: map[string]bool{"listen": true},
		LookupEnv: env("REBOUND_LISTEN", "127.0.0.1:2", "REBOUND_LOG_LEVEL", "warn"),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Server.Listen, c.Log.Level, c.Log.Format, c.LMTP.Listen, c.Spool.Max.String()}
	if diff := cmp.Diff([]string{"127.0.0.1:3", "warn", "json", "", "4GB"}, got); diff != "" {
		t.Error(diff)
	}
	if c.Policy.Consecutive != 4 {
		t.Errorf("policy_consecutive in the file: %d", c.Policy.Consecutive)
	}
	for name, want := range map[string]string{"listen": "--listen", "log-level": "REBOUND_LOG_LEVEL", "log-format": file + ":3", "spool-max": "default"} {
		if got := c.Origin(name); got != want {
			t.Errorf("%s comes from %s, want %s", name, got, want)
		}
	}
}

func TestListsAreTheSameInAllForms(t *testing.T) {
	want := []IMAP{
		{Host: "mail.example.com", User: "bounces", Password: "a,b", TLS: "starttls", Mailbox: "INBOX", Folder: "Rebound/Processed", Poll: Duration(time.Minute)},
		{Host: "m.example.org:1993", User: "x", Password: "y", TLS: "tls", Mailbox: "INBOX", Folder: "Rebound/Processed", Poll: Duration(2 * time.Minute), Delete: true},
	}
	first := `host=mail.example.com,user=bounces,password="a,b",tls=starttls`
	second := "host=m.example.org:1993,user=x,password=y,delete=true,poll=2m"
	fromFile := write(t, "r.yaml", `
imap:
  - host: mail.example.com
    user: bounces
    password: a,b
    tls: starttls
  - `+second+"\n")
	var items [2]IMAP
	for i, text := range []string{first, second} {
		if err := items[i].UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	flags := Default()
	flags.Intake.IMAP = items[:]
	for name, from := range map[string]Sources{
		"flags":       {Flags: flags, Given: map[string]bool{"imap": true}},
		"environment": {LookupEnv: env("REBOUND_IMAP", first+"; "+second)},
		"lines":       {LookupEnv: env("REBOUND_IMAP", first+"\n"+second+"\n")},
		"file":        {File: fromFile},
	} {
		c, err := Load(from)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, c.Intake.IMAP); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnItemMayBeginWithWhatItIsAbout(t *testing.T) {
	for text, want := range map[string]Follow{
		"/var/log/mail.log":                     {Path: "/var/log/mail.log"},
		"/var/log/a=b/mail.log,zone=UTC":        {Path: "/var/log/a=b/mail.log", Zone: "UTC"},
		"path=mail.log, new-only=true":          {Path: "mail.log", NewOnly: true},
		"mail.log,new_only=true,format=postfix": {Path: "mail.log", NewOnly: true, Format: "postfix"},
	} {
		var got Follow
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestSecretsComeFromFilesAndAreNotShown(t *testing.T) {
	secret := write(t, "secret", "hush-hush\n")
	c, err := Load(Sources{LookupEnv: env("REBOUND_HOOK", "mailgun,signing-file="+secret+",secret=open-sesame-open", "REBOUND_NOTIFY",
		"name=ops,url=https://ops.example.com/,secret-file="+secret)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Secret{"hush-hush"}, c.Intake.Hook[0].Signing); diff != "" || c.Notify[0].Secret != "hush-hush" {
		t.Errorf("read from files: %s %q", diff, c.Notify[0].Secret)
	}
	for _, v := range c.Values() {
		if strings.Contains(v.Value, "hush-hush") || strings.Contains(v.Value, "sesame") {
			t.Errorf("%s is shown as %s", v.Name, v.Value)
		}
	}
}

func TestWhatIsWrongIsSaidWithPlaceAndHint(t *testing.T) {
	empty := write(t, "empty", " \n")
	for name, tc := range map[string]struct {
		file string
		env  []string
		want []string
	}{
		"unknown key":         {file: "listen: 127.0.0.1:1\nlisen: x\n", want: []string{":2: unknown setting \"lisen\" (did you mean listen?)"}},
		"twice":               {file: "listen: a:1\nlisten: b:2\n", want: []string{":2: listen is set twice"}}, // or the parser says so
		"no mapping":          {file: "- a\n", want: []string{":1: a file of settings holds lines"}},
		"no YAML":             {file: "listen: 127.0.0.1:1\n  x: [\n", want: []string{"no YAML"}},
		"duration":            {file: "policy-forget: soon\n", want: []string{`:1: policy-forget: "soon" is no duration; write 90s`}},
		"size":                {file: "\nspool-max: 4 XB\n", want: []string{`:2: spool-max: "4 XB" is no size`}},
		"number":              {env: []string{"REBOUND_WORKERS", "many"}, want: []string{`REBOUND_WORKERS: "many" is no whole number`}},
		"enum":                {env: []string{"REBOUND_LOG_LEVEL", "loud"}, want: []string{`REBOUND_LOG_LEVEL: "loud" is none of debug, info, warn, error`}},
		"share":               {file: "policy-warn: 200%\n", want: []string{`"200%" is no share`}},
		"a map for a text":    {file: "listen:\n  host: x\n", want: []string{":2: listen must be plain text"}},
		"property":            {file: "maildir:\n  - path: /m\n    strem: x\n", want: []string{`:3: maildir: unknown property "strem" (did you mean stream?)`}},
		"property in text":    {env: []string{"REBOUND_MAILDIR", "/m,pol=1s"}, want: []string{`REBOUND_MAILDIR: unknown property "pol" (did you mean poll?)`}},
		"missing property":    {file: "imap:\n  - host: x\n", want: []string{":2: imap: user is missing"}},
		"missing password":    {file: "imap:\n  - {host: x, user: y}\n", want: []string{":1: imap: x: password or password-file is missing"}},
		"empty secret":        {env: []string{"REBOUND_HOOK", "ses,secret-file=" + empty}, want: []string{"is empty; it should hold a secret"}},
		"missing secret":      {env: []string{"REBOUND_HOOK", "ses,secret-file=/nowhere/x"}, want: []string{"/nowhere/x cannot be read: no such file"}},
		"password in clear":   {env: []string{"REBOUND_POP3", "host=pop.example.com,user=u,password=p,tls=none"}, want: []string{"for all to read"}},
		"provider":            {env: []string{"REBOUND_HOOK", "sendgird"}, want: []string{`unknown provider "sendgird" (did you mean sendgrid?)`}},
		"zone":                {env: []string{"REBOUND_FOLLOW", "/l,zone=Mars/Base"}, want: []string{`unknown time zone "Mars/Base"`}},
		"format":              {env: []string{"REBOUND_FOLLOW", "/l,format=postfx-log"}, want: []string{`unknown format "postfx-log" (did you mean postfix-log?)`}},
		"address":             {env: []string{"REBOUND_LISTEN", "8425"}, want: []string{`REBOUND_LISTEN: listen: "8425" is no address to listen at`}},
		"port":                {env: []string{"REBOUND_LISTEN", "127.0.0.1:99999"}, want: []string{`"99999" is no port`}},
		"half a certificate":  {env: []string{"REBOUND_TLS_CERT", "x"}, want: []string{"go together"}},
		"policy":              {env: []string{"REBOUND_POLICY_CONSECUTIVE", "99"}, want: []string{"policy-consecutive"}},
		"two of a name":       {env: []string{"REBOUND_NOTIFY", "name=a,url=http://x/;name=a,url=http://y/"}, want: []string{`two have the name "a"`}},
		"the setting meant":   {env: []string{"REBOUND_POLICY_WARN", "9%", "REBOUND_POLICY_FORGET", "1s"}, want: []string{"REBOUND_POLICY_WARN: policy-warn: rates are", "REBOUND_POLICY_FORGET: policy-forget: "}},
		"the other of two":    {file: "policy-critical: 1%\n", want: []string{":1: policy-critical: rates are"}},
		"no network":          {file: "http-trusted-proxies: [me]\n", want: []string{":1: http-trusted-proxies: \"me\" is no network"}},
		"keys of no use":      {file: "hook:\n  - provider: sendgrid\n    signing: abc\n    secret: short\n", want: []string{"sendgrid: secret 1 is too short: give at least 16", "sendgrid: signing key 1 is not a public key of ECDSA"}},
		"all that is wrong":   {file: "lisen: 1\nworkers: x\n", want: []string{":1: unknown setting", ":2: workers"}},
		"report before spool": {env: []string{"REBOUND_SPOOL_MAX", "1MB"}, want: []string{"larger than spool-max"}},
	} {
		from := Sources{LookupEnv: env(tc.env...)}
		if tc.file != "" {
			from.File = write(t, "r.yaml", tc.file)
		}
		c, err := Load(from)
		var bad *Error
		if !errors.As(err, &bad) || c != nil {
			t.Errorf("%s: %v, %+v", name, err, c)
			continue
		}
		for _, want := range tc.want {
			if name == "twice" && strings.Contains(err.Error(), "no YAML") {
				continue
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
	}
	if _, err := Load(Sources{File: "/nowhere/r.yaml"}); err == nil || !strings.Contains(err.Error(), "/nowhere/r.yaml: the file of settings cannot be read") {
		t.Errorf("no file: %v", err)
	}
}

func TestEmptyAndCommentedFilesSayNothing(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "listen:\n"} {
		if _, err := Load(Sources{File: write(t, "r.yaml", text)}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestStrangersAreVariablesThatLookLikeSettings(t *testing.T) {
	got := Strangers([]string{"REBOUND_LISTN=x", "REBOUND_LISTEN=x", "REBOUND_PORT=tcp://10.0.0.1:1", "REBOUND_CONFIG=y", "PATH=/bin", "REBOUND_SERVICE_HOST=z"})
	if diff := cmp.Diff([]string{"REBOUND_LISTN (did you mean REBOUND_LISTEN?)"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestValuesReadBackWhatTheyWrite(t *testing.T) {
	for _, d := range []time.Duration{0, time.Second, 90 * time.Second, time.Hour, 90 * time.Minute, 24 * time.Hour, 36 * time.Hour, 400 * 24 * time.Hour, -1} {
		var back Duration
		if err := back.UnmarshalText([]byte(Duration(d).String())); err != nil || back != Duration(d) {
			t.Errorf("%v is written %s, read %v, %v", d, Duration(d), back, err)
		}
	}
	for _, z := range []Size{0, 1, 1023, 1 << 10, 3 << 20, 5<<30 + 1, 1 << 40} {
		var back Size
		if err := back.UnmarshalText([]byte(z.String())); err != nil || back != z {
			t.Errorf("%d is written %s, read %d, %v", int64(z), z, int64(back), err)
		}
	}
	for _, text := range []string{"1e300d", "-1s", "99999999999d", "NaNd", "", "5"} {
		if err := new(Duration).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as a duration", text)
		}
	}
	for _, text := range []string{"9223372036854775807MB", "-1", "", "MB", "NaN"} {
		if err := new(Size).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as a size", text)
		}
	}
	if err := new(Share).UnmarshalText([]byte("NaN")); err == nil {
		t.Error("NaN is read as a share")
	}
}

func TestEverySettingIsNamedExplainedAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Settings() {
		if seen[s.Name] {
			t.Errorf("%s: twice", s.Name)
		}
		seen[s.Name] = true
		for _, one := range append([]Setting{s}, s.Properties...) {
			if one.Name == "" || !strings.HasSuffix(one.Help, ".") {
				t.Errorf("%s: %q: the help must be a sentence", s.Name, one.Help)
			}
		}
		if s.Kind == "" && len(s.Properties) == 0 {
			t.Errorf("%s: no placeholder", s.Name)
		}
	}
}

// A field without a name would be a choice that nobody can make.
func TestEveryFieldOfTheSettingsHasAName(t *testing.T) {
	var look func(reflect.Type)
	look = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			_, embedded := f.Tag.Lookup("embed")
			switch {
			case embedded:
				look(f.Type)
			case f.IsExported() && f.Tag.Get("name") == "":
				t.Errorf("%s.%s has no name", typ, f.Name)
			}
			if item, ok := itemType(f.Type); ok {
				look(item)
			}
		}
	}
	look(reflect.TypeFor[Config]())
}

func TestTheDataDirectory(t *testing.T) {
	for want, tc := range map[string]struct{ data, state, home string }{
		"/d":                         {"/d", "/s", "/h"},
		"/s/rebound":                 {"", "/s", "/h"},
		"/h/.local/state/rebound":    {"", "", "/h"},
		"/root/.local/state/rebound": {"", "relative", "/root"},
		"":                           {},
	} {
		c := Default()
		c.Server.Data = tc.data
		got, err := c.DataDir(env("XDG_STATE_HOME", tc.state, "HOME", tc.home))
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%+v: %q, %v, want %q", tc, got, err, want)
		}
	}
}

func FuzzItem(f *testing.F) {
	for _, s := range []string{"/m", "path=/m,poll=1s", `a="x,y"`, ",,", "=", `"`, "/a=b,poll=5s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var m Maildir
		if err := m.UnmarshalText([]byte(s)); err == nil && m.Path == "" {
			t.Errorf("%q is read without a path", s)
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add("listen: 127.0.0.1:1\n")
	f.Add("imap:\n  - host: x\n    user: y\n    password: z\n")
	f.Add("? a\n: b\n")
	f.Add("a: &x [*x]\n<<: *x\n")
	f.Fuzz(func(_ *testing.T, s string) {
		l := &loader{config: Default(), fields: map[string]field{}}
		walk(reflect.ValueOf(l.config).Elem(), func(x field) {
			l.fields[x.name] = x
			l.names = append(l.names, x.name)
		})
		l.yaml("f.yaml", []byte(s))
	})
}

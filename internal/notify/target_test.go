package notify

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestTargetsThatAreWrongAreRefusedWithoutTellingSecrets(t *testing.T) {
	good := Target{Name: "hook", URL: "https://example.org/in", Secret: secretOf("s")}
	short := secretPrefix + base64.StdEncoding.EncodeToString([]byte("hush-hush-hush"))
	for name, change := range map[string]func(*Target){
		"no name":            func(t *Target) { t.Name = "" },
		"name with a blank":  func(t *Target) { t.Name = "my hook" },
		"long name":          func(t *Target) { t.Name = strings.Repeat("n", 65) },
		"no URL":             func(t *Target) { t.URL = "" },
		"no host":            func(t *Target) { t.URL = "https:///hush-hush" },
		"other scheme":       func(t *Target) { t.URL = "ftp://example.org/hush-hush" },
		"fragment":           func(t *Target) { t.URL = "https://example.org/#hush-hush" },
		"unreadable URL":     func(t *Target) { t.URL = "https://example.org/\x7fhush-hush" },
		"plain http":         func(t *Target) { t.URL = "http://example.org/hush-hush" },
		"no secret":          func(t *Target) { t.Secret = "" },
		"secret of no form":  func(t *Target) { t.Secret = "hush-hush" },
		"secret not base64":  func(t *Target) { t.Secret = "whsec_hush-hush!" },
		"short secret":       func(t *Target) { t.Secret = short },
		"long secret":        func(t *Target) { t.Secret = secretPrefix + strings.Repeat("hush", 30) },
		"old secret no good": func(t *Target) { t.OldSecret = "hush-hush" },
		"unknown kind":       func(t *Target) { t.Kinds = []Kind{"recipient.born"} },
	} {
		bad := good
		change(&bad)
		_, err := NewTargets([]Target{bad})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("hush"))[:4]) {
			t.Errorf("%s: the error tells what it must not: %v", name, err)
		}
	}
	if _, err := NewTargets([]Target{good, good}); err == nil {
		t.Error("two of one name: no error")
	}
}

func TestPlainHTTPIsForThisMachineAndPrivateNetworks(t *testing.T) {
	for url, want := range map[string]bool{
		"http://localhost:8080/x": true, "http://127.0.0.1/x": true, "http://[::1]:80/x": true, "http://10.1.2.3/x": true, "http://192.168.0.9/x": true,
		"http://[fd00::1]/x": true, "http://192.0.2.1/x": false, "http://hooks.example.org": false, "http://localhost.example.org": false, "https://192.0.2.1/x": true,
	} {
		_, err := NewTargets([]Target{{Name: "hook", URL: url, Secret: secretOf("s")}})
		if (err == nil) != want {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := NewTargets([]Target{{Name: "hook", URL: "http://hooks.example.org", Plain: true, Secret: secretOf("s")}}); err != nil {
		t.Errorf("allowed: %v", err)
	}
}

func TestNewSecretsAreGoodAndDiffer(t *testing.T) {
	a, b := NewSecret(), NewSecret()
	if a == b {
		t.Error("the same twice")
	}
	if key, err := readSecret(a); err != nil || len(key) != 32 {
		t.Errorf("%d bytes, %v", len(key), err)
	}
}

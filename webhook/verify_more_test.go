package webhook

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
)

func TestSNSURLs(t *testing.T) {
	for u, ok := range map[string]bool{
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-01d088a6f77103d0fe307c0069e40ed6.pem": true,
		"https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-3250158c.pem":                     true,
		"https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-3250158c.pem":                     true,
		"http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":                                 false,
		"https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-1.pem":                           false,
		"https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem":                   false,
		"https://evil.example/sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":                   false,
		"https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem":                   false,
		"https://user@sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":                           false,
		"https://sns.a.b.amazonaws.com/SimpleNotificationService-1.pem":                                      false,
		"https://sns..amazonaws.com/SimpleNotificationService-1.pem":                                         false,
		"https://sns.-x.amazonaws.com/SimpleNotificationService-1.pem":                                       false,
		"https://s3.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":                                 false,
		"https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem":                                    false,
		"https://sns.us-east-1.amazonaws.com/other/SimpleNotificationService-1.pem":                          false,
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-/../x.pem":                            false,
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem?x=1":                            false,
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem#x":                              false,
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.txt":                                false,
		"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&x=SimpleNotificationService-1.pem":  false,
		"https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-1.pem":                                false,
		"https://sns.us-east-1.amazonaws.com\\@evil.example/SimpleNotificationService-1.pem":                 false,
		"file:///etc/passwd": false, "": false, "https:sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem": false,
	} {
		if err := CheckSigningCertURL(u); (err == nil) != ok {
			t.Errorf("%s: %v", u, err)
		}
	}
	for u, ok := range map[string]bool{
		"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=x": true,
		"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=x":                                  false,
		"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Action=DeleteTopic":                         false,
		"https://sns.us-east-1.amazonaws.com/x?Action=ConfirmSubscription":                                           false,
		"http://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription":                                             false,
		"https://169.254.169.254/?Action=ConfirmSubscription":                                                        false,
	} {
		if err := CheckSubscribeURL(u); (err == nil) != ok {
			t.Errorf("%s: %v", u, err)
		}
	}
}

func TestSecrets(t *testing.T) {
	const secret = "correct-horse-battery"
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	keys := Keys{Secrets: []string{"the-secret-of-last-year", secret}, SecretHeader: "X-Rebound-Secret"}
	for name, c := range map[string]struct {
		url    string
		header []string
		want   Outcome
	}{
		"in the path":              {"https://hooks.sender.example/postmark/" + secret, nil, Genuine},
		"in the query":             {"https://hooks.sender.example/postmark?key=" + secret, nil, Genuine},
		"in the user part":         {"https://hook:" + secret + "@hooks.sender.example/postmark", nil, Genuine},
		"basic, the password":      {"", []string{"Authorization", basic("anybody:" + secret)}, Genuine},
		"bearer":                   {"", []string{"Authorization", "Bearer " + secret}, Genuine},
		"in a header of its own":   {"", []string{"X-Rebound-Secret", secret}, Genuine},
		"nowhere":                  {"https://hooks.sender.example/postmark", nil, Forged},
		"in the middle":            {"https://hooks.sender.example/" + secret + "/postmark", nil, Forged},
		"too long":                 {"https://hooks.sender.example/" + secret + "x", nil, Forged},
		"too short":                {"https://hooks.sender.example/" + secret[1:], nil, Forged},
		"in another header":        {"", []string{"X-Secret", secret}, Forged},
		"basic, as the user":       {"", []string{"Authorization", basic(secret + ":")}, Forged},
		"a URL that is none":       {"::%zz" + secret, nil, Forged},
		"authorization of a kind":  {"", []string{"Authorization", "Digest " + secret}, Forged},
		"authorization in pieces":  {"", []string{"Authorization", "Basic ***"}, Forged},
		"empty everywhere":         {"", []string{"Authorization", ""}, Forged},
		"the secret of last year":  {"https://hooks.sender.example/the-secret-of-last-year", nil, Genuine},
		"the path with a slash on": {"https://hooks.sender.example/" + secret + "/", nil, Forged},
	} {
		r := post("{}", c.header...)
		r.URL = c.url
		if v := Verify(Postmark, r, keys, at); v.Outcome != c.want || v.Scheme != SchemeSecret {
			t.Errorf("%s: %+v, want %s", name, v, c.want)
		}
	}
	if v := Verify(Postmark, post("{}"), Keys{}, at); v.Outcome != Unsigned {
		t.Errorf("no secret set: %+v", v)
	}
	if v := Verify(Postmark, post("{}"), Keys{Secrets: []string{""}}, at); v.Outcome != MissingKey {
		t.Errorf("an empty secret: %+v", v)
	}
	if v := Verify(SES, post(`{"eventType":"Bounce"}`), Keys{}, at); v.Outcome != Unsigned {
		t.Errorf("raw delivery: %+v", v)
	}
}

func TestSvixSignaturesOfSeveralKeys(t *testing.T) {
	s := signSvix(Resend, "svix-")
	h := s.request.Header.(http.Header)
	good := h.Get("svix-signature")
	for given, want := range map[string]Outcome{
		"v1,AAAA " + good:                       Genuine,
		"v1a,xx " + good + " v2,yy":             Genuine,
		strings.Replace(good, "v1,", "v2,", 1):  Forged,
		"":                                      Forged,
		"v1,":                                   Forged,
		good[3:]:                                Forged,
		strings.Repeat("v1,AAAA ", 1000) + good: Forged, // beyond what is looked at
		"v1,AAAA\tv1,!!!! " + good + " " + "v1,===": Genuine,
	} {
		h.Set("svix-signature", given)
		if v := Verify(Resend, s.request, s.keys, at); v.Outcome != want {
			t.Errorf("%.40q: %+v", given, v)
		}
	}
}

func TestMailgunParentAccount(t *testing.T) {
	s := signMailgun()
	o, _ := soleObject(s.request.Body)
	mac := o.object("signature").text("signature")
	own := hex.EncodeToString(macOf(sha256.New, []byte("subaccount-key"), []byte(o.object("signature").text("timestamp")+o.object("signature").text("token"))))
	parent := `,"parent-signature":{"timestamp":"` + o.object("signature").text("timestamp") + `","token":"` + o.object("signature").text("token") + `","signature":"` + mac + `"}},"event-data"`
	body := strings.Replace(strings.Replace(string(s.request.Body), mac, own, 1), `},"event-data"`, parent, 1)
	if v := Verify(Mailgun, post(body), s.keys, at); v.Outcome != Genuine {
		t.Errorf("%+v", v)
	}
	other := strings.Replace(body, `"parent-signature":{"timestamp":"`, `"parent-signature":{"timestamp":"1`, 1)
	if v := Verify(Mailgun, post(other), s.keys, at); v.Outcome != Forged {
		t.Errorf("the parent's of another time: %+v", v)
	}
}

func TestMailgunFormIsVerified(t *testing.T) {
	s := signMailgun()
	o, _ := soleObject(s.request.Body)
	sig := o.object("signature")
	fields := []string{"event", "complained", "recipient", "ann@example.com", "timestamp", sig.text("timestamp"), "token", sig.text("token"), "signature", sig.text("signature")}
	for _, body := range []string{formOf(fields...), multipartOf(fields...)} {
		if v := Verify(Mailgun, post(body), s.keys, at); v.Outcome != Genuine || v.ReplayKey != sig.text("token") {
			t.Errorf("%+v", v)
		}
	}
	fields[7] += "x"
	if v := Verify(Mailgun, post(formOf(fields...)), s.keys, at); v.Outcome != Forged {
		t.Errorf("%+v", v)
	}
}

func TestMandrillSignsTheURL(t *testing.T) {
	s := signMandrill()
	s.request.URL = strings.Replace(s.request.URL, "https:", "http:", 1) // what a server behind a proxy sees
	if v := Verify(Mandrill, s.request, s.keys, at); v.Outcome != Forged || !strings.Contains(v.Detail, "URL") {
		t.Errorf("%+v", v)
	}
}

func TestMailerSendTestKeyProvesNothing(t *testing.T) {
	body := mailerSendEvent("activity.hard_bounced", "null")
	mac := hex.EncodeToString(macOf(sha256.New, []byte(mailerSendTestKey), []byte(body)))
	r := post(body, "Signature", mac)
	if v := Verify(MailerSend, r, Keys{Signing: []string{"mine"}}, at); v.Outcome != Forged || v.Scheme != SchemeTest {
		t.Errorf("%+v", v)
	}
}

func TestPostalKeyAsDKIMRecord(t *testing.T) {
	s := signPostal(crypto.SHA256, "X-Postal-Signature-256", SchemePostal256)
	body := strings.Join(strings.Split(strings.TrimSpace(s.keys.Signing[0]), "\n")[1:], "")
	body = body[:strings.IndexByte(body, '-')]
	s.keys.Signing = []string{"v=DKIM1; t=s; h=sha256; p=" + body + ";"}
	if v := Verify(Postal, s.request, s.keys, at); v.Outcome != Genuine {
		t.Errorf("%+v", v)
	}
}

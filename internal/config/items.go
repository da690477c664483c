package config

// Maildir is one that is watched.
type Maildir struct {
	Path   string   `name:"path" primary:"" required:"" help:"The folder that holds new and cur."`
	Poll   Duration `name:"poll" default:"5s" help:"How often it is looked at."`
	Stream string   `name:"stream" help:"The stream that its events belong to."`
}

// Follow is a log that is followed.
type Follow struct {
	Path    string `name:"path" primary:"" required:"" help:"The file."`
	Format  string `name:"format" help:"Of the log, where its lines do not tell: postfix, exim ... as in docs/logs.md."`
	Zone    string `name:"zone" help:"Time zone of stamps that name none, such as Europe/Berlin; else UTC."`
	NewOnly bool   `name:"new-only" help:"Begin at the end when it is followed for the first time."`
	Stream  string `name:"stream" help:"The stream that its events belong to."`
}

// IMAP is a mailbox to be emptied by IMAP.
type IMAP struct {
	Host         string   `name:"host" required:"" help:"The server, with :PORT unless it is the usual one."`
	User         string   `name:"user" required:"" help:"The name to log in with."`
	Password     Secret   `name:"password" help:"Its password."`
	PasswordFile string   `name:"password-file" secret:"Password" help:"A file that holds the password."`
	TLS          string   `name:"tls" default:"tls" enum:"tls,starttls,none" help:"tls, starttls, or none (loopback only)."`
	CAFile       string   `name:"ca-file" help:"Certificates in PEM to be trusted, where the server's is not signed by a public authority."`
	Mailbox      string   `name:"mailbox" default:"INBOX" help:"The mailbox that is read."`
	Folder       string   `name:"folder" default:"Rebound/Processed" help:"Where mails go when they were taken; made if need be."`
	Delete       bool     `name:"delete" help:"Delete mails that were taken instead of moving them."`
	Poll         Duration `name:"poll" default:"1m" help:"How often it is looked at where the server has no IDLE."`
	Stream       string   `name:"stream" help:"The stream that its events belong to."`
}

// POP3 is a mailbox to be read by POP3.
type POP3 struct {
	Host         string   `name:"host" required:"" help:"The server, with :PORT unless it is the usual one."`
	User         string   `name:"user" required:"" help:"The name to log in with."`
	Password     Secret   `name:"password" help:"Its password."`
	PasswordFile string   `name:"password-file" secret:"Password" help:"A file that holds the password."`
	TLS          string   `name:"tls" default:"tls" enum:"tls,starttls,none" help:"tls, starttls, or none (loopback only)."`
	CAFile       string   `name:"ca-file" help:"Certificates in PEM to be trusted, where the server's is not signed by a public authority."`
	Delete       bool     `name:"delete" help:"Delete mails that were taken. Else they stay, and are remembered."`
	Poll         Duration `name:"poll" default:"5m" help:"How often it is looked at."`
	Stream       string   `name:"stream" help:"The stream that its events belong to."`
}

// Hook is how the webhooks of one provider are verified.
type Hook struct {
	Provider      string   `name:"provider" primary:"" required:"" help:"The provider: ses, sendgrid, mailgun ... as in docs/webhooks.md."`
	Signing       []Secret `name:"signing" help:"Signing key as the provider shows it. Several are accepted, so that keys can be changed."`
	SigningFile   []string `name:"signing-file" secret:"Signing" help:"A file that holds a signing key."`
	Secret        []Secret `name:"secret" help:"Secret in the URL or the header, for providers that sign nothing."`
	SecretFile    []string `name:"secret-file" secret:"Secret" help:"A file that holds a secret."`
	SecretHeader  string   `name:"secret-header" help:"The header field that holds the secret."`
	Topic         []string `name:"topic" help:"ARN of an SNS topic that is ours."`
	URL           string   `name:"url" help:"The address as it is set at the provider, to the letter. Only Mandrill signs it; without it public-url is taken, and /v1/hooks/PROVIDER."`
	Stream        string   `name:"stream" help:"The stream that its events belong to, where they do not say."`
	Tolerance     Duration `name:"tolerance" default:"0s" help:"How old a signed request may be; 0s is what suits the provider's retries."`
	AllowUnsigned bool     `name:"allow-unsigned" help:"Accept what cannot be verified; it is kept as unverified and suppresses nobody."`
}

// Notify is somebody who is told what happens.
type Notify struct {
	Name          string   `name:"name" required:"" help:"A name, for logs, metrics and the list of dead letters."`
	URL           Secret   `name:"url" help:"Where to post. It is not shown, since it may hold a secret."`
	URLFile       string   `name:"url-file" secret:"URL" help:"A file that holds the address."`
	Secret        Secret   `name:"secret" help:"Signing secret, whsec_..., by Standard Webhooks."`
	SecretFile    string   `name:"secret-file" secret:"Secret" help:"A file that holds the secret."`
	OldSecret     Secret   `name:"old-secret" help:"The secret before, which signs as well, so that it can be changed without a gap."`
	OldSecretFile string   `name:"old-secret-file" secret:"OldSecret" help:"A file that holds the secret before."`
	Kind          []string `name:"kind" help:"What to tell of; repeated. Without it everything."`
	Plain         bool     `name:"plain" help:"Allow http, without encryption, beyond this machine and private networks."`
}

// UnmarshalText reads an item as it is written in a flag.
func (m *Maildir) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

// UnmarshalText reads an item as it is written in a flag.
func (m *Follow) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

// UnmarshalText reads an item as it is written in a flag.
func (m *IMAP) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

// UnmarshalText reads an item as it is written in a flag.
func (m *POP3) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

// UnmarshalText reads an item as it is written in a flag.
func (m *Hook) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

// UnmarshalText reads an item as it is written in a flag.
func (m *Notify) UnmarshalText(text []byte) error { return parseItem(string(text), m) }

package config

// Config is everything that may be chosen. The tags are those of kong; sections
// share the beginning of their names.
type Config struct {
	Server     Server     `embed:"" group:"Server"`
	HTTP       HTTP       `embed:"" prefix:"http-" group:"HTTP"`
	Log        Log        `embed:"" prefix:"log-" group:"Log"`
	Intake     Intake     `embed:"" group:"Intake: where reports come from"`
	SMTP       SMTP       `embed:"" prefix:"smtp-" group:"Intake by SMTP and LMTP"`
	LMTP       LMTP       `embed:"" prefix:"lmtp-" group:"Intake by SMTP and LMTP"`
	VERP       VERP       `embed:"" prefix:"verp-" group:"Trust"`
	Policy     Policy     `embed:"" prefix:"policy-" group:"Policy: when an address is suppressed"`
	Reputation Reputation `embed:"" prefix:"reputation-" group:"Reputation and alerts"`
	Notify     []Notify   `name:"notify" sep:"none" placeholder:"PROPERTIES" group:"Reputation and alerts" help:"Post what happens to a web address, signed: suppressions, releases, alerts. May be repeated."`
	Keep       Keep       `embed:"" prefix:"keep-" group:"Storage"`
	Store      Store      `embed:"" prefix:"store-" group:"Storage"`
	Spool      Spool      `embed:"" prefix:"spool-" group:"Storage"`

	origins map[string]string // where a setting was set, by its name
}

// Server is where the server listens and lives.
type Server struct {
	Listen        string   `name:"listen" default:"127.0.0.1:8425" placeholder:"HOST:PORT" help:"Where the API and the pages are served. Off loopback only with tokens (rebound token add)."`
	Data          string   `name:"data" default:"" placeholder:"DIR" help:"Data directory. Without it $$XDG_STATE_HOME/rebound, else ~/.local/state/rebound."`
	PublicURL     string   `name:"public-url" placeholder:"URL" help:"The address by which others reach this server, such as https://bounces.example.com. Some providers sign it."`
	TLSCert       string   `name:"tls-cert" placeholder:"FILE" help:"Certificate chain in PEM, for HTTPS, and for STARTTLS of SMTP. Read again when it changes."`
	TLSKey        string   `name:"tls-key" placeholder:"FILE" help:"Private key of the certificate, in PEM."`
	MetricsListen string   `name:"metrics-listen" placeholder:"HOST:PORT" help:"Serve /metrics, /healthz and /readyz there too, without token. Keep it from strangers."`
	InsecureOpen  bool     `name:"insecure-open" help:"Allow everybody everything, without tokens, also off loopback. For laboratories."`
	Codebook      []string `name:"codebook" sep:"none" placeholder:"DIR" help:"Folder of YAML that adds to the built-in codebook and overrides it. May be repeated; later ones win."`
	StopTimeout   Duration `name:"stop-timeout" default:"20s" placeholder:"TIME" help:"How long a stop waits for requests and for accepted reports to be processed. What remains is processed after the next start."`
	Workers       int      `name:"workers" default:"0" placeholder:"N" help:"How many reports are read at a time; 0 is one a processor."`
}

// HTTP bounds requests.
type HTTP struct {
	TokenRate      float64  `name:"token-rate" default:"2000" placeholder:"N" help:"Requests a second with one token, 0 for any number. Twice as many may come at once."`
	ClientRate     float64  `name:"client-rate" default:"1000" placeholder:"N" help:"Requests a second from one address without token, webhooks and pages among them, 0 for any number."`
	TrustedProxies []string `name:"trusted-proxies" placeholder:"CIDR" help:"Addresses of reverse proxies, whose X-Forwarded-For is believed."`
}

// Log is how the server logs, to standard error.
type Log struct {
	Level  string `name:"level" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"debug, info, warn or error. Addresses of recipients are logged at debug alone."`
	Format string `name:"format" default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json."`
}

// Intake is what is watched, fetched and received beside SMTP.
type Intake struct {
	Maildir []Maildir `name:"maildir" sep:"none" placeholder:"PATH" help:"Watch a Maildir; mails are moved from new to cur when they are taken. May be repeated."`
	Follow  []Follow  `name:"follow" sep:"none" placeholder:"PATH" help:"Follow the log of a mail server, over rotations and restarts. May be repeated."`
	IMAP    []IMAP    `name:"imap" sep:"none" placeholder:"PROPERTIES" help:"Fetch mails from a mailbox by IMAP. May be repeated."`
	POP3    []POP3    `name:"pop3" sep:"none" placeholder:"PROPERTIES" help:"Fetch mails from a mailbox by POP3. May be repeated."`
	Hook    []Hook    `name:"hook" sep:"none" placeholder:"PROPERTIES" help:"How the webhooks of a provider are verified. May be repeated."`
}

// SMTP is the listener for bounces sent by mail servers.
type SMTP struct {
	Listen      string   `name:"listen" placeholder:"HOST:PORT" help:"Take bounces by SMTP there."`
	Hostname    string   `name:"hostname" placeholder:"NAME" help:"The name in greetings; without it the name of the machine."`
	Domains     []string `name:"domains" placeholder:"DOMAIN" help:"Domains whose addresses are accepted as recipients; without it any. *.example.com stands for all below it."`
	AnySender   bool     `name:"any-sender" help:"Accept mail whose sender is not the null sender <>. Reports have the null sender; feedback reports and automatic replies of some systems have not."`
	MaxSize     Size     `name:"max-size" default:"32MB" placeholder:"SIZE" help:"The largest mail."`
	Connections int      `name:"connections" default:"200" placeholder:"N" help:"Connections at a time, in all."`
	ClientRate  int      `name:"client-rate" default:"1200" placeholder:"N" help:"Mails a minute from one client, 0 for any number; more are put off (450)."`
}

// LMTP is the listener for a mail server on the same machine.
type LMTP struct {
	Listen string `name:"listen" placeholder:"ADDRESS" help:"Take mails by LMTP: unix:/run/rebound/lmtp, or HOST:PORT."`
}

// VERP is by what mails from the open Internet are believed.
type VERP struct {
	Keys   string   `name:"keys" placeholder:"FILE" help:"File of keys (rebound verp key). With it, a mail counts only if it came to a return path signed with one of them; others are kept as unverified."`
	MaxAge Duration `name:"max-age" default:"30d" placeholder:"TIME" help:"How long a signed return path counts."`
}

// Policy is when an address is suppressed; see docs/policy.md.
type Policy struct {
	Consecutive   int      `name:"consecutive" default:"3" placeholder:"N" help:"Failed messages in a row that suppress an address for a while; 1 to 16."`
	SoftExpiry    Duration `name:"soft-expiry" default:"30d" placeholder:"TIME" help:"How long the first such suppression lasts."`
	MaxDoublings  int      `name:"max-doublings" default:"5" placeholder:"N" help:"How often that time is doubled at most; 0 for never."`
	Forget        Duration `name:"forget" default:"180d" placeholder:"TIME" help:"After how long without a failure a run of failures is forgotten."`
	CaseSensitive bool     `name:"case-sensitive" help:"Tell Kim@example.org from kim@example.org."`
	Warn          Share    `name:"warn" default:"2%" placeholder:"SHARE" help:"Bounced out of attempted messages from which a sender is warned."`
	Critical      Share    `name:"critical" default:"5%" placeholder:"SHARE" help:"And from which its reputation is in danger."`
}

// Reputation is what is watched of senders.
type Reputation struct {
	Minimum            int      `name:"minimum" default:"100" placeholder:"N" help:"Attempted messages below which a rate of bounces says nothing."`
	ComplaintsWarn     Share    `name:"complaints-warn" default:"0.1%" placeholder:"SHARE" help:"Complaints out of delivered messages from which there is a warning."`
	ComplaintsCritical Share    `name:"complaints-critical" default:"0.3%" placeholder:"SHARE" help:"And from which it is critical."`
	Interval           Duration `name:"interval" default:"1m" placeholder:"TIME" help:"How often rates are looked at."`
}

// Keep is for how long things are kept.
type Keep struct {
	Events   Duration `name:"events" default:"400d" placeholder:"TIME" help:"Events, and by their ids what was counted; never ends it not."`
	Evidence Duration `name:"evidence" default:"90d" placeholder:"TIME" help:"Reports as they came in."`
	Rates    Duration `name:"rates" default:"400d" placeholder:"TIME" help:"Counters."`
	Unknowns Duration `name:"unknowns" default:"180d" placeholder:"TIME" help:"Texts that nothing is known of, when they no longer come."`
	Dead     Duration `name:"dead-letters" default:"30d" placeholder:"TIME" help:"Notifications that could not be delivered."`
}

// Store is the database in the data directory.
type Store struct {
	Cache Size `name:"cache" default:"64MB" placeholder:"SIZE" help:"Memory for pages of the database."`
}

// Spool is what is accepted and not yet processed.
type Spool struct {
	Max       Size `name:"max" default:"4GB" placeholder:"SIZE" help:"The bound of the spool. What goes beyond is put off: 452 by SMTP, 507 by HTTP; mails stay where they are."`
	MaxReport Size `name:"max-report" default:"64MB" placeholder:"SIZE" help:"The largest report, however it comes."`
	MinFree   Size `name:"min-free" default:"64MB" placeholder:"SIZE" help:"How much of the disk the spool leaves free for the database."`
}

package ndr

// table lists the decoders in the order in which they are asked: those that
// know their reports by surer signs, and those whose reports imitate others,
// before the rest.
var table = [...]decoder{
	haraka,
	james,
	chasquid,
	maddy,
	exim,
	qmail,
	postfix,
	courier,
	opensmtpd,
	dragonfly,
	nullmailer,
	messagingServer,
	powermta,
	zmailer,
	smail,
	mmdf,
	mailman,
	fml,
	majordomo,
	sieve,
	sendmail,
}

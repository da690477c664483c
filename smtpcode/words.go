package smtpcode

import "strings"

// Kinds of words, one bit each: what they say about a number beside them.
const (
	wIntroducer uint8 = 1 << iota // a code may follow: "said 550", "error: 550"; also in some other languages that bounces are written in
	wQuantity                     // a number behind it (and a colon or bracket) is an amount or an identifier
	wVersioned                    // three numbers with dots behind it are a version, or the number of a section
	wUnit                         // a number before it is a measure, wherever it stands
	wCounted                      // a number before it counts things
	wReply                        // a number before it is a reply code: "a 550 error"
	wCopula                       // may stand between an introducer and its code: "the code was 550"
)

// listedWords has the words of each kind, at most maxWord letters long, in lower case.
var listedWords = [...]struct {
	kind  uint8
	words string
}{
	{wIntroducer, "" +
		"said says reply replies replied response responses respond responded responds return returned returns answer answered " +
		"answers gave got received error errors err errorcode code codes replycode statuscode responsecode smtpcode rc retcode status stat dsn " +
		"smtp esmtp lmtp data dot eod ehlo helo banner with reject rejected bounced deferred failed fehler fehlercode antwort antwortete meldung erreur reponse " +
		"erro errore codigo codice respuesta resposta risposta fout foutcode fel felkod fejl feil kod kode hata virhe"},
	{wQuantity, "" +
		"limit limits max maximum min minimum size length weight total count number num amount line lines port ports pid uid gid id " +
		"score quota age delay delays timeout ttl priority pref preference queue ticket case rfc page room phone tel fax ext height " +
		"width bytes octets kb mb gb seconds exceeded exceeds than threshold allowed"},
	{wVersioned, "" +
		"version versions ver v vers release rel build revision rev patch update kernel nt rfc section sections sec paragraph " +
		"chapter clause figure table appendix step item rule postfix exim sendmail qmail netqmail notqmail exchange opensmtpd haraka " +
		"courier zimbra james powermta pmta kumomta zonemta mailenable mdaemon merak icewarp hmailserver smartermail axigen " +
		"communigate groupwise domino notes lotus dovecot cyrus mailman sympa majordomo xmail nemesis spamassassin clamav amavis " +
		"amavisd mailscanner mimedefang rspamd dspam milter asyncos ironport barracuda proofpoint sophos symantec openssl libressl " +
		"gnutls php phpmailer python perl ruby java mysql mariadb postgresql redis nginx apache linux windows ubuntu debian centos " +
		"redhat freebsd openbsd netbsd solaris macos ios android outlook thunderbird roundcube plesk cpanel"},
	{wUnit, "" +
		"kb mb gb tb kib mib gib byte bytes octets kilobytes megabytes ms sec secs second seconds min mins minute minutes hr hrs " +
		"hour hours day days week weeks month months year years th nd rd st px percent times of"},
	{wCounted, "" +
		"message messages msgs mails email emails recipient recipients rcpts addresses users people connections sessions " +
		"attempt attempts tries retries lines characters chars words items files headers hops domains hosts servers errors per or " +
		"and points unique different complaints bounces copies parts attachments images links urls subscribers members results " +
		"entries"},
	{wReply, "" +
		"error reply response code status rejection reject bounce answer"},
	{wCopula, "" +
		"is was of a an from message number no nr"},
}

// maxWord is the length of the longest word that fits a wordKey.
const maxWord = 12

// wordKey is a word of at most maxWord letters, five bits each, the first lowest, whatever their case; 0 is no word.
type wordKey uint64

// wordBefore returns the run of letters that ends before text[end], and where it begins. A longer run than any listed word has key 0.
func wordBefore(text string, end int) (wordKey, int) {
	key, i := wordKey(0), end
	for ; i > 0 && is(text[i-1], cLetter); i-- {
		if end-i == maxWord {
			return 0, i
		}
		key = key<<5 | wordKey(text[i-1]&0x1f)
	}
	return key, i
}

// kindsBefore returns the kinds of the word that ends before text[end].
func kindsBefore(text string, end int) uint8 {
	key, _ := wordBefore(text, end)
	return key.kinds()
}

// wordAt returns the run of letters that begins at text[i], and where it ends. A longer run than any listed word has key 0.
func wordAt(text string, i int) (wordKey, int) {
	key, shift := wordKey(0), 0
	for ; i < len(text) && is(text[i], cLetter); i++ {
		if shift == 5*maxWord {
			return 0, i
		}
		key |= wordKey(text[i]&0x1f) << shift
		shift += 5
	}
	return key, i
}

// kinds returns the kinds of a listed word, 0 for any other.
func (k wordKey) kinds() uint8 {
	for slot := k.slot(); ; slot = (slot + 1) % wordSlots {
		switch words.keys[slot] {
		case k:
			return words.kinds[slot]
		case 0:
			return 0
		}
	}
}

func (k wordKey) slot() uint64 { return uint64(k) * 0x9e3779b97f4a7c15 >> (64 - wordBits) }

const (
	wordBits  = 10
	wordSlots = 1 << wordBits
)

// words is a hash table of the listed words with open addressing, about a third full. It is never written to.
var words = hashWords()

type wordTable struct {
	keys  [wordSlots]wordKey
	kinds [wordSlots]uint8
}

func hashWords() (t wordTable) {
	for _, list := range listedWords {
		for word := range strings.FieldsSeq(list.words) {
			key, _ := wordAt(word, 0)
			slot := key.slot()
			for t.keys[slot] != 0 && t.keys[slot] != key {
				slot = (slot + 1) % wordSlots
			}
			t.keys[slot] = key
			t.kinds[slot] |= list.kind
		}
	}
	return t
}

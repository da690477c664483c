package mdn

// The words below are folded: lower case, Latin letters without accents. A test asserts it.

// replySubjects begin the subjects of automatic replies: what mail programs put before the subject that they reply to, and what people write.
var replySubjects = []string{
	// English
	"automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "automatic response", "automated reply", "automated response", "auto:", "auto responder",
	"auto-responder", "autoresponder", "out of office", "out-of-office", "out of the office", "ooo", "oof", "vacation reply", "vacation message", "vacation notice", "vacation", "on vacation", "on holiday", "on leave", "away from",
	"away message", "i am away", "i'm away", "i am out of", "i'm out of", "i am currently", "i am on vacation", "absence notice", "auto ack", "auto-ack", "currently away", "annual leave", "maternity leave",
	// German
	"automatische antwort", "autom. antwort", "automatische ruckantwort", "automatische ruckmeldung", "automatische nachricht", "autoantwort", "auto-antwort", "abwesenheitsnotiz", "abwesenheitsmeldung", "abwesenheitsmitteilung", "abwesenheitsbenachrichtigung",
	"abwesenheitsnachricht", "abwesenheitsassistent", "abwesenheitsinfo", "abwesenheit", "abwesend", "urlaubsbenachrichtigung", "urlaubsnachricht", "urlaubsabwesenheit", "im urlaub", "urlaub", "nicht im buro", "nicht im haus", "ausser haus", "nicht erreichbar",
	// French
	"reponse automatique", "absence du bureau", "absent du bureau", "absent(e) du bureau", "message d'absence", "notification d'absence", "reponse d'absence", "avis d'absence", "absence", "absent", "message automatique", "en conge", "conges", "en vacances", "hors du bureau",
	// Spanish, Catalan
	"respuesta automatica", "respuesta automatizada", "autorespuesta", "auto-respuesta", "fuera de la oficina", "fuera de oficina", "respuesta de ausencia", "mensaje automatico", "mensaje de ausencia", "ausencia", "ausente", "de vacaciones", "vacaciones", "resposta automatica",
	// Portuguese
	"fora do escritorio", "ausencia temporaria", "ausente do escritorio", "ausencia do escritorio", "mensagem automatica", "auto-resposta", "autoresposta", "de ferias", "ferias", "em ferias",
	// Italian
	"risposta automatica", "risponditore automatico", "messaggio automatico", "fuori sede", "fuori ufficio", "assenza dall'ufficio", "assenza", "assente", "in ferie", "ferie",
	// Dutch
	"automatisch antwoord", "automatische reactie", "automatische beantwoording", "automatische reply", "automatisch bericht", "afwezigheidsbericht", "afwezigheidsassistent", "afwezigheidsmelding", "afwezigheid", "afwezig", "niet aanwezig", "buiten kantoor", "vakantie", "met vakantie",
	// Swedish, Danish, Norwegian, Finnish
	"autosvar", "automatiskt svar", "automatiskt meddelande", "franvaromeddelande", "franvaro", "franvarande", "ej pa plats", "pa semester", "semester", "automatisk svar", "automatisk besvarelse", "fravaersbesked", "fravaersmelding", "fravaer", "fravaerende", "ikke til stede",
	"ikke pa kontoret", "pa ferie", "ute av kontoret", "automaattinen vastaus", "automaattivastaus", "poissaoloviesti", "poissaoloilmoitus", "poissa", "lomalla",
	// Polish, Czech, Slovak, Hungarian, Romanian, South Slavic
	"odpowiedz automatyczna", "automatyczna odpowiedz", "autoodpowiedz", "wiadomosc automatyczna", "nieobecnosc", "nieobecny", "nieobecna", "poza biurem", "urlop", "na urlopie", "automaticka odpoved", "automaticka odpovod", "odpoved v nepritomnosti", "mimo kancelar", "nepritomnost", "nepritomen",
	"dovolena", "automatikus valasz", "hazon kivul", "raspuns automat", "absent din birou", "automatski odgovor", "samodejni odgovor", "odsoten", "automatinis atsakymas", "automatiska atbilde", "automaatvastus", "automaatne vastus",
	// Russian, Ukrainian, Bulgarian
	"автоматический ответ", "автоответ", "автоответчик", "автоматическое сообщение", "вне офиса", "нет на месте", "отсутствие", "в отпуске", "отпуск", "автоматична відповідь", "автовідповідь", "автоматичен отговор",
	// Japanese, Chinese, Korean
	"自動応答", "自動返信", "自動回答", "自動送信", "不在通知", "不在応答", "不在のお知らせ", "不在のご連絡", "不在", "外出中", "休暇", "自动答复", "自动回复", "自动应答", "自動回覆", "自動回復", "自動答覆", "外出", "休假", "出差", "不在办公室", "不在辦公室", "자동 회신", "자동회신", "자동 응답", "자동응답", "부재중", "부재 중",
	// Turkish, Greek, Arabic, Hebrew, Vietnamese, Indonesian, Thai
	"otomatik yanit", "otomatik cevap", "ofis disinda", "ofis disi", "αυτόματη απάντηση", "απουσία", "رد تلقائي", "الرد التلقائي", "מענה אוטומטי", "תשובה אוטומטית", "מחוץ למשרד", "trả lời tự dộng", "thư trả lời tự dộng", "balasan otomatis", "ตอบกลับอัตโนมัติ",
}

// replySubjectEnds end the subjects of automatic replies.
var replySubjectEnds = []string{
	"(automatic response)", "(automatic reply)", "(auto response)", "(auto reply)", "(auto-reply)", "(autoreply)", "(autoresponse)", "(out of office)", "(out of the office)", "(vacation)", "[auto-reply]", "[autoreply]", "[automatic reply]", "[out of office]",
	"- automatic reply", "- auto reply", "- autoreply", "- out of office", "(abwesend)", "(abwesenheitsnotiz)", "(automatische antwort)", "(reponse automatique)", "(respuesta automatica)", "(resposta automatica)", "(risposta automatica)", "is out of the office", "is out of the office.", "is on vacation",
	"- abwesenheitsnotiz", "is currently out of the office",
}

// replyGoesOn may follow the words of replySubjects.
var replyGoesOn = []string{
	"re:", "re ", "aw:", "fw:", "fwd:", "sv:", "odp:", "vs:", "to your", "to:", "for:", "from ", "from:", "autoreply", "auto-reply", "auto reply", "auto", "reply", "response", "message", "notification", "notice", "assistant", "until", "till", "the office", "work", "my ", "bis", "vom", "jusqu", "hasta", "ate ", "fino", "tot ",
	"von", "du bureau", "de la oficina", "do escritorio", "dall'ufficio", "のお知らせ", "のため", "通知", "中", "です", "について",
}

// maybeSubjects are in the subjects of automatic replies and of other mails too.
var maybeSubjects = []string{
	"out of office", "out of the office", "on vacation", "on holiday", "on leave", "away from", "automatic", "automated", "autoresponse", "auto-response", "autoreply", "auto-reply", "thank you for your", "thanks for your", "thank you for contacting", "thanks for contacting", "we have received", "we received your",
	"has been received", "received your", "your message to", "acknowledg", "ticket", "request received", "case #", "no longer with", "has left", "retired", "new email address", "new e-mail address", "address change", "change of address", "not monitored", "unattended", "email received",
	"eingangsbestatigung", "empfangsbestatigung", "vielen dank", "ihre anfrage", "ihre nachricht", "ihre e-mail", "automatisch", "accuse de reception", "merci pour votre", "votre message", "votre demande", "automatique", "acuse de recibo", "gracias por", "su mensaje", "su consulta", "confirmacao de recebimento",
	"obrigado por", "recebemos", "conferma di ricezione", "grazie per", "abbiamo ricevuto", "ontvangstbevestiging", "bedankt voor", "uw bericht", "potwierdzenie otrzymania", "dziekujemy", "подтверждение получения", "спасибо за", "tack for", "お問い合わせ", "受付", "ありがとう", "已收到", "收到您的",
}

// forwardPrefixes begin the subjects of what people send on.
var forwardPrefixes = []string{"fw:", "fwd:", "wg:", "tr:", "rv:", "enc:", "i:", "vb:", "doorst:", "пересл"}

// absenceWords say that nobody is there, or that a program answers.
var absenceWords = []string{
	// English
	"out of the office", "out of office", "out of my office", "on vacation", "on holiday", "on annual leave", "on leave", "maternity leave", "paternity leave", "parental leave", "sick leave", "on sabbatical", "away from the office", "away from my desk", "away from my email", "away from my e-mail", "away from my mail", "away on business",
	"currently away", "i am away", "i'm away", "will be away", "be out until", "limited access to email", "limited access to e-mail", "limited access to my e", "no access to email", "no access to e-mail", "not be able to read", "unable to read your", "not reading my", "i will be back", "i'll be back", "i will return", "i return",
	"my return", "will be returning", "in my absence", "during my absence", "no longer work", "no longer with", "no longer employed", "left the company", "has left the", "have retired", "has retired", "automatic reply", "automatic response", "automated response", "automated reply", "automated message", "automatically generated",
	"auto-generated", "autoresponder", "auto-reply", "autoreply", "auto reply", "not monitored", "no longer monitored", "unmonitored", "unattended mailbox", "please do not reply to this", "office is closed", "office will be closed", "offices are closed", "offices will be closed", "travelling", "traveling until",
	// German
	"nicht im buro", "nicht im haus", "ausser haus", "im urlaub", "in urlaub", "abwesend", "abwesenheit", "wieder erreichbar", "nicht erreichbar", "wieder im buro", "wieder fur sie da", "nicht im dienst", "elternzeit", "mutterschutz", "automatische antwort", "automatisch generiert", "automatisch erzeugt", "automatisch erstellt",
	"nicht mehr im unternehmen", "nicht mehr fur", "nicht mehr bei", "nicht weitergeleitet", "dienstreise", "ausgeschieden", "betriebsferien", "betriebsurlaub",
	// French
	"absent du bureau", "absente du bureau", "je suis absent", "je suis actuellement absent", "actuellement absent", "serai absent", "suis en conge", "en conge", "en vacances", "de retour le", "mon retour", "mon absence", "reponse automatique", "message automatique", "envoye automatiquement", "en deplacement", "ne fait plus partie", "n'est plus lue",
	// Spanish
	"fuera de la oficina", "fuera de oficina", "de vacaciones", "estare ausente", "estoy ausente", "me encuentro fuera", "me encuentro ausente", "ausente", "respuesta automatica", "mensaje automatico", "mi regreso", "mi ausencia", "ya no trabaja", "no estoy disponible",
	// Portuguese
	"fora do escritorio", "de ferias", "em ferias", "estarei ausente", "estou ausente", "minha ausencia", "resposta automatica", "mensagem automatica", "meu retorno", "meu regresso", "licenca maternidade", "nao trabalha mais", "ausente ate",
	// Italian
	"fuori ufficio", "fuori sede", "in ferie", "saro assente", "sono assente", "mia assenza", "mio rientro", "al rientro", "risposta automatica", "messaggio automatico", "risponditore", "non lavora piu",
	// Dutch
	"niet op kantoor", "afwezig", "met vakantie", "op vakantie", "niet aanwezig", "mijn afwezigheid", "automatisch antwoord", "automatisch bericht", "automatisch gegenereerd", "weer aanwezig", "weer bereikbaar", "zwangerschapsverlof", "niet meer werkzaam",
	// Swedish, Danish, Norwegian, Finnish
	"pa semester", "franvarande", "inte pa kontoret", "inte pa plats", "automatiskt svar", "foraldraledig", "ar tillbaka", "ater pa kontoret", "pa ferie", "ikke pa kontoret", "fravaerende", "er tilbage", "er tilbake", "automatisk svar", "lomalla", "poissa toimistolta", "poissa toimistosta", "automaattinen",
	// Polish, Czech, Hungarian, Romanian, Turkish
	"poza biurem", "na urlopie", "jestem nieobecn", "bede nieobecn", "nieobecnosci", "automatyczna odpowiedz", "wiadomosc automatyczna", "wygenerowana automatycznie", "nie pracuje juz", "na dovolene", "dovolenou", "mimo kancelar", "nepritomn", "automaticka odpoved", "szabadsagon", "nem vagyok az irodaban", "automatikus valasz", "in concediu", "nu sunt la birou",
	"izindeyim", "ofis disinda", "yillik izin", "otomatik",
	// Russian, Ukrainian
	"в отпуске", "в командировке", "отсутствую", "буду отсутствовать", "отсутствует", "не в офисе", "автоматический ответ", "автоответ", "создано автоматически", "сформировано автоматически", "больше не работает", "у відпустці", "відсутн",
	// Japanese, Chinese, Korean
	"不在", "休暇", "出張", "外出", "休業", "自動返信", "自動応答", "自動送信", "自動的に送信", "退職", "休假", "出差", "度假", "年假", "假期", "自动回复", "自动答复", "自動回覆", "不在办公室", "不在辦公室", "离职", "離職", "부재", "휴가", "출장", "자동 회신", "자동 응답",
}

// thanksWords acknowledge that something came in.
var thanksWords = []string{
	"thank you for your e-mail", "thank you for your email", "thank you for your mail", "thank you for your message", "thank you for you e-mail", "thank you for contacting", "thank you for writing", "thank you for emailing", "thank you for getting in touch", "thank you for your interest", "thank you for your enquiry", "thank you for your inquiry", "thank you for your request",
	"thanks for your e-mail", "thanks for your email", "thanks for your message", "thanks for contacting", "thanks for writing", "thanks for getting in touch", "we have received your", "we've received your", "i have received your", "have received your", "message has been received", "email has been received", "e-mail has been received", "request has been received", "will get back to you",
	"get back to you", "as soon as possible", "as soon as i can", "will respond to your", "will reply to your", "confirms receipt", "confirm receipt", "ticket has been", "ticket number", "case number",
	"vielen dank fur ihre", "danke fur ihre", "vielen dank fur deine", "nachricht erhalten", "e-mail erhalten", "anfrage erhalten", "so schnell wie moglich", "schnellstmoglich", "bei ihnen melden", "merci pour votre", "merci de votre", "bien recu votre", "dans les plus brefs delais", "meilleurs delais", "gracias por", "hemos recibido su", "he recibido su", "lo antes posible",
	"a la brevedad", "obrigado pel", "obrigado por", "recebemos s", "assim que possivel", "o mais breve", "grazie per", "abbiamo ricevuto", "il prima possibile", "al piu presto", "bedankt voor uw", "dank voor uw", "dank u voor", "hebben uw", "zo snel mogelijk", "zo spoedig mogelijk", "tack for ditt", "tak for din", "takk for", "kiitos viestist", "dziekujemy za", "dziekuje za", "otrzymalismy",
	"спасибо за", "благодарим", "получили ваш", "получено", "お問い合わせ", "ありがとうございます", "受け付けました", "受付いたしました", "感谢您的", "感謝您的", "收到您的", "已收到", "尽快",
}

// unsubscribeWords ask to be taken off, standing alone.
var unsubscribeWords = []string{
	"unsubscribe", "unsubscribe me", "please unsubscribe", "please unsubscribe me", "unsubscribe please", "list-unsubscribe", "unsubscribe request", "opt-out", "opt out", "optout", "remove", "remove me", "please remove", "please remove me", "remove from list", "remove me from your list", "stop", "signoff", "take me off", "take me off your list",
	"abmelden", "abmeldung", "abbestellen", "austragen", "bitte abmelden", "bitte austragen", "newsletter abmelden", "newsletter abbestellen", "desabonnement", "desabonner", "desinscription", "se desabonner", "me desabonner", "desinscrire", "baja", "darse de baja", "dar de baja", "cancelar suscripcion", "anular suscripcion", "descadastrar", "descadastro",
	"cancelar inscricao", "cancelar assinatura", "remover", "disiscrizione", "disiscrivimi", "cancellami", "cancellazione", "annulla iscrizione", "afmelden", "uitschrijven", "afmelding", "avregistrera", "avprenumerera", "avsluta prenumeration", "afmeld", "avmeld", "peruuta", "wypisz", "wypisz mnie", "rezygnacja", "odhlasit", "leiratkozas", "dezabonare", "отписаться", "отписка",
	"отпишите меня", "відписатися", "配信停止", "配信解除", "購読解除", "退会", "退订", "退訂", "取消订阅", "取消訂閱", "수신거부", "구독 취소",
}

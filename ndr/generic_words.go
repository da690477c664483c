package ndr

// Words by which the generic reader tells a report from other mail, in lower
// case. Several languages stand side by side: each word is specific enough to
// mean the same in all mail.

var (
	bouncing   = newWordSet(bounceSubjects)
	failing    = newWordSet(failureWords)
	delaying   = newWordSet(genericDelayWords)
	automatic  = newWordSet(autoReplyWords)
	otherwise  = newWordSet(otherSubjects)
	contacting = newWordSet(contactWords)
	fromDaemon = newWordSet(daemonNames)
)

// bounceSubjects are words of the subjects of reports.
var bounceSubjects = []string{
	"undeliver", "undelivrable", "non remis", "nondeliver", "non-deliver", "not delivered", "delivery failure", "delivery failed", "delivery has failed",
	"delivery status", "delivery report", "delivery notification", "delivery problem", "delivery error", "delivery delay", "delivery warning", "failure notice",
	"failed mail", "mail failed", "message failed", "mail failure", "failed delivery", "returned mail", "mail returned", "returned to sender", "return to sender",
	"returning to sender", "returning message", "could not be delivered", "could not deliver", "cannot be delivered", "can't be delivered",
	"couldn't be delivered", "unable to deliver", "mail delivery", "message not deliver", "message delayed", "delayed mail", "mail delayed", "still being retried",
	"mail error", "mail system error", "email error", "bounce", "user unknown", "unknown user", "unzustellbar", "nicht zugestellt", "unzustellbarkeit",
	"zustellung fehl", "fehlgeschlagen", "nicht zustellbar", "échec", "echec de", "non livr", "non distribu", "impossible de remettre", "no entregado",
	"no se pudo entregar", "no se ha podido entregar", "devuelto", "error de entrega", "fallo en la entrega", "não entregue", "nao entregue", "falha na entrega",
	"mensagem não", "mancata consegna", "non recapitat", "consegna non riuscita", "impossibile recapitare", "messaggio non", "onbestelbaar", "niet bezorgd",
	"kon niet worden", "niet afgeleverd", "nie dostarczon", "niedostarczon", "zwrot", "nedoručiteln", "nedoruciteln", "nebylo doručeno", "kézbesíthetetlen",
	"kézbesítés", "teslim edilemedi", "iletilemedi", "olevererbar", "kan inte levereras", "kunne ikke leveres", "kan ikke leveres", "ikke levert", "toimittaminen epäonnistui",
	"ei voitu toimittaa", "nelivrat", "недоставлен", "не доставлен", "недоставк", "не было доставлено", "ошибка доставки", "не може бути доставлен", "не вдалося доставити",
	"無法傳遞", "退信", "无法投递", "投递失败", "无法送达", "未送达", "退件", "寄件失敗", "傳遞失敗", "配信不能", "配信エラー", "送信エラー", "送達", "配達できません", "届けられません",
	"エラーメール", "メール配送", "전송 실패", "배달 실패", "전달 실패", "반송", "발송 실패", "ไม่สามารถส่ง", "فشل", "תקלה במסירה", "אין אפשרות למסור", "failure delivery",
	"rejected mail", "message rejected", "mail rejected", "warning: message", "warning: could not send", "error sending your mail",
}

// failureWords are words of sentences that tell of a failed or delayed
// delivery, or of its cause.
var failureWords = []string{
	"could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered", "can not be delivered", "not be delivered", "could not deliver",
	"couldn't deliver", "cannot deliver", "unable to deliver", "not able to deliver", "wasn't able to deliver", "was not able to deliver", "not delivered",
	"undeliverable", "undelivered", "non-deliverable", "has not been delivered", "not yet been delivered", "not reach", "not been sent", "delivery failed",
	"delivery has failed", "delivery to the following", "failed permanently", "failed to deliver", "failed recipient", "failed address", "addresses failed", "error delivering",
	"permanent error", "permanent failure", "permanent fatal", "fatal error", "delivery error", "delivery problem", "trouble delivering", "has been returned",
	"was returned", "returned to you", "being returned", "was rejected", "been rejected", "been refused", "was refused", "user unknown", "unknown user", "no such user",
	"no such recipient", "no such mailbox", "no such address", "does not exist", "doesn't exist", "do not exist", "not exist", "not a valid", "no longer valid", "invalid user",
	"invalid address", "invalid recipient", "invalid mailbox", "invalid final delivery", "not found", "unknown address", "unknown recipient", "unknown host", "unknown domain", "host unknown",
	"domain not found", "no mailbox", "mailbox unavailable", "mailbox full", "mailbox is full", "mailfolder is full", "over quota", "quota exceeded", "exceeded", "exceeds",
	"not listed in", "is not known", "not recognized", "account has been disabled", "account is disabled", "disabled or discontinued", "inactive", "relaying denied",
	"relay denied", "unrouteable", "unroutable", "could not find", "connection refused", "connection timed out", "timed out", "not accepted", "did not accept",
	"delivery attempts", "have been delayed", "has been delayed", "was aborted", "not accepting", "no matches to", "did not receive",
	"nicht zugestellt", "konnte nicht", "konnten nicht", "nicht zustellbar", "unzustellbar", "fehlgeschlagen", "unbekannt", "existiert nicht", "voll", "überschritten",
	"n'a pas pu", "n'a pu", "n'ont pas pu", "pas pu etre", "impossible", "non remis", "inconnu", "n'existe pas", "pleine", "échoué", "echoue", "refusé",
	"no se pudo", "no se ha podido", "no pudo ser", "no ha podido", "no fue entregado", "no existe", "desconocid", "rechazad", "llen", "não pôde ser", "não pode ser",
	"nao pode ser", "não foi", "não existe", "nao existe", "desconhecid", "rejeitad", "cheia", "non è stato", "non e' stato", "non è possibile", "impossibile", "inesistente",
	"sconosciut", "non esiste", "rifiutat", "piena", "kon niet", "niet worden bezorgd", "niet afgeleverd", "bestaat niet", "onbekend", "geweigerd", "nie mogła", "nie może",
	"nie można", "nie została", "nie zosta", "nie istnieje", "nieznan", "odrzucon", "przepełnion", "nebylo možné", "nelze doručit", "neexistuje", "odmítnut", "nem sikerült",
	"nem létezik", "nem kézbesíthető", "edilemedi", "bulunamadı", "mevcut değil", "kunde inte", "kan inte", "finns inte", "okänd", "kunne ikke", "kan ikke", "findes ikke",
	"finnes ikke", "ukendt", "ukjent", "ei voitu", "ei ole olemassa", "nu a putut", "nu există", "не удалось", "не может быть", "не было доставлено", "не доставлен", "не існує", "не існує",
	"не существует", "не найден", "переполнен", "отклонен", "отклонён", "отказ", "неизвест", "не вдалося", "無法", "失敗", "不存在", "未知", "已滿", "无法", "失败", "没有找到", "未找到", "已满", "拒收", "被拒", "退回",
	"できません", "失敗しました", "存在しません", "見つかりません", "不明", "エラー", "いっぱい", "超過", "届きません", "拒否", "실패", "없습니다", "초과", "거부", "존재하지", "못했", "ไม่พบ", "ไม่สามารถ", "تعذر", "غير موجود", "לא נמצא", "לא ניתן",
}

// genericDelayWords tell that delivery goes on.
var genericDelayWords = []string{
	"will keep trying", "will continue to try", "continue trying", "continue to attempt", "will be retried", "will retry", "be attempted again", "attempts will continue",
	"try again until", "keep trying", "still trying", "still being retried", "not yet been delivered", "warning message only", "this is just a warning", "this is a warning", "only a warning",
	"do not need to resend", "no need to resend", "has been delayed", "is delayed", "delivery is delayed", "remains in the queue", "is still in the queue", "temporary failure report",
	"weiterhin versuch", "weitere zustellversuche", "verzögert", "erneut versucht", "a été retardé", "nouvelles tentatives", "nouvelle tentative", "ha sido retrasad", "se ha retrasado", "se seguirá intentando",
	"seguiremos intentando", "foi adiad", "continuará tentando", "è stato ritardato", "continueremo a", "ulteriori tentativi", "is vertraagd", "blijft proberen", "opóźnion", "będą ponawiane", "zpožděn", "försenad", "forsinket",
	"задержан", "будет повторен", "продолжит попытки", "попытки доставки будут продолжены", "затриман", "再送", "遅延", "延迟", "延遲", "지연",
}

// autoReplyWords are words of the subjects of automatic replies, which are no
// reports.
var autoReplyWords = []string{
	"out of office", "out of the office", "autoreply", "auto-reply", "auto reply", "automatic reply", "automatic response", "auto response", "autoresponse", "vacation", "on leave", "on holiday", "away until",
	"away from", "abwesen", "automatische antwort", "réponse automatique", "absence du bureau", "respuesta automática", "fuera de la oficina", "risposta automatica", "fuori sede", "resposta automática", "automatisch antwoord",
	"afwezig", "automatyczna odpowied", "automatiskt svar", "autosvar", "automaattinen vastaus", "автоответ", "自動回覆", "自动回复", "自動応答", "자동 회신", "부재중", "不在",
}

// otherSubjects are words of the subjects of what mail systems send besides
// reports: to their users about their mailboxes, to postmasters about sessions.
var otherSubjects = []string{
	"smtp server: errors from", "smtp server: protocol error", "smtp server: error", "logwatch", "report domain:", "almost full", "nearly full", "quota warning", "quota notification", "storage limit", "disk usage", "mailbox size",
	"is full soon", "fast voll", "presque plein", "casi llen", "quase chei", "quasi pien", "bijna vol", "prawie pełn", "почти заполнен", "容量不足", "空き容量", "cron <", "spam digest", "quarantine summary", "spam report", "quarantine report", "quarantine digest",
	"moderator approval", "post by non-member", "subscription confirmation", "welcome to", "password",
}

// genericLabels come before the address that failed: "Label: address".
var genericLabels = []string{
	"recipient", "failed recipient", "final-recipient", "final recipient", "original-recipient", "recipient address", "intended recipient", "rcpt to", "undeliverable address", "failed address", "failing address", "address", "to",
	"email", "e-mail", "email address", "user", "mailbox", "destination", "delivery to", "addressee", "invalid address", "unknown user", "x-failed-recipients", "receiver", "for",
	"empfänger", "an", "destinataire", "adresse", "destinatario", "destinatário", "para", "indirizzo", "geadresseerde", "ontvanger", "adresat", "odbiorca", "příjemce", "mottagare", "modtager", "vastaanottaja", "alıcı", "получатель", "кому", "адрес", "одержувач", "収件者", "宛先", "受信者",
	"收件人", "收件者", "收信人", "받는 사람", "수신자", "받는사람",
}

// senderLabels come before addresses that did not fail.
var senderLabels = []string{
	"from", "sender", "reply-to", "return-path", "mail from", "envelope from", "envelope-from", "envelope sender", "cc", "contact", "postmaster", "message-id", "message id", "references", "in-reply-to", "administrator", "support", "help", "subject", "reporting-mta", "system contact", "original sender",
	"von", "absender", "betreff", "de", "expéditeur", "objet", "remitente", "asunto", "remetente", "assunto", "da", "mittente", "oggetto", "van", "afzender", "onderwerp", "nadawca", "temat", "odesílatel", "avsändare", "gönderen", "от", "отправитель", "тема", "送信者", "差出人", "件名",
	"发件人", "主题", "寄件者", "寄件人", "主旨", "主題", "보낸 사람", "보낸사람", "제목",
}

// reasonLabels come before what was said.
var reasonLabels = []string{
	"reason", "error", "cause", "diagnostic", "diagnostic-code", "diagnostic code", "failure reason", "error message", "error text", "remote server said", "server response", "response", "details", "explanation", "because", "status",
	"grund", "fehler", "ursache", "fehlermeldung", "raison", "erreur", "motif", "razón", "motivo", "causa", "erro", "errore", "reden", "fout", "powód", "błąd", "důvod", "orsak", "årsag", "syy", "neden", "hata", "причина", "ошибка", "помилка", "原因", "エラー", "理由", "错误", "錯誤", "사유", "오류",
}

// contactWords stand near addresses that people may write to for help.
var contactWords = []string{
	"contact", "please write to", "questions", "for assistance", "further assistance", "help desk", "helpdesk", "report this", "complain", "whitelist", "kontakt", "wenden sie", "fragen", "contactez", "contacter", "adressez", "contacte", "póngase en", "entre em contato", "contattare",
	"neem contact", "skontaktuj", "kontaktujte", "обратитесь", "свяжитесь", "お問い合わせ", "問い合わせ", "联系", "聯絡", "문의",
}

// roleNames are local parts of those who run mail systems.
var roleNames = []string{
	"postmaster", "mailer-daemon", "mailerdaemon", "mail-daemon", "maildaemon", "mailer_daemon", "abuse", "hostmaster", "noreply", "no-reply", "donotreply", "do-not-reply", "support", "helpdesk", "mail-support", "webmaster",
}

// daemonNames are parts of the sender of a report, address or name.
var daemonNames = []string{
	"mailer-daemon", "mailerdaemon", "mailer_daemon", "mail-daemon", "maildaemon", "mdaemon@", "postmaster", "post_master", "mail delivery s", "mail delivery agent", "mail deliver system",
	"mail.delivery", "mail-delivery-s", "maildeliverysystem", "delivery subsystem", "delivery system", "delivery notification", "delivery service", "mail administrator", "system administrator",
	"systemadministrator", "microsoft exchange", "mail system", "mailsystem", "mailserver", "mail server", "mail-server", "email server", "mmdf@", "returned mail", "mta@", "<bounce@", "<bounces@",
	"administrateur système", "administrador del sistema", "администратор", "the post office", "mail router", "mail gateway", "internet mail",
}

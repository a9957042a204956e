"""Which mails no person wrote. They are never answered, so that two machines never talk to each other."""

import re
from collections.abc import Collection
from email.message import Message
from enum import StrEnum

from servicebook.intake.mail.rules import headers


class Automatic(StrEnum):
    """Why a mail counts as written by a program; PERSON when none of the signs is there."""

    PERSON = "person"
    OURS = "ours"  # our own mail came back
    BOUNCE = "bounce"  # a report about the delivery of another mail
    REPLY = "reply"  # an out-of-office note
    LIST = "list"  # a mailing list or a mass mail
    NOTICE = "notice"  # a device or another program; a customer's own may well ask for service


_ROBOTS = re.compile(
    r"^(?:mailer-daemon|mail-daemon|postmaster|maildaemon|mdaemon|double-bounce|bounces?)(?:[+=-].*)?@"
)
_SILENT_SENDERS = re.compile(
    r"^(?:no-?reply|do-?not-?reply|donotreply|noreply-.*|notifications?|alerts?|robot)(?:[+=-].*)?@"
)
_AWAY = re.compile(
    r"^\s*(?:re\s*:\s*)?(?:\[?\s*(?:auto(?:matic|mated)?[ -]?(?:reply|response|antwort)|autoreply|auto:"
    r"|automatische antwort|automatische abwesenheit|abwesenheits(?:notiz|meldung|assistent)|abwesend"
    r"|out of (?:the )?office|ooo[: ]|i am out of|away from (?:the |my )?office|on vacation|vacation reply"
    r"|автоответ|автоматический ответ|автоматическое уведомление об отсутствии|вне офиса"
    r"|нет на месте|я в отпуске"
    r"|отсутствие на рабочем месте|автоматты жауап|автожауап|кеңседе жоқ|демалыстамын"
    r"|otomatik yanıt|otomatik cevap|ofis dışında|izindeyim|自动回复|自動回覆|外出自动回复|不在办公室"
    r"|休假自动回复"
    r"|réponse automatique|absence du bureau|absent du bureau|respuesta automática|fuera de la oficina"
    r"|risposta automatica|fuori ufficio|resposta automática|automatisch antwoord|afwezig|autosvar|frånvaro"
    r"|automaattinen vastaus|odpowiedź automatyczna|nieobecność|автоматична відповідь|automatická odpověď))",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"^\s*(?:undeliver|returned mail|mail delivery (?:failed|system)"
    r"|delivery (?:status notification|failure|has failed)"
    r"|failure notice|message (?:undeliverable|not delivered)|mail system error"
    r"|warning: message .{0,40} delayed"
    r"|недоставленн|не доставлено|сообщение не доставлено|ошибка доставки|хабар жеткізілмеді|жеткізілмеді"
    r"|teslim edilemedi|iletilemedi|unzustellbar|退信|系统退信|邮件投递失败|non remis|échec de la remise"
    r"|no se puede entregar)",
    re.IGNORECASE,
)


def judge(mail: Message, *, sender: str, subject: str, own_addresses: Collection[str]) -> Automatic:
    """Decide whether a program wrote `mail`. The first sign that fits wins.

    Args:
        sender: the address in From, in lower case.
        own_addresses: the addresses that this installation sends from.
    """
    if headers.raw(mail, "X-Servicebook").strip() or sender in own_addresses:
        return Automatic.OURS
    if _is_bounce(mail, sender, subject):
        return Automatic.BOUNCE
    submitted = headers.raw(mail, "Auto-Submitted").strip().casefold()
    if _answers_by_itself(mail, submitted, subject):
        return Automatic.REPLY
    precedence = headers.raw(mail, "Precedence").strip().casefold()
    if (
        headers.raw(mail, "List-Id")
        or headers.raw(mail, "List-Unsubscribe")
        or precedence in {"list", "bulk", "junk"}
    ):
        return Automatic.LIST
    if submitted not in {"", "no"}:
        return Automatic.NOTICE
    if _SILENT_SENDERS.match(sender) or headers.raw(mail, "Return-Path").strip() == "<>":
        return Automatic.NOTICE
    return Automatic.PERSON


def wants_no_answer(mail: Message) -> bool:
    """Whether the sender asks that no program answers, though a person wrote it."""
    return bool(headers.raw(mail, "X-Auto-Response-Suppress"))


def _is_bounce(mail: Message, sender: str, subject: str) -> bool:
    kind = mail.get_content_type()
    if kind == "multipart/report":
        report = headers.raw(mail, "Content-Type").casefold()
        return "disposition-notification" not in report
    if headers.raw(mail, "X-Failed-Recipients"):
        return True
    if _ROBOTS.match(sender):
        return True
    return headers.raw(mail, "Return-Path").strip() == "<>" and bool(_FAILED.match(subject))


def _answers_by_itself(mail: Message, submitted: str, subject: str) -> bool:
    if submitted.startswith("auto-replied") or mail.get_content_type() == "multipart/report":
        return True  # a report that is no bounce says that a mail was read
    if any(headers.raw(mail, name) for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")):
        return True
    if headers.raw(mail, "Precedence").strip().casefold() in {"auto_reply", "auto-reply"}:
        return True
    return bool(_AWAY.match(subject))

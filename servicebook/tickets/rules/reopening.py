"""Whether a reply to a closed ticket brings it back.

"Thanks" and automatic mails do not; a reply soon after closing reopens the ticket; a late one
opens a new ticket that is linked to it, so that old tickets do not spoil the figures.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum


class Verdict(Enum):
    KEEP = "keep"  # kept in the history, nothing moves
    REOPEN = "reopen"
    NEW = "new"  # a linked ticket


# What a mail may consist of and still ask for nothing. Folded by `_folded`. A reply asks for
# nothing when nothing is left after these are taken away, longest first.
THANKS = (
    # English
    "thank you very much", "thank you so much", "thank you", "many thanks", "thanks a lot",
    "thanks again", "thanks", "thx", "ty", "cheers", "much appreciated", "appreciated",
    "works now", "it works now", "it works", "works again", "it works again", "works fine",
    "all works", "everything works", "everything works now", "works", "all good", "all fine",
    "problem solved", "solved", "resolved", "fixed", "confirmed", "great", "perfect", "excellent",
    "super", "ok", "okay", "fine", "good", "received", "noted", "got it", "understood", "well done",
    "great job", "good job", "have a nice day", "best regards", "kind regards", "regards", "hello",
    "hi", "dear colleagues", "for your help", "for the help", "for the quick help", "for your support",
    "for the quick response", "for your time", "very much", "so much", "for everything", "again",
    # Russian
    "большое спасибо", "огромное спасибо", "спасибо большое", "спасибо огромное", "спасибо вам",
    "спасибо", "благодарю вас", "благодарю", "благодарим вас", "благодарим", "все работает",
    "всё работает", "работает", "заработало", "все заработало", "все хорошо", "все в порядке", "в порядке",
    "все отлично", "отлично", "супер", "хорошо", "ок", "окей", "понял", "поняла", "понятно",
    "принято", "получили", "получил", "получила", "подтверждаю", "подтверждаем", "вопрос решен",
    "проблема решена", "решено", "за помощь", "за оперативность", "за быструю помощь", "за работу",
    "за оперативную помощь", "за быстрый ответ", "вам", "с уважением", "добрый день", "здравствуйте",
    "доброе утро", "добрый вечер", "хорошего дня", "всего доброго", "коллеги", "теперь",
    # Kazakh
    "көп рахмет", "рахмет сізге", "рахмет", "рақмет", "көп рақмет", "рақмет сізге", "бәрі жақсы",
    "барлығы жақсы", "жұмыс істейді", "жұмыс істеп тұр", "бәрі жұмыс істейді", "жақсы", "түсінікті",
    "қабылданды", "алдым", "көмегіңізге", "көмегіңіз үшін", "алғыс айтамын", "алғыс айтамыз",
    "сәлеметсіз бе", "құрметпен",
    # Turkish
    "çok teşekkür ederim", "çok teşekkür ederiz", "teşekkür ederim", "teşekkür ederiz",
    "çok teşekkürler", "teşekkürler", "teşekkür", "sağ olun", "sağolun", "çok sağ olun", "sağ ol",
    "eyvallah", "tamam", "tamamdır", "oldu", "çalışıyor", "şimdi çalışıyor", "düzeldi", "çözüldü",
    "sorun çözüldü", "harika", "süper", "mükemmel", "elinize sağlık", "kolay gelsin", "yardımınız için",
    "desteğiniz için", "anladım", "onaylıyorum", "iyi günler", "iyi çalışmalar", "saygılarımla",
    "merhaba", "her şey yolunda",
    # Chinese
    "非常感谢", "十分感谢", "多谢", "谢谢您", "谢谢你", "谢谢", "感谢", "感谢您的帮助", "的帮助", "您",
    "收到", "好的", "好", "可以了", "已解决", "解决了", "问题解决了", "问题已解决", "没问题", "没问题了",
    "正常了", "恢复正常", "明白", "明白了", "辛苦了", "确认", "了", "已经", "现在",
)  # fmt: skip

# These speak of more than thanks, however short the mail is.
ASKS = re.compile(r"[?？]")
LONGEST_THANKS = 200  # characters; a longer mail says something


# After one of these, alone in its line, only who wrote it follows.
FAREWELLS = ("best regards", "kind regards", "regards", "с уважением", "құрметпен", "saygılarımla", "此致")
LONGEST_SIGNATURE = 6  # lines


def asks_for_nothing(text: str, *, signed: Sequence[str] = ()) -> bool:
    """Whether `text`, a reply without its quotation, only thanks or confirms.

    An empty mail asks for nothing. A question mark, a number or any other word means that it asks.

    Args:
        signed: what may stand in the writer's signature: name, position, organisation.
    """
    text = _unsigned(text)
    if len(text) > LONGEST_THANKS or ASKS.search(text):
        return False
    left = _folded(text)
    for words in sorted(map(_folded, signed), key=len, reverse=True):
        if words:
            left = re.sub(rf"\b{re.escape(words)}\b", " ", left)
    return not _PHRASES.sub("", " ".join(left.split())).strip()


def _unsigned(text: str) -> str:
    """Cut off a signature that a farewell opens."""
    lines = [line for line in text.splitlines() if line.strip()]
    for at, line in enumerate(lines):
        if _folded(line) in _FAREWELLS and len(lines) - at - 1 <= LONGEST_SIGNATURE:
            return "\n".join(lines[:at])
    return text


def decide(
    text: str,
    *,
    automatic: bool,
    closed_at: datetime,
    now: datetime,
    reopen_days: int,
    signed: Sequence[str] = (),
) -> Verdict:
    """Decide what a reply to a ticket closed at `closed_at` does. `signed`: see `asks_for_nothing`."""
    if automatic or asks_for_nothing(text, signed=signed):
        return Verdict.KEEP
    if now - closed_at <= timedelta(days=reopen_days):
        return Verdict.REOPEN
    return Verdict.NEW


def _folded(text: str) -> str:
    """Lower case, without marks, signs and smileys; words apart by one space."""
    folded = unicodedata.normalize("NFKC", text.casefold().replace("\u0307", "")).replace("ё", "е")
    letters = "".join(char if char.isalnum() else " " for char in folded)
    return " ".join(letters.split())


def _phrases() -> re.Pattern[str]:
    known = sorted({_folded(phrase) for phrase in THANKS}, key=len, reverse=True)
    apart = [re.escape(phrase) for phrase in known if not _joined(phrase)]
    joined = [re.escape(phrase) for phrase in known if _joined(phrase)]
    return re.compile(rf"\b(?:{'|'.join(apart)})\b|(?:{'|'.join(joined)})")


def _joined(phrase: str) -> bool:
    """Chinese is written without spaces between words."""
    return "\u4e00" <= phrase[0] <= "\u9fff"


_PHRASES = _phrases()
_FAREWELLS = frozenset(map(_folded, FAREWELLS))

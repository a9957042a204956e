"""What a letter is about: words that lead to a reason, and tokens that may be serials or ticket numbers."""

import re

LOOKED_AT = 20_000  # characters of a letter
MOST_TOKENS = 300

# Stems, most telling first: an outage is a failure even in a letter that also asks a question.
REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("complaint", ("complain", "жалоб", "претензи", "шағым", "şikayet", "şikâyet", "投诉")),
    (
        "failure",
        (
            "broken", "broke down", "not work", "doesn't work", "does not work", "won't", "failure", "failed",
            "fault", "error", "crash", "is down",
            "went down", "shut down", "leak", "alarm", "stopped", "no power", "outage", "dead",
            "noise",
            "не работа", "не включа", "не запуска", "слома", "поломк", "неисправ", "ошибк", "авари", "отказ",
            "вышел из строя", "вышла из строя", "течёт", "течет", "протечк", "сбой", "завис", "шумит",
            "остановил",
            "істемей", "жұмыс істеме", "бұзыл", "қосылмай", "ақау", "сынды", "қате", "тоқтап",
            "çalışm", "arıza", "bozul", "bozuk", "açılmıyor", "hata", "durdu", "kırıl", "sızıntı", "kaçak",
            "故障", "坏了", "不工作", "无法启动", "不能用", "报错", "报警", "漏水", "停机", "失灵", "打不开",
            "死机",
        ),
    ),
    (
        "maintenance",
        (
            "maintenance", "preventive", "servicing", "inspection", "scheduled service", "filter change",
            "техобслуж", "техническое обслуж", "профилакти", "плановое", "осмотр", "замена фильтр", "планов",
            "техникалық қызмет", "алдын алу", "жоспарлы", "тексеру",
            "bakım", "periyodik", "muayene", "保养", "维护", "检修", "巡检",
        ),
    ),
    (
        "configuration",
        (
            "configure", "configuration", "set up", "setup", "install", "settings", "access right",
            "password",
            "new user", "license", "licence", "update", "upgrade", "настро", "установ", "подключ",
            "доступ", "парол",
            "обновл", "лицензи", "баптау", "орнату", "қосып беру", "құпия сөз", "жаңарту",
            "kurulum", "ayar", "yapılandır", "şifre", "güncelle", "lisans", "配置", "设置", "安装",
            "密码", "升级",
            "权限",
        ),
    ),
    (
        "consultation",
        (
            "question", "how do", "how can", "how to", "advice", "consult", "could you tell",
            "please explain",
            "вопрос", "как сделать", "подскаж", "консультац", "объясните", "можно ли", "сұрақ", "қалай",
            "кеңес",
            "soru", "nasıl", "bilgi alm", "danış", "请问", "如何", "怎么", "咨询",
        ),
    ),
)  # fmt: skip

# Cyrillic letters that look like Latin ones; serials are typed with either.
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХаеорсух", "ABEKMHOPCTYXaeopcyx")
_TOKEN = re.compile(r"[A-Za-zА-Яа-яЁё0-9][A-Za-zА-Яа-яЁё0-9./_-]{2,38}[A-Za-zА-Яа-яЁё0-9]")
_TICKET = re.compile(r"\b([A-Z]{1,4}-\d{4}-\d{6,})\b")
_REPLY_MARKS = re.compile(
    r"^(?:\s*(?:re|aw|sv|antw|vs|odp|ynt|yan|cvp|fwd?|wg|tr|rv|отв|на|жауап|пересл|回复|答复|转发|回覆)"
    r"\s*(?:\[\d+\])?\s*[:：])+\s*",
    re.IGNORECASE,
)


_COMPILED = {
    code: re.compile("|".join(stem if stem[0] > "\u2e80" else rf"\b{re.escape(stem)}" for stem in stems))
    for code, stems in REASONS
}


def reason(subject: str, text: str) -> str:
    """Return the code of the likeliest reason; empty when no word tells.

    Words in the subject count more than words in the letter; signs of a failure count everywhere.
    """
    head, body = subject.casefold(), text[:LOOKED_AT].casefold()
    best, best_score = "", 0
    for code, stems in _COMPILED.items():
        if code == "complaint":
            continue
        in_body = 3 if code == "failure" else 1
        score = 3 * len(set(stems.findall(head))) + in_body * len(set(stems.findall(body)))
        if score > best_score:
            best, best_score = code, score
    return best


def is_complaint(subject: str) -> bool:
    """Whether the subject itself calls the letter a complaint."""
    return bool(_COMPILED["complaint"].search(subject.casefold()))


def tokens(subject: str, text: str) -> list[str]:
    """Return what may be a serial or inventory number: as typed and in Latin letters, longest first."""
    found: dict[str, None] = {}
    for token in _TOKEN.findall(f"{subject}\n{text[:LOOKED_AT]}"):
        if not any(char.isdigit() for char in token):
            continue
        latin = token.translate(_LOOKALIKES)
        for form in (token, latin, latin.upper(), token.upper()):
            found[form] = None
        if len(found) >= MOST_TOKENS:
            break
    return sorted(found, key=len, reverse=True)


def ticket_numbers(subject: str) -> list[str]:
    """Return the ticket numbers in a subject, in their order."""
    return list(dict.fromkeys(_TICKET.findall(subject.upper())))


def title(subject: str, text: str) -> str:
    """Return a title for a new ticket: the subject without "Re:", or else the first words of the letter."""
    bare = _REPLY_MARKS.sub("", subject).strip()
    if bare:
        return bare[:200]
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first[:100]

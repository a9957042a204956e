"""Every text is there in five languages, and no translation can break a page."""

import ast
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS
from django.utils.formats import date_format, get_format
from django.utils.translation.template import templatize

from servicebook.accounts.models import User
from servicebook.contracts import plain_words, wording
from servicebook.contracts.models import Contract, PriceChange
from servicebook.contracts.models.choices import Measure, Period, Service, Unless
from servicebook.customers.models import Contact, Customer, Site
from servicebook.equipment.models import Asset
from servicebook.maintenance.models import Plan
from servicebook.maintenance.plain_words import rule_of
from servicebook.messaging.templates import render
from servicebook.reminders.models import Ask, Asks
from servicebook.reminders.rules.answers import ANSWERS
from servicebook.tickets.models import Channel, Kind, Priority, Status, Ticket, WaitingReason
from servicebook.tickets.rules import priority

SOURCES = Path(settings.BASE_DIR)
LANGUAGES = {"ru": "ru", "kk": "kk", "tr": "tr", "zh-hans": "zh_Hans"}
MAILS = sorted(
    path
    for folder in ("*/templates/messages", "*/templates/account/email")
    for path in SOURCES.glob(f"{folder}/*.txt")
)
LABELS = (
    Status, Priority, WaitingReason, Kind, Channel, Ticket.Agreement, Service, Measure, Unless, Period,
)  # fmt: skip
# What marks a text in code, and which argument is the text.
MARKS = {
    "_": 0, "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0, "ngettext_lazy": 0,
    "pgettext": 1, "pgettext_lazy": 1, "npgettext": 1, "npgettext_lazy": 1,
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")

each_language = pytest.mark.parametrize("language", LANGUAGES)


def folder(language: str) -> Path:
    return SOURCES / "locale" / LANGUAGES[language] / "LC_MESSAGES"


def written(language: str) -> Catalog:
    with (folder(language) / "django.po").open("rb") as file:
        return read_po(file, locale=LANGUAGES[language])


def compiled(language: str) -> Catalog:
    with (folder(language) / "django.mo").open("rb") as file:
        return read_mo(file)


def texts(catalog: Catalog) -> dict[tuple[str | None, str], tuple[str, ...]]:
    """Every translated text: (context, English) to its forms."""
    return {
        (_plain(message.context), forms(message.id)[0]): forms(message.string)
        for message in catalog
        if message.id and all(forms(message.string)) and not message.fuzzy
    }


def _plain(context: str | bytes | None) -> str | None:
    return context.decode() if isinstance(context, bytes) else context  # babel leaves it so in a .mo


def forms(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def marked(template: str) -> list[str]:
    """The texts that a template's source marks for translation."""
    literal = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    return [
        ast.literal_eval(found)
        for found in re.findall(rf"\b(?:_|gettext)\(u?{literal}\)", templatize(template).replace("\n", "\\n"))
    ]


def unmarked(template: str) -> str:
    """What a template says in plain text outside of every mark."""
    bare = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", template, flags=re.DOTALL)
    return re.sub(r"{[{%].*?[%}]}", "", bare)


def customer_facing() -> Iterator[str]:
    for path in MAILS:
        yield from marked(path.read_text(encoding="utf-8"))
    with translation.override("en"):
        for choices in LABELS:
            yield from (str(label) for label in choices.labels)
        # Why something is covered or not, and what a contract says in plain words.
        for sentences in (wording.SENTENCES, wording.SHORT, plain_words.SENTENCES):
            yield from (str(sentence) for sentence in sentences.values())
    yield from priority.STANDS.values()
    for scale in priority.CRITICALITY.values():
        yield from scale.values()
    yield from (
        priority.DEADLINE_NEAR, priority.DEADLINE_PAST, priority.VIP, priority.REPEAT, priority.COMPLAINT,
        "%(minutes)d min", "%(hours)d h",
    )  # fmt: skip


def missing(wanted: Sequence[str], catalog: Catalog) -> list[str]:
    there = {english for _context, english in texts(catalog)}
    return [text for text in wanted if text not in there]


def untranslated(catalog: Catalog) -> list[str]:
    return [
        forms(message.id)[0]
        for message in catalog
        if message.id and (message.fuzzy or not all(forms(message.string)))
    ]


def lost(catalog: Catalog) -> list[str]:
    """Texts whose translation has other placeholders than the English."""
    return [forms(message.id)[0] for message in catalog if message.id and _differs(message)]


def _differs(message: Message) -> bool:
    english, ours = forms(message.id), forms(message.string)
    if not all(ours):
        return False
    most = sorted(PLACEHOLDER.findall(english[-1]))
    if len(english) == 1:
        return sorted(PLACEHOLDER.findall(ours[0])) != most
    # A form for one may say "one" in words, but none may ask for what is not there.
    return any(not set(PLACEHOLDER.findall(form)) <= set(most) for form in ours) or (
        set(PLACEHOLDER.findall(ours[-1])) != set(most)
    )


@each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    assert texts(compiled(language)) == texts(written(language)), "run: make messages"


@each_language
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    number = {"ru": 3, "kk": 2, "tr": 2, "zh-hans": 1}[language]
    catalog = written(language)
    assert catalog.num_plurals == number
    for message in catalog:
        if message.id and not isinstance(message.id, str):
            assert len(forms(message.string)) == number, message.id


@each_language
def test_whatever_a_customer_reads_is_translated(language: str) -> None:
    wanted = list(customer_facing())
    assert {"Dear %(name)s,", "Set a new password", "P2 High"} <= set(wanted)
    assert missing(wanted, compiled(language)) == []


@each_language
def test_every_text_is_translated(language: str) -> None:
    left = untranslated(written(language))
    assert left == [], f"write these into {folder(language) / 'django.po'}, then run: make messages"


def in_code(source: str) -> set[str]:
    """The texts that a module marks for translation."""
    found = set[str]()
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
            text = call.args[MARKS[call.func.id] :][:1]
            found |= {
                one.value for one in text if isinstance(one, ast.Constant) and isinstance(one.value, str)
            }
    return found


def test_every_text_of_the_sources_was_collected() -> None:
    collected = {forms(message.id)[0] for message in written("ru") if message.id}
    sources = [path for path in SOURCES.rglob("*.py") if "tests" not in path.parts]
    wanted = set[str]().union(*(in_code(path.read_text(encoding="utf-8")) for path in sources))
    for path in SOURCES.glob("*/templates/**/*.html"):
        wanted.update(marked(path.read_text(encoding="utf-8")))
    assert len(wanted) > 3000
    assert wanted - collected == set(), "run: make messages, then write the translations into each django.po"


def test_a_text_that_was_not_collected_would_be_seen() -> None:
    source = '_("One") + pgettext("place", "Two") + ngettext("Three", "Threes", 3) + other("Four")'
    assert in_code(source) == {"One", "Two", "Three"}


def test_an_empty_translation_would_be_seen() -> None:
    catalog = Catalog(locale="ru")
    catalog.add("Done", "Готово")
    catalog.add("Nobody wrote this.", "")
    catalog.add(("%(n)d day", "%(n)d days"), ("%(n)d день", "", ""))
    assert untranslated(catalog) == ["Nobody wrote this.", "%(n)d day"]


@each_language
def test_the_answers_behind_a_customers_link_are_translated(language: str) -> None:
    answers = [answer.said for answers in ANSWERS.values() for answer in answers.values()]
    labels = [str(one.label) for one in (*Asks, *Ask.End) if one.value]
    assert missing([*answers, *labels], compiled(language)) == []


def test_a_missing_translation_would_be_seen() -> None:
    assert missing(["Done: %(title)s", "Nobody wrote this."], compiled("ru")) == ["Nobody wrote this."]


@each_language
def test_placeholders_are_those_of_the_english(language: str) -> None:
    assert lost(written(language)) == []


def test_a_lost_placeholder_would_be_seen() -> None:
    catalog = Catalog(locale="ru")
    catalog.add("Done: %(title)s", "Выполнено")
    catalog.add("Dear %(name)s,", "Здравствуйте, %(name)s!")
    catalog.add(("%(n)d day", "%(n)d days"), ("день", "%(n)d дня", "дней"))
    assert lost(catalog) == ["Done: %(title)s", "%(n)d day"]


@each_language
def test_line_ends_stand_where_the_english_has_them(language: str) -> None:
    for (_context, english), ours in texts(written(language)).items():
        for form in ours:
            assert form.endswith("\n") == english.endswith("\n"), english
            assert form.startswith("\n") == english.startswith("\n"), english


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_says_nothing_outside_of_a_mark(path: Path) -> None:
    assert re.findall(r"[^\W\d_]+", unmarked(path.read_text(encoding="utf-8"))) == []


# The facts of the mails hold digits only, so that any Latin letter is the text's own.
def _facts() -> dict[str, object]:
    owner = User(name="111")
    customer = Customer(name="222")
    ticket = Ticket(
        number="333", title="444", owner=owner, customer=customer, site=Site(name="555"),
        asset=Asset(serial="666"), on_site_contact="777", priority=Priority.HIGH, priority_because="888",
        done="999", result="1010", recommendations="1111",
    )  # fmt: skip
    return {
        "to": Contact(name="1212"), "about": ticket, "ticket": ticket, "by": owner, "text": "1313",
        "author": "1414", "link": "1515", "limit": "1616",
    }  # fmt: skip


def _contract() -> dict[str, object]:
    day = date(2026, 12, 5)
    contract = Contract(
        number="333", title="444", owner=User(name="111"), customer=Customer(name="222"), ends_on=day,
        renews_itself=True, renewal_months=12, currency="KZT",
    )  # fmt: skip
    return {
        "to": Contact(name="1212"), "about": contract, "days": 30, "last_day_to_refuse": day,
        "may_refuse": True, "change": PriceChange(applies_on=day, before=Decimal(10), after=Decimal(11)),
        "link": "1515",
    }  # fmt: skip


def _facts_of(mail: str) -> dict[str, object]:
    return _contract() if mail.startswith("price_") else _facts()


@pytest.mark.parametrize("name", [path.stem for path in MAILS if path.parent.name == "messages"])
@each_language
def test_no_english_is_left_in_a_mail(name: str, language: str) -> None:
    facts = _facts_of(name)
    with translation.override(language):
        said = "\n".join(render(name, facts))
    with translation.override("en"):
        english = "\n".join(render(name, facts))
    if language == "tr":
        words = set(re.findall(r"[^\W\d_]{2,}", said)) & set(re.findall(r"[^\W\d_]{2,}", english))
        assert words == set()
    else:
        assert re.findall(r"[A-Za-z]+", re.sub(r"P\d", "", said)) == []


FULL = {
    "ru": (
        "[333] Выполнено: 444",
        "Здравствуйте, 1212!\n\nВаша заявка 333 закрыта.\n\n"
        "Что сделано: 999\nРезультат: 1010\nРекомендации: 1111\n\n"
        "Если что-то осталось не так, ответьте на это письмо, и мы снова откроем заявку.\n",
    ),
    "kk": (
        "[333] Орындалды: 444",
        "Құрметті 1212!\n\nСіздің 333 өтініміңіз жабылды.\n\n"
        "Не істелді: 999\nНәтиже: 1010\nҰсыныстар: 1111\n\n"
        "Егер мәселе әлі шешілмесе, осы хатқа жауап беріңіз, біз өтінімді қайта ашамыз.\n",
    ),
    "tr": (
        "[333] Tamamlandı: 444",
        "Sayın 1212,\n\n333 numaralı talebiniz kapatıldı.\n\n"
        "Yapılan işlem: 999\nSonuç: 1010\nÖneriler: 1111\n\n"
        "Sorun giderilmediyse bu e-postayı yanıtlayın, talebinizi yeniden açalım.\n",
    ),
    "zh-hans": (
        "[333] 已完成：444",
        "尊敬的 1212：您好！\n\n您的工单 333 已关闭。\n\n"
        "处理内容：999\n结果：1010\n建议：1111\n\n"
        "如果问题尚未解决，请回复此邮件，我们会重新打开工单。\n",
    ),
}  # fmt: skip

RECEIVED = {
    "en": "your request has the number 333. 111 takes care of it.",
    "ru": "Вашей заявке присвоен номер 333. Ею занимается 111.",
    "kk": "Сіздің өтініміңізге 333 нөмірі берілді. Онымен 111 айналысады.",
    "tr": "Talebinizin numarası 333. Talebinizle 111 ilgileniyor.",
    "zh-hans": "您的工单号为 333，由 111 负责处理。",
}


@pytest.mark.parametrize("language", FULL)
def test_the_mail_about_a_closed_ticket_reads_as_a_person_wrote_it(language: str) -> None:
    with translation.override(language):
        assert render("ticket_closed", _facts()) == FULL[language]


@pytest.mark.parametrize("language", RECEIVED)
def test_the_receipt_names_the_number_and_who_takes_care(language: str) -> None:
    with translation.override(language):
        _subject_line, body = render("ticket_received", _facts())
    assert RECEIVED[language] in body.splitlines()


def hidden(source: str) -> list[str]:
    """Names under which a source imports gettext that `make messages` does not know."""
    return re.findall(r"import \w*gettext\w* as (?!_\b)(\w+)", source)


def test_every_mark_is_one_that_the_collector_knows() -> None:
    sources = [path for path in SOURCES.rglob("*.py") if "tests" not in path.parts]
    assert len(sources) > 200
    assert [path for path in sources if hidden(path.read_text(encoding="utf-8"))] == []


def test_a_mark_under_another_name_would_be_seen() -> None:
    assert hidden("from django.utils.translation import gettext_lazy as lazy") == ["lazy"]
    assert hidden("from django.utils.translation import gettext_lazy as _") == []


MOMENTS = {
    "en": "30 April 2026 18:00",
    "ru": "30 апреля 2026 г. 18:00",
    "kk": "30.04.2026 18:00",
    "tr": "30 Nisan 2026 18:00",
    "zh-hans": "2026年4月30日 18:00",
}


@pytest.mark.parametrize("language", MOMENTS)
def test_a_moment_is_said_as_people_there_say_it(language: str) -> None:
    with translation.override(language):
        said = date_format(datetime(2026, 4, 30, 18, tzinfo=UTC), "DATETIME_FORMAT")
    assert " ".join(said.split()) == MOMENTS[language]


DAYS = {
    "en": ("Tue 5 May 09:05", "May 2026"),
    "ru": ("Вт, 5 май 09:05", "Май 2026"),
    "kk": ("5 мам, Сс 09:05", "Мамыр 2026"),
    "tr": ("5 May Sal 09:05", "Mayıs 2026"),
    "zh-hans": ("5月5日 周二 09:05", "2026年5月"),
}


@pytest.mark.parametrize("language", DAYS)
def test_a_short_day_and_a_month_are_said_as_people_there_say_them(language: str) -> None:
    moment = datetime(2026, 5, 5, 9, 5, tzinfo=UTC)
    with translation.override(language):
        assert (date_format(moment, "D j M H:i"), date_format(moment, "F Y")) == DAYS[language]


def shapes(source: str) -> set[str]:
    """The shapes with a name of a month by which a source asks for a day."""
    return set(re.findall(r"""["']((?:[Dl] )?j [ME](?: Y)?(?:,? H:i)?|F Y)["']""", source))


def test_chinese_turns_every_shape_of_a_day() -> None:
    asked = set[str]().union(
        *(
            shapes(path.read_text(encoding="utf-8"))
            for kind in ("py", "html")
            for path in SOURCES.rglob(f"*.{kind}")
            if not {"tests", "formats"} & set(path.parts)
        )
    )
    assert "j M Y" in asked
    with translation.override("zh-hans"):
        assert [shape for shape in sorted(asked) if get_format(shape) == shape] == [], (
            "add it to core/formats"
        )


@each_language
def test_no_text_of_ours_is_taken_for_a_month_or_a_weekday(language: str) -> None:
    """Django looks its months up in our catalogue, too: “May” is no heading without a context."""
    with translation.override("en"):
        names = {str(name) for each in (MONTHS, MONTHS_3, WEEKDAYS) for name in each.values()}
    ours = {english for context, english in texts(written(language)) if context is None}
    assert ours & (names | {name.lower() for name in names}) == set()


# In Russian 21 takes the plural form of 1; "every day" would be wrong for it.
RULES = {
    (1, Plan.Unit.DAYS): "С 31 янв. 2026 г. каждый день.",
    (21, Plan.Unit.DAYS): "С 31 янв. 2026 г. раз в 21 день.",
    (1, Plan.Unit.WEEKS): "С 31 янв. 2026 г. каждую неделю.",
    (3, Plan.Unit.MONTHS): "С 31 янв. 2026 г. раз в 3 месяца.",
    (5, Plan.Unit.YEARS): "С 31 янв. 2026 г. раз в 5 лет.",
}


@pytest.mark.parametrize("every", RULES)
def test_a_rule_reads_well_in_russian(every: tuple[int, str]) -> None:
    plan = Plan(every=every[0], every_unit=every[1], anchor_on=date(2026, 1, 31))
    with translation.override("ru"):
        assert " ".join(rule_of(plan).split()) == RULES[every]

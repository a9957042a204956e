"""What a mail says, piece by piece. The whole corpus stands in `test_mail_corpus.py`."""

from email.message import EmailMessage

import pytest

from servicebook.core import html as house_html
from servicebook.intake.mail.rules import charsets, headers, quotes, reading, words
from servicebook.intake.mail.rules.automatic import Automatic

PRIVET = "Сервер не включается после отключения света"


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (PRIVET, "koi8-r", "koi8-r"),
        (PRIVET, "cp1251", "windows-1251"),
        (PRIVET, "cp1251", "utf-8"),  # labelled wrongly
        (PRIVET, "koi8-r", None),
        (PRIVET, "cp1251", "x-unknown"),
        (PRIVET, "cp866", None),
        ("Қосылмай тұр, көмектесіңізші", "utf-8", None),
        ("服务器无法启动，请尽快处理。机房温度过高", "gb18030", "gb2312"),
        ("服务器无法启动，请尽快处理。机房温度过高", "gb18030", None),
        ("Sunucu açılmıyor, ışıklar yanmıyor", "iso-8859-9", "iso-8859-9"),
        ("Sunucu açılmıyor, ışıklar yanmıyor", "cp1254", None),
        ("Der Kühlschrank läuft nicht", "cp1252", "iso-8859-1"),
        ("Hi Mom -☺-!", "utf-7", "utf-7"),
        ("plain", "ascii", "idna"),
    ],
)
def test_text_is_read_whatever_the_label_says(text, codec, label):
    assert charsets.decode(text.encode(codec), label) == text


@pytest.mark.parametrize("label", ["", "\x00", "hex", "a" * 5000, "utf-8; x", "unicode_escape", "🙂"])
def test_no_label_breaks_the_reader(label):
    assert charsets.decode(b"caf\xc3\xa9", label) == "café"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?B?0KHQtdGA0LLQtdGA?=", "Сервер"),
        ("=?utf-8?B?0KHQtdGA0A==?= =?utf-8?B?stC10YA=?=", "Сервер"),  # cut inside a letter
        ("=?koi8-r?Q?=F3=C5=D2=D7=C5=D2?= room 2", "Сервер room 2"),
        ("Re: =?UTF-8?q?not a valid word?=!", "Re: not a valid word!"),
        ("=?utf-8*ru?B?0KHQtdGA0LLQtdGA?=", "Сервер"),
        ("=?utf-8?B?0KHQtdGA0LLQtdG?=", "Серве"),  # cut off
        ("=?nonsense?B?SGk=?=", "Hi"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("before\r\n after\x00", "before after"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("Сервер".encode().decode("ascii", "surrogateescape"), "Сервер"),
        ("Сервер стоит".encode("cp1251").decode("ascii", "surrogateescape"), "Сервер стоит"),
    ],
)
def test_headers_are_decoded_though_they_break_the_rules(value, expected):
    assert headers.text(value) == expected


@pytest.mark.parametrize(
    ("value", "email", "name"),
    [
        ("Gulnar S. <Gulnar@School12.KZ>", "gulnar@school12.kz", "Gulnar S."),
        ('"Akhmetov, B." <b@x.kz>', "b@x.kz", "Akhmetov, B."),
        ('"boss@house.example <boss@house.example>" <evil@x.kz>', "evil@x.kz", None),
        ("b@x.kz", "b@x.kz", ""),
        ("b@x.kz (Bolat)", "b@x.kz", "Bolat"),
        ("=?utf-8?B?0JHQvtC70LDRgg==?= <b@x.kz>", "b@x.kz", "Болат"),
        ("<b@x.kz>", "b@x.kz", ""),
        ("a@x.kz <b@x.kz>", "b@x.kz", "a@x.kz"),
        ("Bolat <b@x.kz>, Dana <d@x.kz>", "b@x.kz", "Bolat"),
        ("undisclosed-recipients:;", "", None),
        ("", "", ""),
        ("Bolat <not an address>", "", None),
    ],
)
@pytest.mark.trust("B5")
def test_the_real_sender_is_the_address_not_the_name(value, email, name):
    found = headers.address(value)

    assert found.email == email
    if name is not None:
        assert found.name == name


QUOTED = "The pump runs again.\n\n{quote}"


@pytest.mark.parametrize(
    "quote",
    [
        "On Tue, 14 Oct 2026 at 09:12, Service desk <service@house.example> wrote:\n> Which pump?\n> Yours",
        "On Tue, 14 Oct 2026 at 09:12, Service desk\n<service@house.example> wrote:\n\n> Which pump?",
        "14.10.2026 09:12, Service desk пишет:\n> Какой насос?",
        "вт, 14 окт. 2026 г. в 09:12, Service desk <service@house.example>:\n\n> Какой насос?",
        "14 октября 2026 г., 09:12 пользователь Service desk <service@house.example> написал:\n> Какой?",
        "2026 ж. 14 қазан 09:12, Service desk <service@house.example> жазды:\n> Қай сорғы?",
        "Service desk <service@house.example>, 14 Eki 2026 Sal, 09:12 tarihinde şunu yazdı:\n\n> Hangi pompa?",  # noqa: E501
        "Service desk <service@house.example> 于2026年10月14日周二 09:12写道：\n\n> 哪个泵？",
        "在 2026-10-14 09:12:00，Service desk 写道：\n> 哪个泵？",
        "Am Di., 14. Okt. 2026 um 09:12 Uhr schrieb Service desk <service@house.example>:\n> Welche Pumpe?",
        "Le mar. 14 oct. 2026 à 09:12, Service desk a écrit :\n> Quelle pompe ?",
        "El mar, 14 oct 2026 a las 09:12, Service desk escribió:\n> ¿Qué bomba?",
        "-----Original Message-----\nFrom: Service desk\nSent: Tuesday\nTo: Dana\nSubject: Pump\n\nWhich pump?",  # noqa: E501
        "-----Исходное сообщение-----\nWhich pump?",
        "________________________________\nFrom: Service desk <s@h.example>\nSent: Tuesday\nTo: D\nSubject: P\n\nW?",  # noqa: E501
        "От: Service desk\nОтправлено: 14 октября 2026 г.\nКому: Дана\nТема: Насос\n\nКакой насос?",
        "Кімнен: Service desk\nЖіберілді: 14 қазан\nКімге: Дана\nТақырыбы: Сорғы\n\nҚай сорғы?",
        "Kimden: Service desk\nGönderildi: 14 Ekim\nKime: Dana\nKonu: Pompa\n\nHangi pompa?",
        "发件人: Service desk\n发送时间: 2026年10月14日\n收件人: Dana\n主题: 泵\n\n哪个泵？",
        "------------------ 原始邮件 ------------------\n发件人: x\n\n哪个泵？",
        "Von: Service desk\nGesendet: Dienstag\nAn: Dana\nBetreff: Pumpe\n\nWelche Pumpe?",
        "*From:* Service desk\n*Sent:* Tuesday\n*To:* Dana\n*Subject:* Pump\n\nWhich pump?",
        "> Which pump?\n> Yours, Service desk",
        "--- Reply above this line ---\nWhich pump?",
        "On Tue, Service desk wrote:\n> ## Reply above this line ##\n> Which pump?",
        "Пишите ответ выше этой строки\nКакой насос?",
    ],
)
def test_the_quoted_mail_is_not_shown_again(quote):
    assert quotes.fresh(QUOTED.format(quote=quote)) == "The pump runs again."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("> Which pump?\n\nThe red one.", "The red one."),
        ("On Tue, 14 Oct 2026, Dana wrote:\n> Which pump?\n\nThe red one.", "The red one."),
        (
            "> Which pump?\nThe red one.\n> Since when?\nToday.",
            "> Which pump?\nThe red one.\n> Since when?\nToday.",
        ),
        ("> only a quote", "> only a quote"),
        ("On Monday the pump stopped. As the driver wrote:\nit leaks", None),
        ("From: the yard\nwe heard a noise", None),
        ("", ""),
    ],
)
def test_answers_stay_where_they_were_written(text, kept):
    assert quotes.fresh(text) == (text if kept is None else kept)


def test_a_forwarded_mail_is_shown_whole():
    text = "See below.\n\n---------- Forwarded message ---------\nFrom: Bolat\nDate: Tue\nSubject: Pump\n\nIt leaks."  # noqa: E501

    assert quotes.fresh(text) == text
    assert quotes.fresh("FYI\n\nFrom: B\nSent: Tue\nTo: D\nSubject: P\n\nIt leaks.", forward=True).endswith(
        "leaks."
    )


@pytest.mark.parametrize(
    "html",
    [
        '<div>Runs again.</div><div class="gmail_quote"><div>On Tue wrote:</div><blockquote>Which?</blockquote></div>',  # noqa: E501
        '<p>Runs again.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: x</div><div>Which?</div>',  # noqa: E501
        '<p>Runs again.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><b>From:</b> x</div></div>Which?',  # noqa: E501
        '<p>Runs again.</p><blockquote type="cite"><p>Which?</p></blockquote>',
        '<p>Runs again.</p><div class="moz-cite-prefix">On Tue</div><blockquote type="cite">Which?</blockquote>',  # noqa: E501
    ],
)
def test_quotes_go_from_html_too(html):
    cleaned = house_html.clean(quotes.fresh_html(html))

    assert house_html.to_text(cleaned) == "Runs again."


@pytest.mark.parametrize(
    ("subject", "text", "code"),
    [
        ("Server", "It does not work since the outage", "failure"),
        ("Сломался холодильник", "", "failure"),
        ("Сұрақ", "Принтер істемейді, не істейміз?", "failure"),
        ("Bakım talebi", "", "maintenance"),
        ("咨询", "请问如何更换滤芯", "consultation"),
        ("Настройка сети", "нужно настроить доступ", "configuration"),
        ("Hello", "see attached", ""),
    ],
)
@pytest.mark.req("S0.45")
def test_the_reason_is_guessed_from_words(subject, text, code):
    assert words.reason(subject, text) == code


def test_serials_are_found_longest_first_and_in_latin_letters():
    found = words.tokens("SN 7CX-20418", "Стоит НР-1200/В, инв. 000451")

    assert found.index("7CX-20418") < found.index("000451")
    assert "HP-1200/B" in found
    assert words.ticket_numbers("Re: [t-2026-000123] Pump") == ["T-2026-000123"]
    assert words.title("Re: AW: Отв: Pump leaks", "x") == "Pump leaks"
    assert words.title("", "\n The pump leaks \nbadly") == "The pump leaks"


def mail(body="It leaks.", **fields):
    lines = {
        "From": "Bolat <b@x.kz>",
        "Subject": "Pump",
        **{k.replace("_", "-"): v for k, v in fields.items()},
    }
    return (
        "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value).encode()
        + b"\r\n"
        + body.encode()
    )


@pytest.mark.parametrize(
    ("fields", "judged"),
    [
        ({}, Automatic.PERSON),
        ({"Auto_Submitted": "no"}, Automatic.PERSON),
        ({"X_Servicebook": "house"}, Automatic.OURS),
        ({"From": "service@house.example"}, Automatic.OURS),
        ({"From": "MAILER-DAEMON@mx.x.kz"}, Automatic.BOUNCE),
        ({"Return_Path": "<>", "Subject": "Undelivered Mail Returned to Sender"}, Automatic.BOUNCE),
        ({"X_Failed_Recipients": "b@x.kz"}, Automatic.BOUNCE),
        ({"Auto_Submitted": "auto-replied"}, Automatic.REPLY),
        ({"X_Autoreply": "yes"}, Automatic.REPLY),
        ({"Precedence": "auto_reply"}, Automatic.REPLY),
        ({"Subject": "Automatic reply: Pump"}, Automatic.REPLY),
        ({"Subject": "Автоответ: я в отпуске"}, Automatic.REPLY),
        ({"Subject": "Автоматты жауап: Сорғы"}, Automatic.REPLY),
        ({"Subject": "Otomatik Yanıt: Pompa"}, Automatic.REPLY),
        ({"Subject": "自动回复: 泵"}, Automatic.REPLY),
        ({"Subject": "Abwesenheitsnotiz: Pumpe"}, Automatic.REPLY),
        ({"List_Id": "<news.x.kz>"}, Automatic.LIST),
        ({"Precedence": "bulk"}, Automatic.LIST),
        ({"Auto_Submitted": "auto-generated"}, Automatic.NOTICE),
        ({"X_Auto_Response_Suppress": "All"}, Automatic.PERSON),
        ({"From": "noreply@x.kz"}, Automatic.NOTICE),
        ({"Return_Path": "<>"}, Automatic.NOTICE),
    ],
)
@pytest.mark.trust("B4")
def test_a_mail_that_no_person_wrote_is_recognised(fields, judged):
    letter = reading.read(mail(**fields), own_addresses={"service@house.example"})

    assert letter.automatic == judged
    assert letter.may_be_answered == (fields in ({}, {"Auto_Submitted": "no"}))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>hello",
        "<img src=x onerror=alert(1)>hello",
        "<svg onload=alert(1)><p>hello</p></svg>hello",
        '<a href="javascript:alert(1)">hello</a>',
        '<a href="data:text/html,<script>alert(1)</script>">hello</a>',
        '<p style="position:fixed;top:0">hello</p>',
        '<div hx-get="/tickets/" hx-trigger="load" data-hx-get="/x">hello</div>',
        '<form action="/x"><input name="y"><button>hello</button></form>hello',
        '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">hello',
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>hello",
        "<base href='//evil.example/'><link rel=stylesheet href=//evil.example/x>hello",
        '<p class="card modal" id="main">hello</p>',
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">hello',
    ],
)
@pytest.mark.trust("B8")
def test_what_the_cleaner_leaves_is_only_text_and_marks(hostile):
    cleaned = house_html.clean(hostile)

    for danger in (
        "script",
        "onerror",
        "onload",
        "javascript:",
        "data:",
        "style",
        "hx-",
        "<form",
        "<img",
        "<svg",
    ):
        assert danger not in cleaned


def test_links_open_elsewhere_and_tell_nothing():
    cleaned = house_html.clean('<a href="https://x.kz/a?b=1">the act</a>')

    assert 'rel="noopener noreferrer nofollow"' in cleaned
    assert 'target="_blank"' in cleaned
    assert house_html.to_text("<p>One</p><ul><li>two</li></ul>") == "One\n\n- two"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_large_file_arrives_whole_though_it_is_set_aside_while_reading(wrapped):
    data = bytes(range(256)) * 2_000
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bolat <b@x.kz>", "Files"
    inner.set_content("See both.")
    for name in ("one.bin", "two.bin"):
        inner.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    outer = EmailMessage()
    outer["From"], outer["Subject"] = "Dana <d@x.kz>", "Fwd"
    outer.set_content("Forwarded.")
    outer.add_attachment(inner)

    letter = reading.read((outer if wrapped else inner).as_bytes())

    if wrapped:
        letter = reading.read(letter.attachments[0].data)
    assert [(one.name, one.data == data) for one in letter.attachments] == [
        ("one.bin", True),
        ("two.bin", True),
    ]
    assert letter.text == "See both."


def test_a_mail_cannot_refer_to_runs_that_it_does_not_have():
    letter = reading.read(mail("\x00servicebook-run-7\x00 hello"))

    assert letter.text.endswith("hello")

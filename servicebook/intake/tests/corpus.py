"""A corpus of mails as they really arrive, made by program: none is stored, each knows its answer."""

# ruff: noqa: E501 - the lines are mails
import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field

HOUSE = "service@servicebook.example"
BOUNDARY = "=_part_1"

TEXTS = {
    "koi8-r": ("Сервер не включается", "Стоит с утра, помогите пожалуйста."),
    "windows-1251": ("Протечка насоса №3", "Насос течёт, цех стоит. «Срочно»!"),
    "cp866": ("Ошибка кассы", "Касса показывает ошибку пять."),
    "iso-8859-5": ("Не печатает принтер", "Принтер в приёмной молчит."),
    "utf-8": ("Сорғы істемейді", "Қазандықтағы сорғы таңертеңнен бері істемей тұр."),
    "gb18030": ("服务器无法启动", "机房的服务器从早上开始无法启动，请尽快派人来。"),
    "gb2312": ("打印机故障", "二楼的打印机不能用了。"),
    "big5": ("冷氣機故障", "三樓的冷氣機不能運作，請派人處理。"),
    "iso-8859-9": ("Soğutucu çalışmıyor", "Mağazadaki soğutucu sabahtan beri çalışmıyor."),
    "windows-1254": ("Bakım isteği", "Yıllık bakımı ne zaman yapacaksınız?"),
    "iso-8859-1": ("Kühlschrank läuft nicht", "Der Kühlschrank läuft seit gestern nicht."),
    "windows-1252": ("Réfrigérateur en panne", "Le réfrigérateur est en panne – c’est urgent."),
    "iso-8859-2": ("Drukarka nie działa", "Drukarka w biurze nie działa, proszę o pomoc."),
    "euc-kr": ("서버가 켜지지 않습니다", "아침부터 서버가 켜지지 않습니다."),
    "iso-2022-jp": ("サーバーが起動しません", "今朝からサーバーが起動しません。"),
    "shift_jis": ("プリンターの故障", "プリンターが動きません。"),
    "utf-7": ("Server – defekt", "Der Server läuft nicht."),
    "utf-16": ("Pump leaks", "The pump leaks since this morning."),
}
AWAY = {
    "en": "Automatic reply: Pump", "en2": "Out of Office: back on Monday", "ru": "Автоответ: Насос",
    "ru2": "Автоматический ответ: в отпуске", "kk": "Автоматты жауап: Сорғы", "tr": "Otomatik yanıt: Pompa",
    "tr2": "Ofis dışında: Pompa", "zh": "自动回复: 泵", "zh2": "自動回覆: 泵", "de": "Automatische Antwort: Pumpe",
    "de2": "Abwesenheitsnotiz: Pumpe", "fr": "Réponse automatique : Pompe", "es": "Respuesta automática: Bomba",
    "it": "Risposta automatica: Pompa", "pt": "Resposta automática: Bomba", "nl": "Automatisch antwoord: Pomp",
    "pl": "Odpowiedź automatyczna: Pompa", "sv": "Autosvar: Pump", "uk": "Автоматична відповідь: Насос",
    "cs": "Automatická odpověď: Pumpa",
}  # fmt: skip
QUOTES = {
    "gmail-en": "On Tue, Oct 14, 2026 at 9:12 AM Service desk <service@servicebook.example> wrote:\n\n> {old}\n",
    "gmail-ru": "вт, 14 окт. 2026 г. в 09:12, Service desk <service@servicebook.example>:\n\n> {old}\n",
    "gmail-tr": "Service desk <service@servicebook.example>, 14 Eki 2026 Sal, 09:12 tarihinde şunu yazdı:\n\n> {old}\n",
    "gmail-zh": "Service desk <service@servicebook.example> 于2026年10月14日周二 09:12写道：\n\n> {old}\n",
    "gmail-de": "Am Di., 14. Okt. 2026 um 09:12 Uhr schrieb Service desk <s@servicebook.example>:\n\n> {old}\n",
    "gmail-fr": "Le mar. 14 oct. 2026 à 09:12, Service desk <s@servicebook.example> a écrit :\n\n> {old}\n",
    "mail.ru": "Вторник, 14 октября 2026, 9:12 +05:00 от Service desk <service@servicebook.example>:\n\n> {old}\n",
    "yandex": "14.10.2026, 09:12, \"Service desk\" <service@servicebook.example>:\n\n> {old}\n",
    "thunderbird-ru": "14.10.2026 9:12, Service desk пишет:\n> {old}\n",
    "thunderbird-kk": "2026-10-14 09:12, Service desk жазды:\n> {old}\n",
    "apple-en": "> On 14 Oct 2026, at 09:12, Service desk <s@servicebook.example> wrote:\n> \n> {old}\n",
    "apple-ru": "> 14 окт. 2026 г., в 9:12, Service desk <s@servicebook.example> написал(а):\n> \n> {old}\n",
    "outlook-en": "From: Service desk <s@h.example>\nSent: Tuesday, October 14, 2026 9:12 AM\nTo: Bolat\nSubject: Pump\n\n{old}\n",
    "outlook-ru": "От: Service desk <s@h.example>\nОтправлено: 14 октября 2026 г. 9:12\nКому: Болат\nТема: Насос\n\n{old}\n",
    "outlook-tr": "Kimden: Service desk\nGönderildi: 14 Ekim 2026 Salı 09:12\nKime: Bolat\nKonu: Pompa\n\n{old}\n",
    "outlook-zh": "发件人: Service desk\n发送时间: 2026年10月14日 9:12\n收件人: Bolat\n主题: 泵\n\n{old}\n",
    "outlook-de": "Von: Service desk\nGesendet: Dienstag, 14. Oktober 2026 09:12\nAn: Bolat\nBetreff: Pumpe\n\n{old}\n",
    "outlook-old": "-----Original Message-----\nFrom: Service desk\nSent: Tuesday\nTo: Bolat\nSubject: Pump\n\n{old}\n",
    "foxmail": "------------------ Original ------------------\nFrom: \"Service desk\"\nDate: Tue\nTo: \"Bolat\"\nSubject: Re\n\n{old}\n",
    "qq": "------------------ 原始邮件 ------------------\n发件人: \"Service desk\"\n发送时间: 2026年\n收件人: B\n主题: 泵\n\n{old}\n",
    "our-marker": "--- Reply above this line ---\n{old}\n",
    "bare": "> {old}\n> Yours\n",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A mail and what a person would read in it. None: not asked of this one."""

    name: str
    raw: bytes
    sender: str | None = "bolat@plant.example"
    subject: str | None = None
    text: str | None = None
    attachments: tuple[str, ...] = ()
    by_program: bool = False
    quoted: str = field(default="")


def every() -> Iterator[Case]:
    """Yield all mails of the corpus."""
    yield from charsets()
    yield from broken_headers()
    yield from replies()
    yield from with_attachments()
    yield from bounces()
    yield from automatic()


def build(body: bytes = b"It leaks.", *, headers: dict[str, str | bytes] | None = None) -> bytes:
    """A raw mail; a header that is None or empty is left away, bytes stand as they are."""
    lines: dict[str, str | bytes] = {
        "Received": "from mx.plant.example by mx.servicebook.example; Tue, 14 Oct 2026 09:12:01 +0500",
        "From": "Bolat <bolat@plant.example>",
        "To": HOUSE,
        "Subject": "Pump",
        "Date": "Tue, 14 Oct 2026 09:12:00 +0500",
        "MIME-Version": "1.0",
    }
    lines |= headers or {}
    head = b"".join(
        name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        for name, value in lines.items()
        if value
    )
    return head + b"\r\n" + body


def word(text: str, charset: str, encoding: str = "B") -> str:
    data = text.encode(charset)
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    return f"=?{charset}?Q?" + "".join(f"={byte:02X}" for byte in data) + "?="


def charsets() -> Iterator[Case]:
    """Each charset with each transfer encoding and each way to write a subject."""
    for charset, (subject, text) in TEXTS.items():
        data = text.encode(charset)
        eight_bit = charset not in {"utf-16", "utf-7", "iso-2022-jp"}
        for transfer in ("8bit", "base64", "quoted-printable"):
            if transfer == "8bit" and charset == "utf-16":
                continue
            body = {
                "8bit": data,
                "base64": base64.encodebytes(data),
                "quoted-printable": quopri.encodestring(data),
            }[transfer]
            kinds = ["B", "Q"] if transfer == "base64" else ["B"]
            kinds += ["raw"] if transfer == "8bit" and eight_bit and charset not in GUESSED_POORLY else []
            for kind in kinds:
                written = subject.encode(charset) if kind == "raw" else word(subject, charset, kind)
                yield Case(
                    f"{charset}-{transfer}-{kind}",
                    build(
                        body,
                        headers={
                            "Subject": written,
                            "Content-Type": f'text/plain; charset="{charset}"',
                            "Content-Transfer-Encoding": transfer,
                        },
                    ),
                    subject=subject,
                    text=text,
                )


# Bytes in a header carry no label; for these even a person would need one.
GUESSED_POORLY = {"iso-8859-5", "big5", "iso-8859-2", "euc-kr", "shift_jis", "cp866", "windows-1252"}


def broken_headers() -> Iterator[Case]:
    long_subject = "Насос на третьем этаже течёт, вода уже на втором, приезжайте как можно скорее"
    folded = " ".join(word(long_subject[at : at + 9], "utf-8") for at in range(0, len(long_subject), 9))
    data = long_subject.encode()
    cut_inside = " ".join(
        f"=?utf-8?B?{base64.b64encode(data[at : at + 15]).decode()}?=" for at in range(0, len(data), 15)
    )
    cases: dict[str, tuple[dict[str, str | bytes], dict[str, str | None]]] = {
        "folded-words": ({"Subject": folded.replace("?= =?", "?=\r\n =?")}, {"subject": long_subject}),
        "cut-inside-letters": ({"Subject": cut_inside}, {"subject": long_subject}),
        "words-without-space": ({"Subject": word("Насос", "utf-8") + word(" течёт", "utf-8")}, {"subject": "Насос течёт"}),
        "q-with-spaces": ({"Subject": "=?utf-8?Q?The pump leaks?="}, {"subject": "The pump leaks"}),
        "no-padding": ({"Subject": "=?utf-8?B?0J3QsNGB0L7RgQ?="}, {"subject": "Насос"}),
        "lower-case-b": ({"Subject": "=?UTF-8?b?0J3QsNGB0L7RgQ==?="}, {"subject": "Насос"}),
        "with-language": ({"Subject": "=?utf-8*ru-RU?B?0J3QsNGB0L7RgQ==?="}, {"subject": "Насос"}),
        "unknown-charset": ({"Subject": "=?x-none?B?0J3QsNGB0L7RgQ==?="}, {"subject": "Насос"}),
        "quoted-word-in-name": ({"From": '"=?utf-8?B?0JHQvtC70LDRgg==?=" <bolat@plant.example>'}, {}),
        "no-subject": ({"Subject": ""}, {"subject": ""}),
        "no-date": ({"Date": ""}, {"subject": "Pump"}),
        "bad-date": ({"Date": "yesterday, half past nine"}, {"subject": "Pump"}),
        "no-mime-version": ({"MIME-Version": ""}, {"subject": "Pump"}),
        "two-froms": ({"From": "Bolat <bolat@plant.example>, Dana <dana@plant.example>"}, {}),
        "comma-in-name": ({"From": "Akhmetov, Bolat <bolat@plant.example>"}, {}),
        "no-brackets": ({"From": "bolat@plant.example"}, {}),
        "comment": ({"From": "bolat@plant.example (Bolat Akhmetov)"}, {}),
        "upper-case": ({"From": "BOLAT@PLANT.EXAMPLE"}, {}),
        "spaces-in-brackets": ({"From": "Bolat < bolat@plant.example >"}, {}),
        "address-as-name": ({"From": '"dana@plant.example" <bolat@plant.example>'}, {}),
        "only-reply-to": ({"From": "", "Reply-To": "bolat@plant.example"}, {}),
        "only-return-path": ({"From": "", "Return-Path": "<bolat@plant.example>"}, {}),
        "raw-name": ({"From": "Болат <bolat@plant.example>"}, {}),
        "raw-name-1251": ({"From": "Болат Ахметов".encode("cp1251") + b" <bolat@plant.example>"}, {}),
        "tabs": ({"Subject": "Pump\r\n\tleaks"}, {"subject": "Pump leaks"}),
        "nul": ({"Subject": b"Pump\x00 leaks"}, {"subject": "Pump leaks"}),
        "no-space-after-colon": ({"Subject": "Pump"}, {"subject": "Pump"}),
        "huge-references": ({"References": " ".join(f"<{n}@x.example>" for n in range(2000))}, {"subject": "Pump"}),
        "bad-content-type": ({"Content-Type": "text"}, {"subject": "Pump"}),
        "bad-charset": ({"Content-Type": "text/plain; charset=\"\x01?\""}, {"subject": "Pump"}),
        "bad-transfer": ({"Content-Transfer-Encoding": "eight bits"}, {"subject": "Pump"}),
        "bad-boundary": ({"Content-Type": "multipart/mixed"}, {"subject": "Pump"}),
        "mbox-line": ({"Subject": "Pump"}, {"subject": "Pump"}),
        "bare-newlines": ({"Subject": "Pump"}, {"subject": "Pump"}),
    }  # fmt: skip
    for name, (headers, told) in cases.items():
        raw = build(headers=headers)
        if name == "no-space-after-colon":
            raw = raw.replace(b"Subject: ", b"Subject:")
        elif name == "mbox-line":
            raw = b"From bolat@plant.example Tue Oct 14 09:12:00 2026\r\n" + raw
        elif name == "bare-newlines":
            raw = raw.replace(b"\r\n", b"\n")
        text = "It leaks." if name != "bad-transfer" else None
        yield Case(f"header-{name}", raw, text=text, **told)  # type: ignore[arg-type]


def replies() -> Iterator[Case]:
    old = "Which pump do you mean?"
    for name, shape in QUOTES.items():
        text = f"The red one.\n\n{shape.format(old=old)}"
        yield Case(
            f"reply-{name}",
            build(
                text.encode(), headers={"Content-Type": "text/plain; charset=utf-8", "Subject": "Re: Pump"}
            ),
            subject="Re: Pump",
            text="The red one.",
            quoted=old,
        )
        html = "<p>The red one.</p>" + "".join(
            f"<p>{line}</p>" for line in shape.format(old=old).splitlines()
        )
        yield Case(
            f"reply-html-{name}",
            build(html.replace("&", "&amp;").encode(), headers={"Content-Type": "text/html; charset=utf-8"}),
            quoted=old if name.startswith("our") else "",
        )


def parts(
    *some: tuple[dict[str, str | bytes], bytes], kind: str = "mixed"
) -> tuple[dict[str, str | bytes], bytes]:
    """The headers and the body of a multipart mail."""
    body = b""
    for headers, content in some:
        body += b"--" + BOUNDARY.encode() + b"\r\n"
        for name, value in headers.items():
            body += name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\r\n"
        body += b"\r\n" + content + b"\r\n"
    return {
        "Content-Type": f'multipart/{kind}; boundary="{BOUNDARY}"'
    }, body + b"--" + BOUNDARY.encode() + b"--\r\n"


def with_attachments() -> Iterator[Case]:
    text = ({"Content-Type": "text/plain; charset=utf-8"}, b"See the file.")
    data = base64.encodebytes(b"%PDF-1.4 " + b"x" * 100)
    coded: dict[str, str | bytes] = {"Content-Type": "application/pdf", "Content-Transfer-Encoding": "base64"}

    def named(name: str, disposition: str | bytes, expected: str, **more: str | bytes) -> Case:
        headers, body = parts(text, ({**coded, "Content-Disposition": disposition, **more}, data))
        return Case(
            f"file-{name}", build(body, headers=headers), text="See the file.", attachments=(expected,)
        )

    yield named("plain", 'attachment; filename="act.pdf"', "act.pdf")
    yield named("unquoted", "attachment; filename=act.pdf", "act.pdf")
    yield named("rfc2231", "attachment; filename*=utf-8''%D0%90%D0%BA%D1%82.pdf", "Акт.pdf")
    yield named(
        "rfc2231-parts", "attachment; filename*0*=utf-8''%D0%90; filename*1*=%D0%BA%D1%82.pdf", "Акт.pdf"
    )
    yield named("rfc2047", f'attachment; filename="{word("Акт.pdf", "utf-8")}"', "Акт.pdf")
    yield named("rfc2047-koi8", f'attachment; filename="{word("Акт.pdf", "koi8-r")}"', "Акт.pdf")
    yield named("raw-utf8", 'attachment; filename="Акт.pdf"', "Акт.pdf")
    yield named("path", 'attachment; filename="../../etc/act.pdf"', "act.pdf")
    yield named("windows-path", 'attachment; filename="C:\\\\docs\\\\act.pdf"', "act.pdf")
    yield named("turned-name", 'attachment; filename="act\u202efdp.pdf"', "actfdp.pdf")
    yield named("no-name", "attachment", "attachment-1.pdf")
    yield named("inline", 'inline; filename="photo.pdf"', "photo.pdf", **{"Content-ID": "<one>"})
    headers, body = parts(text, ({**coded, "Content-Type": 'application/pdf; name="act.pdf"'}, data))
    yield Case("file-name-in-type", build(body, headers=headers), attachments=("act.pdf",))
    headers, body = parts(text, ({**coded, "Content-Type": 'application/ms-tnef; name="winmail.dat"'}, data))
    yield Case(
        "file-winmail", build(body, headers=headers), text="See the file.", attachments=("winmail.dat",)
    )
    forwarded = build(b"The pump leaks.", headers={"Subject": "Old mail"})
    headers, body = parts(text, ({"Content-Type": "message/rfc822"}, forwarded))
    yield Case(
        "file-forwarded", build(body, headers=headers), text="See the file.", attachments=("mail.eml",)
    )
    headers, body = parts(text, ({"Content-Type": "text/calendar; method=REQUEST"}, b"BEGIN:VCALENDAR"))
    yield Case("file-calendar", build(body, headers=headers), attachments=("attachment-1.ics",))
    headers, body = parts(
        text,
        ({**coded, "Content-Type": 'application/pkcs7-signature; name="smime.p7s"'}, data),
        kind="signed",
    )
    yield Case("signed", build(body, headers=headers), text="See the file.")
    headers, body = parts(
        text, ({"Content-Type": "text/html"}, b"<p>See the <b>file</b>.</p>"), kind="alternative"
    )
    yield Case("alternative", build(body, headers=headers), text="See the file.")
    headers, body = parts(({"Content-Type": "text/html"}, b"<p>See the file.</p>"), kind="related")
    yield Case("only-html", build(body, headers=headers), text="See the file.")
    headers, body = parts(text, ({**coded, "Content-Disposition": "attachment; filename=a.pdf"}, data))
    yield Case("cut-off", build(body[:-60], headers=headers), text="See the file.", attachments=("a.pdf",))
    headers, body = parts(text, text)
    yield Case("no-end", build(body.replace(b"--\r\n", b"\r\n"), headers=headers))
    headers, body = parts(text, ({**coded, "Content-Disposition": "attachment; filename=a.pdf"}, b"***"))
    yield Case("no-base64", build(body, headers=headers), text="See the file.")


def bounces() -> Iterator[Case]:
    original = "Message-ID: <ticket-1.contact-1.mail.signed@servicebook.example>\nSubject: Received"
    human = {
        "postfix": (
            "MAILER-DAEMON@mx.plant.example",
            "Undelivered Mail Returned to Sender",
            "550 5.1.1 unknown",
        ),
        "exim": (
            "Mailer-Daemon@mx.plant.example",
            "Mail delivery failed: returning message",
            "550 no such user",
        ),
        "sendmail": (
            "MAILER-DAEMON@mx.plant.example",
            "Returned mail: see transcript",
            "550 5.1.1 User unknown",
        ),
        "exchange": ("postmaster@plant.example", "Undeliverable: Received", "550 5.1.10 RecipientNotFound"),
        "gmail": (
            "mailer-daemon@googlemail.com",
            "Delivery Status Notification (Failure)",
            "550 5.1.1 no such",
        ),
        "qmail": ("MAILER-DAEMON@mx.plant.example", "failure notice", "Sorry, no mailbox here. (#5.1.1)"),
        "mail.ru": ("mailer-daemon@corp.mail.ru", "Недоставленное сообщение", "550 user not found"),
        "yandex": ("mailer-daemon@yandex.ru", "Недоставленное сообщение", "550 5.7.1 No such user"),
        "qq": ("PostMaster@qq.com", "系统退信", "550 Mailbox not found"),
    }
    for name, (sender, subject, said) in human.items():
        status = f"Final-Recipient: rfc822; bolat@plant.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {said}"
        headers, body = parts(
            ({"Content-Type": "text/plain"}, f"<bolat@plant.example>: {said}".encode()),
            ({"Content-Type": "message/delivery-status"}, f"Reporting-MTA: dns; mx\n\n{status}\n".encode()),
            ({"Content-Type": "text/rfc822-headers"}, original.encode()),
            kind="report; report-type=delivery-status",
        )
        written = subject if subject.isascii() else word(subject, "utf-8")
        more = {**headers, "From": f"Mail system <{sender}>", "Subject": written, "Return-Path": "<>"}
        yield Case(
            f"bounce-{name}",
            build(body, headers=more),
            sender=sender.lower(),
            subject=subject,
            by_program=True,
        )
        plain = {"From": f"<{sender}>", "Subject": written, "Return-Path": "<>"}
        yield Case(
            f"bounce-plain-{name}",
            build(f"<bolat@plant.example>:\n{said}\n\n{original}".encode(), headers=plain),
            sender=sender.lower(),
            subject=subject,
            by_program=True,
        )


def automatic() -> Iterator[Case]:
    for name, subject in AWAY.items():
        yield Case(
            f"away-{name}",
            build(headers={"Subject": word(subject, "utf-8")}),
            subject=subject,
            by_program=True,
        )
        yield Case(
            f"away-marked-{name}",
            build(headers={"Subject": word("Re: Pump", "utf-8"), "Auto-Submitted": "auto-replied"}),
            subject="Re: Pump",
            by_program=True,
        )
    marks: dict[str, dict[str, str | bytes]] = {
        "vacation": {"Precedence": "bulk", "Auto-Submitted": "auto-replied (vacation)"},
        "x-autoreply": {"X-Autoreply": "yes"},
        "x-autorespond": {"X-Autorespond": "Pump"},
        "list": {"List-Id": "<news.plant.example>"},
        "unsubscribe": {"List-Unsubscribe": "<mailto:u@plant.example>"},
        "bulk": {"Precedence": "bulk"},
        "junk": {"Precedence": "junk"},
        "generated": {"Auto-Submitted": "auto-generated"},
        "noreply": {"From": "Shop <no-reply@plant.example>"},
        "null-path": {"Return-Path": "<>"},
        "read-receipt": {
            "Content-Type": "multipart/report; report-type=disposition-notification; boundary=x"
        },
        "ours": {"From": f"Service desk <{HOUSE}>"},
    }
    for name, headers in marks.items():
        yield Case(f"program-{name}", build(headers=headers), sender=None, by_program=True)

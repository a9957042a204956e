"""A call noted with the keyboard alone, and hostile mails opened on every page that shows them."""

import pytest
from playwright.sync_api import expect

from servicebook import search
from servicebook.accounts.models import Role
from servicebook.customers.actions import save_contact, save_customer, save_site
from servicebook.customers.models import Contact, Customer, Site
from servicebook.files.models import Document
from servicebook.intake.mail import actions
from servicebook.intake.tests.mails import plain
from servicebook.testing import make_asset, make_reason, make_user
from servicebook.tickets.models import Ticket
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bolat(dispatcher):
    make_user(Role.MANAGER, name="Service owner", email="owner@house.example")
    make_reason("failure")
    make_reason("maintenance")
    plant = save_customer(Customer(name="Astyk plant"), by=dispatcher)
    site = save_site(Site(customer=plant, name="Boiler house", access_rules="Pass"), by=dispatcher)
    person = Contact(customer=plant, name="Bolat Akhmetov", phone="+77015550112", site=site)
    person.email = "bolat@plant.example"
    person = save_contact(person, by=dispatcher)
    for number in range(3):
        search.index(make_asset(plant, site=site, serial=f"7CX-2041{number}"), new=True)
    return person


@pytest.mark.req("S2.6")
def test_a_call_is_noted_by_keyboard_alone_in_under_ten_steps(desk, bolat):
    desk.goto("/phone/")
    steps = [
        lambda: desk.keyboard.type("8 701 555 01 12"),
        lambda: desk.keyboard.press("Enter"),
        lambda: desk.keyboard.type("The boiler does not start"),
        lambda: desk.keyboard.press("Tab"),
        lambda: desk.keyboard.press("ArrowDown"),
        lambda: desk.keyboard.press("Control+Enter"),
    ]
    for number, step in enumerate(steps):
        step()
        if number == 1:
            expect(desk.get_by_label("What is the matter")).to_be_focused()

    expect(desk.locator("#said, .sb-alert").first).to_contain_text("takes care of it")
    ticket = Ticket.objects.get()
    expect(desk.get_by_role("link", name=ticket.number)).to_be_visible()
    assert (ticket.contact, ticket.channel, ticket.reason.code) == (bolat, "phone", "failure")
    assert ticket.asset is not None
    assert len(steps) < 10
    expect(desk.locator("#caller")).to_be_focused()  # ready for the next call


def test_results_come_while_typing_and_arrows_walk_through_them(desk, bolat):
    desk.goto("/phone/")

    desk.keyboard.type("7CX")
    expect(desk.locator("#found a")).to_have_count(3)
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")

    expect(desk.get_by_label("Equipment").locator("option:checked")).to_contain_text("7CX-20411")


def test_the_screen_works_without_javascript_on_a_phone(open_browser, dispatcher, bolat):
    page = open_browser(dispatcher, size=PHONE, theme="dark", script=False)
    page.goto("/phone/")

    page.get_by_label("Number, name or serial").fill("akhmetov")
    page.keyboard.press("Enter")
    page.get_by_label("What is the matter").fill("No heat")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("link", name="T-")).to_be_visible()
    assert Ticket.objects.get().title == "No heat"


FIRE = "alert(document.domain)"
PAYLOADS = [
    f"<script>{FIRE}</script>",
    f"<img src=x onerror={FIRE}>",
    f"<img src=x:x onerror={FIRE}//",
    f"<svg onload={FIRE}>",
    f"<svg><script>{FIRE}</script></svg>",
    f"<svg><animate onbegin={FIRE} attributeName=x dur=1s>",
    f"<iframe srcdoc='<script>{FIRE}</script>'></iframe>",
    f"<iframe src='javascript:{FIRE}'></iframe>",
    f"<a href='javascript:{FIRE}' autofocus>x</a>",
    f"<a href='java\tscript:{FIRE}'>x</a>",
    f"<a href='&#106;avascript:{FIRE}'>x</a>",
    f"<body onload={FIRE}>",
    f"<details open ontoggle={FIRE}>x</details>",
    f"<input autofocus onfocus={FIRE}>",
    f"<video><source onerror={FIRE}></video>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={FIRE}>",
    f'<noscript><p title="</noscript><img src=x onerror={FIRE}>">',
    f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={FIRE}>",
    f"<template><img src=x onerror={FIRE}></template>",
    f"<object data='data:text/html,<script>{FIRE}</script>'></object>",
    f"<embed src='javascript:{FIRE}'>",
    f"<link rel=stylesheet href='javascript:{FIRE}'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{FIRE}'>",
    f"<base href='javascript:{FIRE}//'><a href='x'>x</a>",
    f'"><script>{FIRE}</script>',
    f"'-{FIRE}-'",
    f"{{{{constructor.constructor('{FIRE}')()}}}}",
    f"<div hx-get='/tickets/' hx-trigger='load' hx-on:load='{FIRE}'>x</div>",
    "<img src='https://evil.example/pixel.gif'><link href='https://evil.example/x.css' rel=stylesheet>",
    "<p style='background:url(https://evil.example/x)'>x</p><style>*{background:url(//evil.example)}</style>",
]


@pytest.mark.trust("B8")
@pytest.mark.req("S0.44")
def test_no_mail_speaks_in_our_pages(open_browser, dispatcher, bolat):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{FIRE}"><script>{FIRE}</script></svg>'.encode()
    for number, payload in enumerate(PAYLOADS):
        one_line = payload.replace("\t", " ").replace('"', "'")
        actions.receive(
            plain(
                f"{payload} {number}",
                html=f"<div>{payload} text {number}</div>",
                sender=f'"{one_line}" <bolat@plant.example>'
                if number % 2
                else f'"{one_line}" <x{number}@y.example>',
                subject=f"{number} {one_line}"[:200],
                files=(
                    (f"{one_line[:60]}.svg", "image/svg+xml", svg),
                    (f"{one_line[:60]}.txt", "text/plain", b"x"),
                ),
            )
        )
    tickets = list(Ticket.objects.order_by("pk"))
    assert len(tickets) == len(PAYLOADS)
    page = open_browser(dispatcher)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    addresses = ["/mail/", "/phone/?q=onerror", f"/phone/?customer={bolat.customer_id}", "/tickets/"]
    addresses += [ticket.get_absolute_url() for ticket in tickets]
    addresses += [f"/mail/place/{ticket.number}/" for ticket in tickets if ticket.contact_id != bolat.pk][:5]

    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.locator("main [onerror], main [onload], main iframe, main object").count() == 0, address
        assert (
            page.locator(".said script, .said style, .said [style], .said [class], .said form").count() == 0
        )

    assert dialogs == []
    for document in Document.objects.all()[:40]:
        answer = page.context.request.get(document.get_absolute_url())
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment"), document.name

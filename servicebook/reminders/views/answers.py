"""The page behind the one link that a customer gets: no sign-in, one question, one answer (S0.27, S0.37)."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.public_pages import private, too_many
from servicebook.core import preferences
from servicebook.core.errors import Refused
from servicebook.messaging import chat_links, chats
from servicebook.reminders import links
from servicebook.reminders.actions import asks, reacting
from servicebook.reminders.forms.answers import AnswerForm, answers_of
from servicebook.reminders.links import Opened
from servicebook.reminders.rules.answers import AGREED
from servicebook.reminders.showing import Shown, how_it_ended, shown, unit_of

# A person opens a link a few times; who tries tokens is stopped. Each process counts for itself.
requests_of_an_address = Allowance(60)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the question, POST answers it. Nothing is kept of a GET: scanners of mails fetch links, too.

    That a person opened it says the page's script, once somebody touches the page, or the answer itself.
    """
    if later := too_many(request, requests_of_an_address):
        return later
    opened = links.find(token)
    if opened is None:
        raise Http404
    language = opened.contact.language or opened.ask.customer.language or settings.LANGUAGE_CODE
    with translation.override(language):
        about = shown(opened.ask)
        with timezone.override(ZoneInfo(about.zone)):
            if request.method == "POST":
                asks.opened(opened.ask.pk, by_name=opened.contact.name)
                opened.ask.refresh_from_db(fields=["opened_at"])
            if "opened" in request.POST:
                return private(HttpResponse(status=204))
            if opened.ask.ended_at:
                return _over(request, opened, about)
            if request.method == "POST":
                return _answered(request, opened, about)
            others = reacting.alike(opened.ask, contact=opened.contact)
            form = AnswerForm(opened.ask, about.windows, alike=[unit_of(one) for one in others])
            return _page(request, opened, about, form)


def _over(request: HttpRequest, opened: Opened, about: Shown) -> HttpResponse:
    """What was answered; of a visit that is ahead one may say that it does not suit after all."""
    ahead = reacting.may_object(opened.ask)
    if request.method == "POST" and ahead and request.POST.get("answer") in reacting.OBJECTIONS:
        return _answered(request, opened, about)
    form = AnswerForm(opened.ask, []) if ahead else None
    return _page(request, opened, about, form, status=409 if request.method == "POST" else 200)


def _answered(request: HttpRequest, opened: Opened, about: Shown) -> HttpResponse:
    do, others = reacting.object_to, []
    if opened.ask.ended_at is None:
        do, others = reacting.react, reacting.alike(opened.ask, contact=opened.contact)
    units = [unit_of(one) for one in others]
    form = AnswerForm(opened.ask, about.windows, data=request.POST, alike=units)
    if form.is_valid():
        try:
            do(opened.ask.pk, form.reaction(), contact=opened.contact)
        except Refused as refused:
            for name, text in refused.fields.items():
                form.add_error(_field_of(name, form), text)
            if not refused.fields:
                form.add_error(None, str(refused))
        else:
            if form.cleaned_data.get("also") and form.cleaned_data["answer"] == AGREED:
                reacting.react_alike(others, form.reaction(), contact=opened.contact)
            return private(redirect(request.path))
    return _page(request, opened, about, form, status=422)


def _field_of(name: str, form: AnswerForm) -> str | None:
    """The field of the form that a refusal of an action means; what has none stands above the form."""
    return name if name in form.fields and name != "answer" else None


def _page(
    request: HttpRequest, opened: Opened, about: Shown, form: AnswerForm | None, *, status: int = 200
) -> HttpResponse:
    ask = opened.ask
    context: dict[str, Any] = {
        "ask": ask,
        "company": preferences.current().company,
        "contact": opened.contact,
        "about": about,
        "form": form,
        "answers": answers_of(ask),
        "ended": how_it_ended(ask) if ask.ended_at else "",
        "left": _left(opened) if ask.ended_at else (),
        "chat_link": "" if chats.chats_of(opened.contact) else chat_links.url_of(opened.contact),
    }
    return private(render(request, "reminders/answer.html", context, status=status))


def _left(opened: Opened) -> list[tuple[str, str]]:
    """The other visits of that day that still wait for an answer, each with its own link."""
    rows = reacting.alike(opened.ask, contact=opened.contact)
    return [(unit_of(one), links.url_of(one, opened.contact)) for one in rows]

"""The texts of messages under Settings: which there are, their words, and how these read (S0.41)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.accounts.models import User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core.errors import Changed, Refused
from servicebook.customers import sections
from servicebook.messaging import sampling, text_actions, texts
from servicebook.messaging.models import MessageText
from servicebook.messaging.standard_texts import STANDARD, Words
from servicebook.messaging.text_forms import TextForm

LANGUAGES = dict(settings.LANGUAGES)
VERSIONS = 20
DELIVERED = 0  # the number that means the words of the product


@require_safe
def every_text(request: SignedInRequest) -> HttpResponse:
    """Each text with its languages, and which of them the house has changed."""
    own = set(MessageText.objects.filter(current=True, delivered=False).values_list("code", "language"))
    lines = [
        {
            "text": one,
            "languages": [(code, name, (one.code, code) in own) for code, name in LANGUAGES.items()],
        }
        for one in texts.TEXTS.values()
    ]
    return render(request, "messaging/texts.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
def text(request: SignedInRequest, code: str, language: str) -> HttpResponse:
    """One text in one language: its words, the fields that it may hold, how it reads, and its versions."""
    one = _known(code, language)
    newest = _versions(code, language).first()
    form = TextForm(
        request.POST if request.method == "POST" else None,
        words=texts.words(code, language),
        seen=newest.number if newest else 0,
        with_record=sampling.can_find(code),
        record=request.GET.get("record", ""),
    )
    tries = "try" in request.POST
    if form.is_bound and form.is_valid() and not tries:
        try:
            text_actions.write(
                code, language, form.words(), by=request.user, seen=form.cleaned_data["seen"] or 0
            )
        except Changed as changed:
            newest = _versions(code, language).first()
            form.look_at(newest.number if newest else 0)
            form.take(changed)
        except Refused as refused:
            form.take(refused)
        else:
            messages.success(request, _("Saved. The next message says it so."))
            return redirect("messaging:text", code, language)
    context = _preview(one.code, language, form, request.user)
    if tries and "HX-Request" in request.headers:
        return render(request, "messaging/_text_preview.html", context)
    context |= {
        "text": one,
        "language": language,
        "language_name": LANGUAGES[language],
        "languages": list(LANGUAGES.items()),
        "form": form,
        "fields": [("{" + field.name + "}", field) for field in one.fields],
        "versions": sections.first(_versions(code, language).select_related("made_by"), VERSIONS),
        "delivered": STANDARD[language][code],
        "is_own": texts.words(code, language) != STANDARD[language][code],
    }
    return render(request, "messaging/text.html", context, status=422 if form.errors else 200)


@require_POST
def restore(request: SignedInRequest, code: str, language: str) -> HttpResponse:
    """Let an earlier version hold again, or the words of the product."""
    _known(code, language)
    asked = request.POST.get("number", "")
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else DELIVERED
    words: Words | None = STANDARD[language][code]
    if number != DELIVERED:
        version = _versions(code, language).filter(number=number).first()
        words = version.words if version else None
    if words is None:
        messages.error(request, _("There is no such version."))
        return redirect("messaging:text", code, language)
    try:
        text_actions.write(code, language, words, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("These words hold again."))
    return redirect("messaging:text", code, language)


def _preview(code: str, language: str, form: TextForm, user: User) -> dict[str, Any]:
    """How the words read in a message about something real, or about the examples of the fields."""
    words, wrong, asked = _typed(code, language, form)
    found = sampling.find(code, asked, user) if asked else None
    examples = texts.samples(code)
    facts = (
        {**{name: examples.get(name) for name in ("to_name", "link")}, **found.facts} if found else examples
    )
    written = None
    if not wrong:
        with translation.override(language):
            written = texts.filled(words, code, facts)
    return {
        "written": written,
        "wrong": wrong,
        "about": found.label if found else "",
        "not_found": asked if asked and not found else "",
    }


def _typed(code: str, language: str, form: TextForm) -> tuple[Words, list[str], str]:
    """The words to try, what is wrong with them, and the thing to try them on."""
    if not form.is_bound:
        return texts.words(code, language), [], str(form.initial["record"])[:60]
    wrong = [str(error) for errors in form.errors.values() for error in errors]
    if wrong:
        return Words("", "", ""), wrong, ""
    words = form.words()
    return words, list(texts.problems(code, words).values()), form.cleaned_data.get("record", "")


def _versions(code: str, language: str) -> QuerySet[MessageText]:
    return MessageText.objects.filter(code=code, language=language).order_by("-number")


def _known(code: str, language: str) -> texts.Text:
    if code not in texts.TEXTS or language not in STANDARD:
        raise Http404
    return texts.text_of(code)

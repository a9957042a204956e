"""What came by messenger and SMS; and where an SMS gateway calls us."""

import hmac

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from servicebook.accounts.api_auth import Allowance
from servicebook.accounts.requests import SignedInRequest, address_of
from servicebook.core import exports
from servicebook.core.listing import FilterForm, Listing, Sort, count
from servicebook.intake.messenger import actions, keeping, polling
from servicebook.intake.messenger.rules import sms as reading
from servicebook.intake.models import ReceivedText

LARGEST_CALL = 100_000
# A gateway passes on what many people write at once; who tries keys is stopped. Each process counts.
calls_of_an_address = Allowance(600)
wrong_keys_of_an_address = Allowance(10)


@csrf_exempt
@require_POST
def sms_in(request: HttpRequest) -> HttpResponse:
    """Keep what an SMS gateway passes on. It is understood after the answer.

    The key stands in the header Authorization or X-Api-Key, or as `key` in the address.
    """
    key: str = settings.CONFIG.sms_in_key
    if not key:
        raise Http404
    address = address_of(request)
    given = _key_of(request)
    right = hmac.compare_digest(given.encode(), key.encode())
    wait = (calls_of_an_address if right else wrong_keys_of_an_address).take(address)
    if wait:
        return _refused(429, "too many calls; come back later", wait=wait)
    if not right:
        return _refused(403, "the key is wrong: it must be the one in SMS_IN_KEY")
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALL:
        return _refused(413, f"more than {LARGEST_CALL} bytes")
    names = reading.own_names(settings.CONFIG.sms_in_fields)
    try:
        if request.content_type == "multipart/form-data":
            found = reading.read_form(request.POST.dict(), names=names)
        else:
            found = reading.read(request.body, content_type=request.content_type or "", names=names)
    except reading.Unreadable as error:
        wanted = "; ".join(f"{what}: {', '.join(usual)}" for what, usual in reading.USUAL.items())
        return _refused(400, f"{error}. Fields that are looked for: {wanted}, or those in SMS_IN_FIELDS")
    kept = keeping.keep_sms(found)
    return JsonResponse({"status": "ok", "kept": len(kept), "known": len(found) - len(kept)})


def _key_of(request: HttpRequest) -> str:
    scheme, _space, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and bearer:
        return bearer.strip()
    return request.headers.get("X-Api-Key", "") or request.GET.get("key", "")


def _refused(status: int, why: str, *, wait: int = 0) -> HttpResponse:
    answer = JsonResponse({"status": "refused", "why": why}, status=status)
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


class TextFilter(FilterForm):
    """Which messages; what waits for a person first."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), choices=[("", gettext_lazy("Any")), *ReceivedText.State.choices]
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=[("", gettext_lazy("Any")), *ReceivedText.Channel.choices]
    )

    def apply(self, queryset: QuerySet[ReceivedText]) -> QuerySet[ReceivedText]:
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        return queryset.filter(**{name: chosen[name] for name in ("state", "channel") if name in chosen})


@require_POST
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Understand a message that was put aside once more: its chat may be linked by now."""
    row = actions.try_again(get_object_or_404(ReceivedText, pk=pk).pk, by=request.user)
    if row.message is not None:
        messages.success(request, _("It is %(number)s now.") % {"number": row.message.ticket.number})
        return redirect(row.message.ticket)
    if row.because:
        messages.warning(request, _("It stays aside: %(because)s") % {"because": row.because})
    else:
        messages.success(request, _("It is done."))
    return redirect("intake:texts")


@require_safe
def texts(request: SignedInRequest) -> HttpResponseBase:
    """Messages of the messenger and SMS, with what became of each."""
    found = Listing(
        request,
        ReceivedText.objects.select_related("message__ticket").defer("raw"),
        sorts={"new": Sort(_("Newest"), ("-pk",))},
        filter_form=TextFilter,
        columns=[
            exports.Column(_("Received"), lambda row: row.received_at),
            exports.Column(_("Channel"), lambda row: row.get_channel_display()),
            exports.Column(_("From"), lambda row: row.sender),
            exports.Column(_("Message"), lambda row: row.beginning),
            exports.Column(_("State"), lambda row: row.get_state_display()),
            exports.Column(_("Ticket"), lambda row: row.message.ticket.number if row.message else ""),
            exports.Column(_("Why"), lambda row: row.because),
        ],
        filename="messages",
    )
    aside = count(ReceivedText.objects.filter(state=ReceivedText.State.PUT_ASIDE))
    return found.response(
        "intake/texts.html", "intake/_texts.html", {"aside": aside, "troubles": polling.troubles()}
    )

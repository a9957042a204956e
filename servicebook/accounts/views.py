"""Pages of people, teams and keys under Settings."""

from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from servicebook.accounts import actions, queries
from servicebook.accounts import tokens as keys
from servicebook.accounts.forms import OwnSettingsForm, TeamForm, TokenForm, UserFilter, UserForm
from servicebook.accounts.models import Team, User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import clock
from servicebook.core.errors import Refused
from servicebook.core.exports import Column
from servicebook.core.listing import Listing, Sort
from servicebook.journal.models import Entry

HISTORY_SHOWN = 50
either = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def users(request: SignedInRequest) -> HttpResponseBase:
    """People, with what they may do."""
    listing = Listing(
        request,
        User.objects.select_related("team"),
        sorts={
            "name": Sort(pgettext("person", "Name"), ("name",)),
            "signed_in": Sort(_("Last signed in"), ("-last_login",)),
        },
        filter_form=UserFilter,
        columns=[
            Column(pgettext("person", "Name"), lambda person: person.name),
            Column(_("E-mail"), lambda person: person.email),
            Column(_("Roles"), lambda person: ", ".join(person.role_names)),
            Column(_("Team"), lambda person: person.team.name if person.team else ""),
            Column(_("Phone"), lambda person: person.phone),
        ],
        filename="people",
    )
    return listing.response("accounts/users.html", "accounts/_users.html")


@either
def add_user(request: SignedInRequest) -> HttpResponse:
    form = UserForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.add_user(by=request.user, **form.cleaned_data)
        except Refused as refused:
            _mark(form, refused)
        else:
            return redirect("accounts:user", person.pk)
    return render(request, "accounts/user.html", {"form": form})


@either
def user(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.select_related("team"), pk=pk)
    initial = {name: getattr(person, name) for name in actions.CHANGEABLE}
    form = UserForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_user(pk, by=request.user, **form.cleaned_data)
        except Refused as refused:
            _mark(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:user", pk)
    context = {
        "form": form,
        "person": person,
        "entries": _history(person),
        "keys": person.tokens.filter(revoked_at=None),
    }
    return render(request, "accounts/user.html", context)


@require_POST
def switch_user(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a person's access, or give it back."""
    person = get_object_or_404(User, pk=pk)
    try:
        if person.is_active:
            actions.deactivate_user(pk, by=request.user)
            said = _("%(name)s cannot sign in any more. Open tickets and promises went to others.")
            messages.success(request, said % {"name": person.name})
        else:
            actions.activate_user(pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accounts:user", pk)


@require_POST
@never_cache
def invite(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show, once, the address at which the person sets a password."""
    person = get_object_or_404(User, pk=pk)
    try:
        link = actions.invite(pk, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("accounts:user", pk)
    return render(request, "accounts/invited.html", {"person": person, "link": link})


@require_safe
def teams(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/teams.html", {"rows": queries.teams()})


@either
def add_team(request: SignedInRequest) -> HttpResponse:
    return _save_team(request, Team())


@either
def team(request: SignedInRequest, pk: int) -> HttpResponse:
    return _save_team(request, get_object_or_404(Team, pk=pk))


def _save_team(request: SignedInRequest, found: Team) -> HttpResponse:
    form = TeamForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_team(form.save(commit=False), by=request.user)
        except Refused as refused:
            _mark(form, refused)
        else:
            return redirect("accounts:teams")
    members = found.members.filter(is_active=True) if found.pk else []
    return render(request, "accounts/team.html", {"form": form, "team": found, "members": members})


@either
def me(request: SignedInRequest) -> HttpResponse:
    """The own phone, language and time zone; the way to the password."""
    person = request.user
    form = OwnSettingsForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(person, name) for name in actions.OWN},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_own_settings(person, **form.cleaned_data)
        except Refused as refused:
            _mark(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:me")
    return render(request, "accounts/me.html", {"form": form, "entries": _history(person)})


@require_safe
def tokens(request: SignedInRequest) -> HttpResponse:
    """The own keys; for an administrator everybody's."""
    context = {"rows": queries.keys_seen_by(request.user)[:500], "now": clock.now()}
    return render(request, "accounts/tokens.html", context)


@either
@never_cache
def issue_token(request: SignedInRequest) -> HttpResponse:
    """Make a key for oneself and show it, this once."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            token, key = keys.issue(
                request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
                by=request.user,
            )
        except Refused as refused:
            _mark(form, refused)
        else:
            return render(request, "accounts/token_issued.html", {"token": token, "key": key})
    return render(request, "accounts/issue_token.html", {"form": form})


@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(queries.keys_seen_by(request.user), pk=pk)
    keys.revoke(token.pk, by=request.user)
    messages.success(request, _("The key for “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("accounts:tokens")


def _mark(form: BaseForm, refused: Refused) -> None:
    """Put a refusal where it belongs in the form."""
    if not refused.fields:
        form.add_error(None, str(refused))
    for name, message in refused.fields.items():
        form.add_error(name if name in form.fields else None, message)


def _history(thing: models.Model) -> models.QuerySet[Entry]:
    kind = ContentType.objects.get_for_model(thing)
    return Entry.objects.filter(subject_type=kind, subject_id=thing.pk).order_by("-pk")[:HISTORY_SHOWN]

"""The only writers of people and teams."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from servicebook import journal
from servicebook.accounts import leaving
from servicebook.accounts.adapter import password_link
from servicebook.accounts.models import Role, Team, User
from servicebook.core import reference
from servicebook.core.errors import Refused

# What an administrator may set; everything else of a user has its own action.
CHANGEABLE = ("email", "name", "roles", "team", "phone", "language", "time_zone")
OWN = ("phone", "language", "time_zone")


class UserRefused(Refused):
    """The person cannot be saved like this."""

    code = "user_refused"


class LastAdministrator(Refused):
    """Nobody could manage users any more."""

    code = "last_administrator"


@transaction.atomic
def add_user(*, email: str, name: str, roles: Sequence[str], by: User | None, **fields: Any) -> User:
    """Add a person who may sign in. Without a password until the person sets one by a link.

    Args:
        fields: `team`, `phone`, `language`, `time_zone`.

    Raises:
        UserRefused: `fields` says what to mend.
    """
    user = User()
    _set(user, {"email": email, "name": name, "roles": roles, **fields})
    user.set_unusable_password()
    user.save()
    reference.changed()  # people are reference data: who can own a ticket is cached
    journal.record("user.added", user, by=by, name=user.name, roles=_roles(user))
    return user


@transaction.atomic
def change_user(user_id: int, *, by: User, **fields: Any) -> User:
    """Change a person. Roles hold from the person's next request on.

    Raises:
        UserRefused: `fields` says what to mend.
        LastAdministrator: the last active administrator would lose the role.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    before = {name: getattr(user, name) for name in CHANGEABLE}
    _set(user, fields)
    if Role.ADMINISTRATOR in before["roles"] and not user.has_role(Role.ADMINISTRATOR):
        _keep_an_administrator(besides=user)
    changed = [name for name in CHANGEABLE if getattr(user, name) != before[name]]
    if not changed:
        return user
    user.save(update_fields=changed)
    reference.changed()
    if "email" in changed:
        # The sign-in keeps addresses of its own; the old one must not open the door any more.
        EmailAddress.objects.filter(user=user).delete()
    if "roles" in changed:
        was = ", ".join(before["roles"])
        journal.record("user.roles_changed", user, by=by, before=was, after=_roles(user))
    others = [name for name in changed if name != "roles"]
    if others:
        journal.record("user.changed", user, by=by, fields=", ".join(others))
    return user


def change_own_settings(user: User, **fields: Any) -> User:
    """Let a person change the own phone, language and time zone; nothing else is taken."""
    return change_user(user.pk, by=user, **{name: fields[name] for name in OWN if name in fields})


@transaction.atomic
def deactivate_user(user_id: int, *, by: User) -> User:
    """End a person's access: the next request of every session and key is refused.

    What the person had in hand goes to others in the same moment (`accounts.leaving`).

    Raises:
        LastAdministrator: nobody could manage users any more.
        UserRefused: people do not lock themselves out.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if not user.is_active:
        return user
    if user.pk == by.pk:
        raise UserRefused(_("You cannot end your own access. Ask another administrator."))
    if user.has_role(Role.ADMINISTRATOR):
        _keep_an_administrator(besides=user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    reference.changed()
    journal.record("user.deactivated", user, by=by, name=user.name)
    leaving.hand_over(user, by=by)
    return user


@transaction.atomic
def activate_user(user_id: int, *, by: User) -> User:
    """Give a person access again, with the old password and roles."""
    user = User.objects.select_for_update().get(pk=user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        reference.changed()
        journal.record("user.activated", user, by=by, name=user.name)
    return user


@transaction.atomic
def invite(user_id: int, *, by: User) -> str:
    """Return an address at which the person sets a password; for handing over by mail or by hand.

    It works once, ends after `PASSWORD_RESET_TIMEOUT`, and dies when the password or address changes.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    if not user.is_active:
        raise UserRefused(_("%(person)s has no access. Give it back first.") % {"person": user})
    journal.record("user.invited", user, by=by)
    return password_link(f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}")


@transaction.atomic
def save_team(team: Team, *, by: User | None) -> Team:
    """Add or change a team.

    Raises:
        UserRefused: the name is taken.
    """
    team.name = team.name.strip()
    if not team.name:
        raise UserRefused(_("The team was not saved."), fields={"name": _("A team needs a name.")})
    if Team.objects.filter(name__iexact=team.name).exclude(pk=team.pk).exists():
        taken = _("There is already a team of this name.")
        raise UserRefused(_("The team was not saved."), fields={"name": taken})
    verb = "team.changed" if team.pk else "team.added"
    team.save()
    reference.changed()
    journal.record(verb, team, by=by, name=team.name, lead=team.lead.name if team.lead else "")
    return team


def _set(user: User, fields: dict[str, Any]) -> None:
    """Put checked values on `user`, all or none."""
    wrong: dict[str, str] = {}
    unknown = fields.keys() - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"a user has no such fields to set: {sorted(unknown)}")
    values = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    if "name" in values and not values["name"]:
        wrong["name"] = _("A person needs a name.")
    if "email" in values:
        values["email"] = User.objects.normalize_email(values["email"])
        same = User.objects.filter(email__iexact=values["email"]).exclude(pk=user.pk).first()
        if not values["email"]:
            wrong["email"] = _("The person signs in with an e-mail address.")
        elif same:
            wrong["email"] = _("%(person)s already signs in with this address.") % {"person": same}
    if "roles" in values:
        values["roles"] = [role for role in Role.values if role in values["roles"]]  # known ones, in order
        if not values["roles"]:
            wrong["roles"] = _("Choose at least one role; without one nothing can be opened.")
    if values.get("language") and values["language"] not in dict(settings.LANGUAGES):
        wrong["language"] = _("Choose one of: %(known)s.") % {"known": ", ".join(dict(settings.LANGUAGES))}
    if values.get("time_zone") and values["time_zone"] not in available_timezones():
        wrong["time_zone"] = _("No such time zone. Write it like Asia/Almaty.")
    if wrong:
        raise UserRefused(_("The person was not saved. Mend the marked fields."), fields=wrong)
    for name, value in values.items():
        setattr(user, name, value)


def _keep_an_administrator(*, besides: User) -> None:
    """Lock the administrators, so that two of them cannot remove each other at once."""
    active = User.objects.select_for_update().filter(is_active=True).order_by("pk")
    if not any(Role.ADMINISTRATOR in one.roles for one in active if one.pk != besides.pk):
        raise LastAdministrator(
            _("%(person)s is the last administrator. Make somebody else one first.") % {"person": besides}
        )


def _roles(user: User) -> str:
    return ", ".join(user.roles)

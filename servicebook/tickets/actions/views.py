"""Saved views: filters of the queue that a person, or everybody, keeps at hand."""

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from servicebook.accounts.models import Role, User
from servicebook.core.errors import NotAllowed
from servicebook.tickets.actions._base import NotValid
from servicebook.tickets.models import SavedView

MOST_VIEWS = 30
SHARES = (Role.ADMINISTRATOR, Role.MANAGER, Role.DISPATCHER)
NOT_KEPT = ("before", "after", "export", "page")


@transaction.atomic
def save_view(*, name: str, query: str, by: User, shared: bool = False) -> SavedView:
    """Keep a filter under a name; the same name again replaces it.

    Raises:
        NotValid: no name, or too many views.
        NotAllowed: the role may not share.
    """
    name = " ".join(name.split())[:60]
    if not name:
        sentence = _("Give the view a name.")
        raise NotValid(sentence, fields={"name": sentence})
    if shared and not by.has_role(*SHARES):
        raise NotAllowed(_("Views for everybody are made by dispatchers and managers. Keep it for yourself."))
    mine = SavedView.objects.filter(owner=by)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        sentence = _("You have %(most)d views. Remove one first.") % {"most": MOST_VIEWS}
        raise NotValid(sentence, fields={"name": sentence})
    asked = QueryDict(query, mutable=True)
    for dropped in NOT_KEPT:
        asked.pop(dropped, None)
    kept, _created = SavedView.objects.update_or_create(
        owner=by, name=name, defaults={"query": asked.urlencode()[:500], "shared": shared}
    )
    return kept


@transaction.atomic
def remove_view(view: SavedView, *, by: User) -> None:
    """Remove a view: the own one, or as administrator or manager any shared one.

    Raises:
        NotAllowed
    """
    if view.owner_id != by.pk and not (view.shared and by.has_role(Role.ADMINISTRATOR, Role.MANAGER)):
        raise NotAllowed(_("This view belongs to %(name)s.") % {"name": view.owner.name})
    view.delete()

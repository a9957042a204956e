"""What an act on a plan or an occurrence is: when it is offered, what it asks, what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise as LazyText

from servicebook.accounts.models import User
from servicebook.maintenance.forms.base import ActForm
from servicebook.rights import OFFICE

T = TypeVar("T")
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Act(Generic[T]):
    """An act.

    Attributes:
        run: takes the thing, the form's values and the person; returns the sentence to show.
        fits: whether the thing allows it as it stands.
        roles: who may do it.
        renamed: a refusal's field → the form's field, where they differ.
    """

    title: LazyText
    button: LazyText
    run: Callable[[T, Values, User], str]
    fits: Callable[[T], bool]
    form: type[ActForm] = ActForm
    roles: frozenset[str] = OFFICE
    icon: str = "point"
    about: LazyText | str = ""
    renamed: Mapping[str, str] | None = None

    @property
    def asks(self) -> bool:
        """Whether there is anything to fill in."""
        return bool(self.form.base_fields)


def offered(acts: Mapping[str, Act[T]], thing: T, user: User) -> dict[str, Act[T]]:
    """The acts that the thing and the person's role allow now, in their order."""
    return {name: act for name, act in acts.items() if user.has_role(*act.roles) and act.fits(thing)}

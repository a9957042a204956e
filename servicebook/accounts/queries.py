"""Reads of people and keys that several pages share."""

from django.db.models import Count, Q, QuerySet

from servicebook.accounts.models import ApiToken, Role, Team, User


def with_role(people: QuerySet[User], role: str) -> QuerySet[User]:
    """Those of `people` who have `role`; asked of the JSON list as text, which both engines can."""
    return people.filter(roles__icontains=f'"{role}"')


def teams() -> QuerySet[Team]:
    """Teams with their lead and how many active people they have (`size`)."""
    size = Count("members", filter=Q(members__is_active=True))
    return Team.objects.select_related("lead").annotate(size=size).order_by("name")


def keys_seen_by(user: User) -> QuerySet[ApiToken]:
    """The person's own keys; an administrator sees everybody's. Usable ones first, newest first."""
    keys = ApiToken.objects.select_related("user").order_by("revoked_at", "-pk")
    return keys if user.has_role(Role.ADMINISTRATOR) else keys.filter(user=user)

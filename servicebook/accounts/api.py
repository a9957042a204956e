"""Who is there: people, teams, and the person behind the token."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router

from servicebook.accounts.models import ApiToken, Team, User
from servicebook.accounts.requests import SignedInRequest
from servicebook.core import api
from servicebook.core.api import From, Out, answers

me = Router()
users = Router()
teams = Router()


class MeOut(Out):
    id: int
    name: str
    email: str
    roles: list[str]
    scopes: list[str]


class UserOut(Out):
    id: int
    name: str
    email: str
    roles: list[str]
    team: Annotated[int | None, From("team_id")]
    active: Annotated[bool, From("is_active")]


class TeamOut(Out):
    id: int
    name: str
    lead: Annotated[int | None, From("lead_id")]


@me.get("", response=answers(MeOut), summary="Read who this token is")
def read_me(request: SignedInRequest) -> HttpResponse:
    user = request.user
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    whole = {"id": user.pk, "name": user.name, "email": user.email, "roles": user.roles}
    return api.reply({**whole, "scopes": token.scopes})


@users.get("", response=answers(list[UserOut]), summary="List people of the house")
def list_users(request: SignedInRequest) -> HttpResponse:
    return api.every(User.objects.all(), UserOut)


@teams.get("", response=answers(list[TeamOut]), summary="List teams")
def list_teams(request: SignedInRequest) -> HttpResponse:
    return api.every(Team.objects.all(), TeamOut)

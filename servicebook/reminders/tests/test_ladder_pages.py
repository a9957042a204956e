"""Reminder rules are edited on a page; nothing that was typed is lost."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from servicebook.reminders.models import Ladder, Stage, What
from servicebook.testing import make_user, sign_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Any:
    manager = make_user("manager")
    client.force_login(manager)
    return manager


@pytest.fixture
def ladder(db: None) -> Ladder:
    ladder, _new = Ladder.objects.get_or_create(what=What.REVIEW, contract=None)
    ladder.stages.all().delete()
    Stage.objects.create(ladder=ladder, name="before-14", offset=14, step="Review it")
    return ladder


def typed(*stages: dict[str, Any], **head: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"active": "on", "stage-count": len(stages), **head}
    for at, one in enumerate(stages):
        whole = {"offset": 1, "unit": "days", "side": "before", "step": "Call", "step_owner": "owner",
                 "step_hours": 24, **one}  # fmt: skip
        data |= {f"stage-{at}-{name}": value for name, value in whole.items()}
    return data


@pytest.mark.req("S0.33")
def test_a_manager_changes_a_rule_and_stages_keep_their_names(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    address = reverse("reminders:ladder", args=["review"])
    assert b"Review it" in client.get(address).content

    answer = client.post(
        address, typed({"name": "before-14", "offset": 10}, {"offset": 2, "step": "Ask again"}, seen=0)
    )

    assert answer.status_code == 302
    rows = list(ladder.stages.order_by("-offset").values_list("name", "offset", "step"))
    assert rows == [("before-14", 10, "Call"), ("before-2", 2, "Ask again")]


@pytest.mark.req("S0.37")
def test_a_customer_is_told_only_what_asks_for_an_action(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    answer = client.post(
        reverse("reminders:ladder", args=["review"]), typed({"theirs": ["main"], "step": "My own words"})
    )
    assert answer.status_code == 422
    assert b"My own words" in answer.content
    assert ladder.stages.get().name == "before-14"


def test_one_more_stage_is_offered_without_judging_the_others(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    data = typed({"step": ""}, more="1")
    answer = client.post(reverse("reminders:ladder", args=["review"]), data)
    assert answer.status_code == 200
    assert b'name="stage-1-offset"' in answer.content
    assert ladder.stages.count() == 1


@pytest.mark.req("S0.33")
def test_two_stages_of_one_name_are_both_kept(client: Client, manager: Any, ladder: Ladder) -> None:
    name = {"name": "before-14"}
    client.post(
        reverse("reminders:ladder", args=["review"]), typed({**name, "offset": 9}, {**name, "offset": 14})
    )
    rows = list(ladder.stages.order_by("offset").values_list("name", "offset"))
    assert rows == [("before-14", 9), ("before-14-2", 14)]


@pytest.mark.parametrize(
    "stages",
    [
        [],
        [{"offset": 3}, {"offset": 3}],
        [{"offset": 2}, {"offset": 48, "unit": "hours"}],
        [{"needs_decision": "on"}],
        [{"step": "Call {custmer}: {title}"}],
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    client: Client, manager: Any, ladder: Ladder, stages: list[dict[str, Any]]
) -> None:
    answer = client.post(reverse("reminders:ladder", args=["review"]), typed(*stages))
    assert answer.status_code == 422
    assert ladder.stages.get().name == "before-14"


@pytest.mark.req("S0.37", "S0.41")
def test_only_texts_whose_fields_the_rule_fills_are_offered_and_taken(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    address = reverse("reminders:ladder", args=["review"])
    shown = client.get(address).content.decode()
    assert 'value="renewal_notice"' in shown
    assert 'value="reply_wanted"' not in shown

    asked = {"theirs": ["main"], "asks": "reply", "step": "My own words"}
    refused = client.post(address, typed({**asked, "text": "reply_wanted"}))
    assert refused.status_code == 422
    assert b"{asked_on}" in refused.content
    assert "My own words" in refused.content.decode()
    assert 'value="reply_wanted" selected' in refused.content.decode()
    assert client.post(address, typed({**asked, "text": "renewal_notice"})).status_code == 302


def test_a_text_that_never_fitted_is_shown_where_it_stands(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    ladder.stages.update(theirs=["main"], asks="reply", text="visit_moved")
    shown = client.get(reverse("reminders:ladder", args=["review"])).content.decode()
    assert 'value="visit_moved" selected' in shown


@pytest.mark.req("S0.40")
def test_the_rule_about_silence_ends_in_a_decision(client: Client, manager: Any) -> None:
    address = reverse("reminders:ladder", args=["silence"])
    after = {"side": "after", "unit": "hours", "theirs": ["main"], "asks": "reply", "text": "reply_wanted"}
    stages = [{**after, "offset": 48}, {**after, "offset": 72}]

    refused = client.post(address, typed(*stages, seen=0))
    assert refused.status_code == 422
    assert b"Silence ends in a decision" in refused.content

    stages[1]["needs_decision"] = "on"
    assert client.post(address, typed(*stages, seen=0)).status_code == 302
    assert Stage.objects.filter(ladder__what="silence", needs_decision=True).count() == 1


def test_who_looked_at_an_older_version_is_told(client: Client, manager: Any, ladder: Ladder) -> None:
    Ladder.objects.filter(pk=ladder.pk).update(version=4)
    answer = client.post(reverse("reminders:ladder", args=["review"]), typed({}, seen=3))
    assert answer.status_code == 422
    assert b"Somebody changed this rule" in answer.content


@pytest.mark.req("S0.33")
def test_a_contract_has_its_own_rule_and_gives_it_up(client: Client, manager: Any, ladder: Ladder) -> None:
    contract = sign_contract()
    address = reverse("reminders:own_ladder", args=[contract.number, "review"])
    assert b"Review it" in client.get(address).content

    client.post(address, typed({"offset": 30}))
    own = Ladder.objects.get(contract=contract)
    assert own.stages.get().offset == 30

    client.post(reverse("reminders:drop_own_ladder", args=[contract.number, "review"]))
    assert not Ladder.objects.filter(contract=contract).exists()
    assert ladder.stages.count() == 1


def test_pages_show_the_rules(client: Client, manager: Any, ladder: Ladder) -> None:
    page = client.get(reverse("reminders:ladders")).content.decode()
    assert "14 days before" in page
    assert client.get("/settings/reminders/nonsense/").status_code == 404


def test_a_stage_says_in_one_line_when_it_is_and_what_it_asks(
    client: Client, manager: Any, ladder: Ladder
) -> None:
    page = client.get(reverse("reminders:ladder", args=["review"])).content.decode()
    stage = page[page.index('id="stage-0"') :]
    opening, summary = stage[: stage.index(">")], stage[: stage.index("</summary>")]
    assert "open" not in opening
    assert "14 days before" in summary
    assert "Review it" in summary

    wrong = client.post(reverse("reminders:ladder", args=["review"]), typed({"step": ""}))
    assert b'id="stage-0" open' in wrong.content  # what is wrong is seen without a search
    one_more = client.post(reverse("reminders:ladder", args=["review"]), typed({}, more="1"))
    assert b'id="stage-0">' in one_more.content
    assert b'id="stage-1" open' in one_more.content

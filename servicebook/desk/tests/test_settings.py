"""Settings screens: reference data, fields without code, preferences."""

import pytest
from django.urls import reverse

from servicebook.accounts.models import Role
from servicebook.core import fields, preferences
from servicebook.core.models import FieldRule
from servicebook.customers.models import Site
from servicebook.equipment.models import AssetModel, Category
from servicebook.journal.models import Entry
from servicebook.testing import make_customer, make_site, make_user
from servicebook.tickets import reference as standard
from servicebook.tickets.models import QueueRule, Reason, WorkType

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, administrator):
    client.force_login(administrator)
    return client


def shown(client, route, *args, **query):
    answer = client.get(reverse(route, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_finds_the_settings_of_the_own_roles(client, administrator, engineer):
    client.force_login(administrator)
    assert "Queue rules" in shown(client, "desk:settings")
    client.force_login(engineer)
    page = shown(client, "desk:settings")
    assert "My settings" in page
    assert "Queue rules" not in page


@pytest.mark.req("S0.45", "S0.55")
def test_a_fresh_book_has_the_standard_reasons_and_work_types_once(admin):
    standard.ensure()
    standard.ensure()

    page = shown(admin, "tickets:reasons").partition("<main")[2]

    for reason in ("Failure", "Configuration", "Maintenance", "Consultation"):
        assert page.count(f">{reason}</a>") == 1
    assert {"diagnostics", "maintenance", "replacement"} <= set(
        WorkType.objects.values_list("code", flat=True)
    )


@pytest.mark.req("S0.45", "S0.55")
def test_a_reason_is_added_renamed_taken_out_of_use_and_moved(admin):
    standard.ensure()
    admin.post(reverse("tickets:reasons_add"), {"name": "Complaint about noise", "downtime_risk": "2"})
    reason = Reason.objects.get(name="Complaint about noise")
    assert reason.code == "complaint-about-noise"
    assert reason.position == max(Reason.objects.values_list("position", flat=True))

    admin.post(reverse("tickets:reasons_change", args=[reason.pk]), {"name": "Noise", "downtime_risk": "1"})
    admin.post(reverse("tickets:reasons_move", args=[reason.pk]), {"to": "up"})
    last = Reason.objects.order_by("position").last()
    admin.post(reverse("tickets:reasons_switch", args=[reason.pk]))

    reason.refresh_from_db()
    assert (reason.name, reason.code, reason.active) == ("Noise", "complaint-about-noise", False)
    assert last != reason
    verbs = list(Entry.objects.filter(subject_id=reason.pk, verb__startswith="reference").values_list("verb"))
    assert [verb for (verb,) in verbs] == [
        "reference.added",
        "reference.changed",
        "reference.moved",
        "reference.switched_off",
    ]


def test_a_name_in_another_script_has_a_code_too(admin):
    for name in ("Шум", "Вибрация"):
        admin.post(reverse("tickets:reasons_add"), {"name": name, "downtime_risk": "2"})

    codes = set(Reason.objects.filter(name__in=["Шум", "Вибрация"]).values_list("code", flat=True))

    assert len(codes) == 2


@pytest.mark.req("S0.55")
def test_models_and_categories_are_kept(admin):
    admin.post(reverse("equipment:categories_add"), {"name": "UPS"})
    category = Category.objects.get(name="UPS")
    for name in ("Smart 1500", "Smart 3000"):
        admin.post(reverse("equipment:models_add"), {"maker": "APC", "name": name, "category": category.pk})

    again = admin.post(reverse("equipment:models_add"), {"maker": "APC", "name": "Smart 1500"})

    assert AssetModel.objects.count() == 2
    assert "already exists" in again.content.decode()
    assert "Smart 3000" in shown(admin, "equipment:models", q="3000")
    assert "Smart 1500" not in shown(admin, "equipment:models", q="3000")


@pytest.mark.req("S2.2")
def test_a_queue_rule_says_when_and_who(admin, engineer):
    customer = make_customer(name="Plant 7")
    fields_ = {"customer": "plant 7", "owner": engineer.pk}

    admin.post(reverse("tickets:queue_rules_add"), fields_)
    wrong = admin.post(reverse("tickets:queue_rules_add"), {"customer": "Plant 8", "owner": engineer.pk})

    rule = QueueRule.objects.get()
    assert (rule.customer, rule.owner) == (customer, engineer)
    assert "No customer is called so" in wrong.content.decode()
    assert 'value="Plant 8"' in wrong.content.decode()
    assert "Plant 7" in shown(admin, "tickets:queue_rules")


@pytest.mark.req("S0.48", "S0.49", "S0.55")
def test_statuses_and_waiting_reasons_are_shown_with_their_meaning(client, engineer):
    client.force_login(engineer)
    page = shown(client, "tickets:statuses")

    for word in ("In queue", "In progress", "Pending approval", "Waiting", "Closed"):
        assert word in page
    for word in ("Part", "No site access", "Payment", "Client decision", "Delivery"):
        assert word in page


def test_a_list_costs_the_same_whatever_its_length(admin, engineer, django_assert_max_num_queries):
    for number in range(12):
        QueueRule.objects.create(owner=engineer, position=number, customer=make_customer())

    with django_assert_max_num_queries(6):
        shown(admin, "tickets:queue_rules")


def add_field(client, **values):
    return client.post(reverse("desk:fields_add"), {"kind": "text", "mandatory": "on"} | values)


@pytest.mark.req("S0.8")
def test_an_administrator_adds_a_mandatory_field_and_the_next_save_needs_it(admin):
    site = make_site()
    fields.check(site)

    add_field(admin, what="customers.site:", label="Floor plan number")

    rule = FieldRule.objects.get()
    assert (rule.entity, rule.name, rule.custom, rule.mandatory) == (
        "customers.site",
        "floor-plan-number",
        True,
        True,
    )
    with pytest.raises(fields.FieldsMissing) as refused:
        fields.check(site)
    assert refused.value.fields == {"floor-plan-number": "Floor plan number is mandatory here."}
    site.custom = {"floor-plan-number": " 12 "}
    fields.check(site)
    assert site.custom == {"floor-plan-number": "12"}


@pytest.mark.req("S0.8")
def test_a_built_in_field_is_made_mandatory_and_free_again(admin):
    site = make_site(address="")

    add_field(admin, what="customers.site:address")

    with pytest.raises(fields.FieldsMissing, match="Address is mandatory"):
        fields.check(site)
    rule = FieldRule.objects.get()
    admin.post(reverse("desk:fields_change", args=[rule.pk]), {})
    fields.check(site)
    admin.post(reverse("desk:fields_change", args=[rule.pk]), {"mandatory": "on"})
    with pytest.raises(fields.FieldsMissing):
        fields.check(site)
    admin.post(reverse("desk:fields_switch", args=[rule.pk]))
    fields.check(site)


@pytest.mark.req("S0.8")
def test_the_proposal_makes_about_ten_fields_mandatory_once(admin):
    assert "Make them mandatory" in shown(admin, "desk:fields")

    admin.post(reverse("desk:fields_proposal"))
    admin.post(reverse("desk:fields_proposal"))

    assert FieldRule.objects.filter(mandatory=True, active=True).count() == 10
    assert "Make them mandatory" not in shown(admin, "desk:fields")
    with pytest.raises(fields.FieldsMissing) as refused:
        fields.check(Site(customer=make_customer(), name="New"))
    assert {"address", "city", "responsible", "access_hours"} == set(refused.value.fields)


@pytest.mark.req("S0.8")
@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"what": "customers.site:", "label": ""}, "needs a name"),
        ({"what": "customers.site:", "label": "Colour", "kind": "choice", "choices": "red"}, "at least two"),
        ({"what": "customers.site:", "label": "FLOOR"}, "has a field of this name"),
        ({"what": "customers.site:pk", "label": "x"}, "Select a valid choice"),
        ({"what": "accounts.user:password", "label": "x"}, "Select a valid choice"),
        ({"what": "", "label": "x"}, "required"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_at_its_place(admin, values, word):
    add_field(admin, what="customers.site:", label="Floor")

    page = add_field(admin, **values).content.decode()

    assert word in page
    assert FieldRule.objects.count() == 1


@pytest.mark.req("S0.8")
@pytest.mark.parametrize(
    ("kind", "typed", "kept", "wrong"),
    [
        ("text", "  a  ", "a", None),
        ("number", "12,50", "12.50", "twelve"),
        ("date", "2026-12-31", "2026-12-31", "31.12"),
        ("choice", "red", "red", "blue"),
        ("yes_no", "on", True, None),
    ],
)
def test_each_kind_of_field_is_checked_and_kept_exactly(kind, typed, kept, wrong):
    FieldRule.objects.create(
        entity="customers.site", name="extra", label="Extra", kind=kind, choices=["red", "green"]
    )
    site = make_site(custom={"extra": typed})

    fields.check(site)
    assert site.custom == {"extra": kept}
    assert fields.shown(site) == {"Extra": kept}

    if wrong:
        site.custom = {"extra": wrong}
        with pytest.raises(fields.FieldsMissing) as refused:
            fields.check(site)
        assert list(refused.value.fields) == ["extra"]


def test_fields_stand_in_the_order_that_was_chosen_within_their_entity(admin):
    for entity, label in (("customers.site", "A"), ("equipment.asset", "Z"), ("customers.site", "B")):
        add_field(admin, what=f"{entity}:", label=label)

    admin.post(reverse("desk:fields_move", args=[FieldRule.objects.get(label="B").pk]), {"to": "up"})

    assert [rule.label for rule in fields.rules_for("customers.site")] == ["B", "A"]
    assert [rule.label for rule in fields.rules_for("equipment.asset")] == ["Z"]


def test_preferences_are_changed_recorded_and_refused_at_their_field(admin, manager):
    good = {
        "company": "Alatau Service",
        "currency": "KZT",
        "country": "KZ",
        "repeat_window_days": 14,
        "reopen_days": 7,
        "service_owner_id": manager.pk,
    }
    admin.post(reverse("desk:preferences"), good)
    assert preferences.current().company == "Alatau Service"
    assert preferences.current().service_owner_id == manager.pk
    assert "repeat_window_days: 30 → 14" in Entry.objects.get(verb="preferences.changed").facts["changes"]

    page = admin.post(reverse("desk:preferences"), good | {"repeat_window_days": 3, "company": "Other"})

    assert 'value="Other"' in page.content.decode()
    assert preferences.current().company == "Alatau Service"


def test_only_administrators_change_fields_and_preferences(client):
    client.force_login(make_user(Role.MANAGER))
    for route in ("desk:fields", "desk:fields_add", "desk:preferences"):
        assert client.get(reverse(route)).status_code == 403
    assert client.get(reverse("tickets:reasons")).status_code == 200

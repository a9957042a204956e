from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery


def name_their_contracts(apps: Any, schema_editor: Any) -> None:
    """What was called before is under its plan's contract, or the one of its day among those before that.

    Each row is written once: from the contract of its plan back, one statement for each term.
    """
    occurrences = apps.get_model("maintenance", "Occurrence").objects.filter(
        ticket__isnull=False, contract=None
    )
    plans = apps.get_model("maintenance", "Plan").objects
    term = "contract"
    while plans.filter(**{f"{term}__isnull": False}).exists():
        its_own = Q(**{f"plan__{term}__starts_on__lte": F("due_on")})
        rows = occurrences.filter(its_own | Q(**{f"plan__{term}__predecessor": None}))
        contract = plans.filter(pk=OuterRef("plan")).values(term)
        rows.filter(**{f"plan__{term}__isnull": False}).update(contract=Subquery(contract))
        term += "__predecessor"


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0003_milestones"),
        ("maintenance", "0006_plans_wait_for_their_contract"),
    ]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="contract",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contracts.contract",
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("contract__isnull", False)),
                fields=["contract", "due_on", "id"],
                name="occurrences_of_a_contract",
            ),
        ),
        # The last: while written rows wait for the check of their contracts, PostgreSQL makes no index.
        migrations.RunPython(name_their_contracts, migrations.RunPython.noop),
    ]

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import servicebook.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("maintenance", "0007_contract_of_what_was_called"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CallRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField(default=servicebook.core.clock.now)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("ids", models.JSONField(default=list)),
                ("total", models.PositiveIntegerField()),
                ("taken", models.PositiveIntegerField(default=0)),
                ("made", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)), fields=["id"], name="running_call_runs"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("taken__lt", models.F("total"))),
                            models.Q(("finished_at__isnull", False), ("taken", models.F("total"))),
                            _connector="OR",
                        ),
                        name="call_run_is_finished_exactly_when_all_is_taken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "taken__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("made"), "+", models.F("failed")
                                ),
                            )
                        ),
                        name="call_run_makes_no_more_than_it_takes",
                    ),
                ],
            },
        ),
    ]

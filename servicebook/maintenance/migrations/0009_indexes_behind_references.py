import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_decisions_end_silence"),
        ("equipment", "0001_initial"),
        ("files", "0001_initial"),
        ("maintenance", "0008_call_runs"),
        ("tickets", "0006_open_planned_tickets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="enrolment",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AlterField(
            model_name="worksheetline",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="maintenance.checklistitem"
            ),
        ),
        migrations.AddIndex(
            model_name="worksheetline",
            index=models.Index(
                condition=models.Q(("photo__isnull", False)), fields=["photo"], name="lines_with_a_photo"
            ),
        ),
        migrations.AddIndex(
            model_name="worksheetline",
            index=models.Index(
                condition=models.Q(("follow_up__isnull", False)),
                fields=["follow_up"],
                name="lines_with_a_follow_up",
            ),
        ),
    ]

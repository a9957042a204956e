from django.db import migrations

from servicebook.tickets import standard


def install(apps, schema_editor):
    standard.install(apps.get_model("tickets", "Reason"), apps.get_model("tickets", "WorkType"))


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

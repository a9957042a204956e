from django.db import migrations

from servicebook.sla import standard


def install(apps, schema_editor):
    standard.install(apps.get_model("sla", "ServiceHours"))


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

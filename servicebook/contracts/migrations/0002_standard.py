from django.db import migrations

from servicebook.contracts import standard


def install(apps, schema_editor):
    standard.install(apps.get_model("contracts", "RefusalReason"))


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

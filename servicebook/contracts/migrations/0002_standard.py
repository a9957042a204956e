from django.db import migrations

from servicebook.contracts import standard


def install(apps, schema_editor):
    standard.install(
        apps.get_model("contracts", "RefusalReason"),
        apps.get_model("contracts", "ContractTemplate"),
        apps.get_model("sla", "ServiceHours"),
    )


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("sla", "0002_standard")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]

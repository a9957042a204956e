from django.db import migrations

from servicebook.search import engines


def install(apps, schema_editor):
    engines.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("search", "0002_url_and_kind")]
    operations = [migrations.RunPython(install)]

from typing import Any

from django.db import migrations

from servicebook.search import engines


def with_kind(apps: Any, schema_editor: Any) -> None:
    """Put the kind into the trigram index of PostgreSQL."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP INDEX IF EXISTS search_trigrams")
    engines.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("search", "0003_trigrams")]
    operations = [migrations.RunPython(with_kind, migrations.RunPython.noop)]

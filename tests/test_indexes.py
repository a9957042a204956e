"""Every reference can be followed backwards without reading a whole table."""

import pytest
from django.apps import apps
from django.db import connection


@pytest.mark.postgres  # Django cannot read all of our indexes on SQLite; the models are the same
@pytest.mark.django_db
def test_every_foreign_key_has_an_index():
    missing = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model.__module__.startswith("servicebook."):
                continue
            found = connection.introspection.get_constraints(cursor, model._meta.db_table).values()
            indexed = [one["columns"] for one in found if one["index"] or one["unique"]]
            leading = {columns[0] for columns in indexed if columns}
            missing += [
                f"{model._meta.db_table}.{field.column}"
                for field in model._meta.concrete_fields
                if field.remote_field and field.column not in leading
            ]
    assert missing == []

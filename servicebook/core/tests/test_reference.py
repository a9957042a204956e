import pytest

from servicebook.core import preferences, reference
from servicebook.core.errors import Refused
from servicebook.core.models import Preferences, ReferenceStamp

pytestmark = pytest.mark.django_db


def test_reference_data_is_loaded_once_and_again_after_a_change():
    loads = []

    def load():
        loads.append(1)
        return len(loads)

    assert [reference.get("x", load), reference.get("x", load)] == [1, 1]
    reference.changed()
    assert reference.get("x", load) == 2


def test_a_change_in_another_process_is_seen_at_the_next_look(monkeypatch):
    assert preferences.current().repeat_window_days == 30
    # Another process writes and raises the counter; this one has not been told.
    Preferences.objects.create(pk=1, values={"repeat_window_days": 14})
    ReferenceStamp.objects.update_or_create(pk=1, defaults={"count": 99})
    assert preferences.current().repeat_window_days == 30

    monkeypatch.setattr(reference, "_looked_at", float("-inf"))

    assert preferences.current().repeat_window_days == 14


def test_preferences_cost_no_statement_when_nothing_changed(django_assert_num_queries):
    preferences.current()

    with django_assert_num_queries(0):
        preferences.current()


@pytest.mark.req("S0.65")
@pytest.mark.parametrize(("days", "fits"), [(6, False), (7, True), (30, True), (31, False)])
def test_the_repeat_window_is_7_to_30_days(days, fits):
    if fits:
        assert preferences.choose(repeat_window_days=days).repeat_window_days == days
    else:
        with pytest.raises(Refused) as refused:
            preferences.choose(repeat_window_days=days)
        assert list(refused.value.fields) == ["repeat_window_days"]
        assert preferences.current().repeat_window_days == 30

from datetime import UTC

from django.db import migrations
from django.db.models import F

from servicebook.reminders import standard

# What was fixed before is a stage of a ladder now. Renamed, it is neither lost nor said a second time.
TAKEN_OVER = {
    ("contracts.renewal", "prepare"): ("reminders.renewal", "before-90"),
    ("contracts.renewal", "notice_60"): ("reminders.renewal", "before-60"),
    ("contracts.renewal", "notice_30"): ("reminders.renewal", "before-30"),
    ("contracts.renewal", "notice_7"): ("reminders.renewal", "before-7"),
    ("contracts.review", ""): ("reminders.review", "before-14"),
    ("messaging.promise_overdue", ""): ("reminders.promise", "on-time"),
}


def install(apps, schema_editor):
    Ladder = apps.get_model("reminders", "Ladder")
    new = standard.install(Ladder, apps.get_model("reminders", "Stage"))
    if apps.get_model("customers", "Customer").objects.exists():
        _arm_what_is_there(apps, new)
    else:
        Ladder.objects.update(followed=F("changed_at"))


def take_over(apps, schema_editor):
    rows = apps.get_model("agenda", "Obligation").objects
    for (kind, stage), (new_kind, new_stage) in TAKEN_OVER.items():
        rows.filter(kind=kind, stage=stage).update(kind=new_kind, stage=new_stage)


def give_back(apps, schema_editor):
    rows = apps.get_model("agenda", "Obligation").objects
    for (kind, stage), (new_kind, new_stage) in TAKEN_OVER.items():
        rows.filter(kind=new_kind, stage=new_stage).update(kind=kind, stage=stage)


def _arm_what_is_there(apps, ladders):
    """What was here before the ladders follows them as after a change of theirs, step by step."""
    Obligation = apps.get_model("agenda", "Obligation")
    kind, _new = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="reminders", model="ladder"
    )
    for ladder in ladders:
        Obligation.objects.create(
            kind="reminders.ladder_changed",
            subject_type=kind,
            subject_id=ladder.pk,
            occurrence=ladder.changed_at.astimezone(UTC).isoformat(),
            lane=2,
            due_at=ladder.changed_at,
            ready_at=ladder.changed_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0002_follow_changes"),
        ("agenda", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunPython(install, migrations.RunPython.noop),
        migrations.RunPython(take_over, give_back),
    ]

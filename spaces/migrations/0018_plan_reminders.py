"""What was announced before there were reminders gets them, too."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

# As the settings have them by default; what is moved is planned anew by what they are then.
BEFORE = {
    "host_soon": timedelta(minutes=30),
    "soon": timedelta(minutes=10),
    "host_start": timedelta(0),
}
LATE = timedelta(minutes=15)


def plan(apps, schema_editor):
    Space, Bulletin = apps.get_model("spaces", "Space"), apps.get_model("spaces", "Bulletin")
    now = timezone.now()
    planned = (
        Bulletin(
            space=space,
            kind=kind,
            speaks_of=space.scheduled_for,
            due_at=space.scheduled_for - ahead,
            expires_at=space.scheduled_for - ahead + LATE,
        )
        for space in Space.objects.filter(state="scheduled").only("pk", "scheduled_for").iterator()
        for kind, ahead in BEFORE.items()
        if space.scheduled_for - ahead > now
    )
    Bulletin.objects.bulk_create(planned, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("spaces", "0017_reminders")]

    operations = [migrations.RunPython(plan, migrations.RunPython.noop)]

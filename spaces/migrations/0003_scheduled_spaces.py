from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("spaces", "0002_topics"),
    ]

    operations = [
        migrations.AlterField(
            model_name="space",
            name="state",
            field=models.CharField(
                choices=[
                    ("scheduled", "Scheduled"),
                    ("live", "Live"),
                    ("ended", "Ended"),
                    ("cancelled", "Cancelled"),
                ],
                default="live",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="scheduled_for",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="space",
            name="started_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="space",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("started_at__isnull", False), ("state__in", ["live", "ended"])),
                    models.Q(
                        models.Q(("state__in", ["live", "ended"]), _negated=True),
                        ("started_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="spaces_space_started_at_iff_started",
            ),
        ),
        migrations.AddConstraint(
            model_name="space",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["live", "ended"]),
                    ("scheduled_for__isnull", False),
                    _connector="OR",
                ),
                name="spaces_space_unstarted_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="space",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "scheduled")),
                fields=("host", "scheduled_for"),
                name="spaces_space_one_per_host_and_time",
            ),
        ),
        migrations.AddIndex(
            model_name="space",
            index=models.Index(
                condition=models.Q(("state", "scheduled")),
                fields=["scheduled_for", "id"],
                name="spaces_space_upcoming",
            ),
        ),
        migrations.AddIndex(
            model_name="space",
            index=models.Index(
                condition=models.Q(("state", "ended")),
                fields=["-ended_at", "-id"],
                name="spaces_space_ended_lately",
            ),
        ),
    ]

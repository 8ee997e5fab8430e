import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spaces", "0016_space_cancel_reason"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("wants_early", models.BooleanField(default=False)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "space",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="spaces.space",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["space", "id"], name="spaces_reminder_of_space"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("space", "user"), name="spaces_reminder_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bulletin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("host_soon", "the host: it starts soon"),
                            ("host_start", "the host: it is time"),
                            ("soon", "it starts soon"),
                            ("started", "it has started"),
                            ("invited_live", "it is live, to who is invited"),
                            ("live", "it is live, to followers"),
                            ("moved", "it was moved"),
                            ("cancelled", "it was called off"),
                            ("restored", "it takes place after all"),
                            ("no_show", "its host did not come"),
                            ("host_no_show", "the host: it was called off"),
                        ],
                        max_length=12,
                    ),
                ),
                ("speaks_of", models.DateTimeField()),
                ("instead_of", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "told"),
                            ("dropped", "dropped: too late"),
                            ("off", "off: not true any more"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0)),
                ("told_count", models.PositiveIntegerField(default=0)),
                ("left_out_count", models.PositiveIntegerField(default=0)),
                ("untold_count", models.PositiveIntegerField(default=0)),
                ("worked_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "space",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulletins",
                        to="spaces.space",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(state="waiting"),
                        fields=["due_at"],
                        name="spaces_bulletin_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(state="waiting"),
                        fields=("space", "kind"),
                        name="spaces_bulletin_one_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(settled_at__isnull=True, state="waiting")
                        | (~models.Q(state="waiting") & models.Q(settled_at__isnull=False)),
                        name="spaces_bulletin_settled_iff_not_waiting",
                    ),
                ],
            },
        ),
    ]

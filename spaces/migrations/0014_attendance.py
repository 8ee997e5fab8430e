import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spaces", "0013_calendar_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "space",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="attendance",
                        serialize=False,
                        to="spaces.space",
                    ),
                ),
                ("peak", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("is_estimate", models.BooleanField(default=False)),
                ("counted_since", models.DateTimeField(blank=True, null=True)),
                ("counted_before", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("peak__lte", models.F("total"))),
                        name="spaces_attendance_peak_within_total",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AudienceMinute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minute", models.DateTimeField()),
                ("listeners", models.PositiveIntegerField(default=0)),
                ("joined", models.PositiveIntegerField(default=0)),
                (
                    "space",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audience_minutes",
                        to="spaces.space",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("space", "minute"), name="spaces_audienceminute_one_of_a_minute"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SpaceSource",
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
                            ("home", "Home and lists"),
                            ("topic", "A topic"),
                            ("profile", "A profile"),
                            ("link", "A shared link"),
                            ("site", "Another site"),
                            ("direct", "Directly"),
                        ],
                        max_length=10,
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0)),
                (
                    "space",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sources",
                        to="spaces.space",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("space", "kind"), name="spaces_spacesource_one_of_a_kind"
                    )
                ],
            },
        ),
    ]

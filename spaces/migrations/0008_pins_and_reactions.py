import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_follow_lists"),
        ("spaces", "0007_comments"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pin",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("url", models.CharField(blank=True, max_length=500)),
                ("text", models.CharField(blank=True, max_length=280)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("site", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("fetching", "being looked at"),
                            ("ready", "ready"),
                            ("failed", "not readable"),
                        ],
                        default="ready",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("unpinned_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReactionCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reaction",
                    models.CharField(
                        choices=[
                            ("applause", "Applause"),
                            ("heart", "Heart"),
                            ("laugh", "Laughing"),
                            ("celebrate", "Celebrating"),
                            ("wave", "Wave"),
                        ],
                        max_length=10,
                    ),
                ),
                ("count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="pin",
            name="pinned_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pins",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pin",
            name="space",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pins", to="spaces.space"
            ),
        ),
        migrations.AddField(
            model_name="reactioncount",
            name="space",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reactions",
                to="spaces.space",
            ),
        ),
        migrations.AddIndex(
            model_name="pin",
            index=models.Index(
                condition=models.Q(("unpinned_at__isnull", True)),
                fields=["space", "-id"],
                name="spaces_pin_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="pin",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("url", ""), _negated=True),
                    models.Q(("text", ""), _negated=True),
                    _connector="OR",
                ),
                name="spaces_pin_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="reactioncount",
            constraint=models.UniqueConstraint(
                fields=("space", "reaction"), name="spaces_reactioncount_one_of_a_kind"
            ),
        ),
    ]

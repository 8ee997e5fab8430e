import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_follow_lists"),
        ("spaces", "0004_participant_left_stage_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="hand_raised_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="is_unnamed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="participant",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="participant",
            name="removed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="participant",
            name="talk_ms",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="participant",
            name="turn_ends_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="space",
            name="acting_host",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="spaces.participant",
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="allows_unnamed",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="space",
            name="comment_every_s",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="space",
            name="end_announced_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="space",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("host", "ended by the host"),
                    ("host_lost", "the host did not come back"),
                    ("max_length", "the longest time was reached"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="first_timers_first",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="space",
            name="host_away_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="space",
            name="stage_size",
            field=models.CharField(
                choices=[("small", "Small"), ("standard", "Standard"), ("large", "Large")],
                default="standard",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="takes_requests",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="space",
            name="turn_s",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="space",
            name="visibility",
            field=models.CharField(
                choices=[
                    ("public", "Everyone"),
                    ("signed_in", "Everyone with an account"),
                    ("followers", "People who follow you"),
                    ("invited", "Only people you invite"),
                ],
                default="public",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="who_may_comment",
            field=models.CharField(
                choices=[
                    ("everyone", "Everyone with an account"),
                    ("followers", "People who follow you"),
                    ("off", "Nobody"),
                ],
                default="everyone",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="speakrequest",
            name="is_first_time",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="speakrequest",
            name="question",
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AddField(
            model_name="speakrequest",
            name="rank",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="participant",
            name="role",
            field=models.CharField(
                choices=[
                    ("host", "Host"),
                    ("co_host", "Co-host"),
                    ("speaker", "Speaker"),
                    ("listener", "Listener"),
                ],
                default="listener",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", "listener"), _negated=True),
                    models.Q(("hand_raised_at__isnull", True), ("turn_ends_at__isnull", True)),
                    _connector="OR",
                ),
                name="spaces_participant_hand_and_turn_on_stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True), ("role", "listener"), _connector="OR"
                ),
                name="spaces_participant_removed_is_listener",
            ),
        ),
        migrations.AddConstraint(
            model_name="space",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("acting_host__isnull", True),
                    ("host_away_since__isnull", False),
                    _connector="OR",
                ),
                name="spaces_space_acting_only_while_host_is_away",
            ),
        ),
    ]

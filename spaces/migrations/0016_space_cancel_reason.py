from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0015_topic_follow")]

    operations = [
        migrations.AddField(
            model_name="space",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("host", "called off by the host"),
                    ("host_late", "the host did not come"),
                ],
                max_length=10,
            ),
        ),
    ]

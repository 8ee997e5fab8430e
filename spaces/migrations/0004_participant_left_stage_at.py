from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0003_scheduled_spaces")]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="left_stage_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_follow_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="listens_unnamed",
            field=models.BooleanField(default=False),
        ),
    ]

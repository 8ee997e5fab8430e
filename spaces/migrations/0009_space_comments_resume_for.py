from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0008_pins_and_reactions")]

    operations = [
        migrations.AddField(
            model_name="space",
            name="comments_resume_for",
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
    ]

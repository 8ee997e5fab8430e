import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("spaces", "0011_search")]

    operations = [
        migrations.AddField(
            model_name="space",
            name="moved_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="space",
            name="announced_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
    ]

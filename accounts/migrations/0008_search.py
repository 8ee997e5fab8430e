import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from config import terms

BATCH = 2_000


def write_search(apps, schema_editor):
    """As `User.write_search` does."""
    users = apps.get_model("accounts", "User").objects.order_by("pk")
    last = 0
    while batch := list(users.filter(pk__gt=last).only("pk", "handle", "name")[:BATCH]):
        for user in batch:
            words = terms.terms(f"{user.handle} {user.name}")
            user.search_trigrams = terms.trigrams([f"@{user.handle.lower()}", *words])
        users.bulk_update(batch, ["search_trigrams"], batch_size=200)
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_listens_unnamed"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="search_trigrams",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_trigrams"], name="accounts_user_search"
            ),
        ),
        migrations.RunPython(write_search, migrations.RunPython.noop),
    ]

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

from config import terms

BATCH = 1_000


def write_search(apps, schema_editor):
    """As `Space.write_search` does."""
    spaces = apps.get_model("spaces", "Space").objects.order_by("pk")
    last = 0
    while batch := list(
        spaces.filter(pk__gt=last).only("pk", "title").prefetch_related("topics")[:BATCH]
    ):
        for space in batch:
            names = [topic.name for topic in space.topics.all()]
            words = terms.terms(" ".join([space.title, *names]))
            space.search_text, space.search_trigrams = " ".join(words), terms.trigrams(words)
        spaces.bulk_update(batch, ["search_text", "search_trigrams"], batch_size=200)
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("spaces", "0010_pin_unpinned_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="space",
            name="search_text",
            field=models.TextField(default="", editable=False),
        ),
        migrations.AddField(
            model_name="space",
            name="search_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.contrib.postgres.search.SearchVector(
                    "search_text", config="simple"
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddField(
            model_name="space",
            name="search_trigrams",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, editable=False, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="space",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_words"], name="spaces_space_search_words"
            ),
        ),
        migrations.AddIndex(
            model_name="space",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search_trigrams"], name="spaces_space_search_trigrams"
            ),
        ),
        migrations.RunPython(write_search, migrations.RunPython.noop),
    ]

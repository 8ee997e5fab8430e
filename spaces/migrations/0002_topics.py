from django.db import migrations
from django.utils.text import slugify

# A start that the operator changes in admin.
NAMES = (
    "Books",
    "Business",
    "Coast",
    "Culture",
    "Food",
    "Games",
    "Health",
    "History",
    "Local",
    "Music",
    "News",
    "Science",
    "Sport",
    "Technology",
    "Transport",
)


def add_topics(apps, schema_editor):
    topic = apps.get_model("spaces", "Topic")
    topic.objects.bulk_create(
        [topic(name=name, slug=slugify(name)) for name in NAMES], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("spaces", "0001_initial")]

    operations = [migrations.RunPython(add_topics, migrations.RunPython.noop)]

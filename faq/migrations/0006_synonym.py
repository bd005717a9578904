"""Synonyms become editors' to change; they begin with the list that came with the product."""

import tomllib
from pathlib import Path
from typing import Any

from django.db import migrations, models

FILE = Path(__file__).resolve().parent.parent / "search" / "synonyms.toml"


def seed(apps: Any, schema_editor: Any) -> None:
    """A word belongs to one group: the last that names it, as the list was read before."""
    with FILE.open("rb") as file:
        groups = tomllib.load(file)["concepts"]
    owner = {word: concept for concept, words in groups.items() for word in words}
    apps.get_model("faq", "Synonym").objects.bulk_create(
        apps.get_model("faq", "Synonym")(concept=concept, words=[w for w in words if owner[w] == concept])
        for concept, words in groups.items()
    )


class Migration(migrations.Migration):
    dependencies = [("faq", "0005_editing")]

    operations = [
        migrations.CreateModel(
            name="Synonym",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("concept", models.CharField(max_length=30, unique=True, verbose_name="名称")),
                ("words", models.JSONField(default=list, verbose_name="说法")),
                ("previous", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={"ordering": ("concept",)},
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]

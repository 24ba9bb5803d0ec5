"""The ministry's list of clinical subjects (诊疗科目名录), as shipped in hospitals/data."""

import csv
from pathlib import Path

from django.db import migrations

LIST = Path(__file__).resolve().parents[1] / "data" / "clinical_subjects.csv"


def _rows():
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(apps, schema_editor):
    subject = apps.get_model("hospitals", "ClinicalSubject")
    rows = _rows()
    for level in ([row for row in rows if not row["parent_code"]], [row for row in rows if row["parent_code"]]):
        subject.objects.bulk_create(
            subject(code=row["code"], name=row["name"], parent_id=row["parent_code"] or None) for row in level
        )


def unload(apps, schema_editor):
    """Children first. Departments that name a subject protect it: the database is then left as it is."""
    subject = apps.get_model("hospitals", "ClinicalSubject")
    codes = [row["code"] for row in _rows()]
    subject.objects.filter(code__in=codes, parent__isnull=False).delete()
    subject.objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("hospitals", "0001_tables")]

    operations = [migrations.RunPython(load, unload, elidable=False)]

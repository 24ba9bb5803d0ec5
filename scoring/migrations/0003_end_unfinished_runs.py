"""Runs from before runs could be gone on with: those that did not finish never will."""

from typing import Any

from django.db import migrations


def abandon(apps: Any, schema_editor: Any) -> None:
    apps.get_model("scoring", "ScoringRun").objects.filter(finished_at__isnull=True).update(state="abandoned")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_versioned_policy_runs_indicators_uploads")]

    operations = [migrations.RunPython(abandon, migrations.RunPython.noop)]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0005_uploads_that_wait_or_are_withdrawn"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="scoringrun",
            name="done_up_to",
        ),
        migrations.RemoveField(
            model_name="scoringrun",
            name="patients_expected",
        ),
        migrations.RemoveField(
            model_name="scoringrun",
            name="patients_seen",
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="steps_done",
            field=models.PositiveIntegerField(default=0, verbose_name="已完成步数"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="steps_expected",
            field=models.PositiveIntegerField(default=0, verbose_name="总步数"),
        ),
        migrations.CreateModel(
            name="ScoringBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("after", models.BigIntegerField()),
                ("up_to", models.BigIntegerField()),
                ("is_done", models.BooleanField(default=False)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("moved_up", models.PositiveIntegerField(default=0)),
                ("moved_down", models.PositiveIntegerField(default=0)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="scoring.scoringrun",
                        verbose_name="批次",
                    ),
                ),
            ],
            options={
                "verbose_name": "评分分批",
                "verbose_name_plural": "评分分批",
                "constraints": [models.UniqueConstraint(fields=("run", "after"), name="scoring_batch_once")],
            },
        ),
    ]

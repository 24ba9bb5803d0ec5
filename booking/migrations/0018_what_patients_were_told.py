import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0017_index_of_misses"),
        ("hospitals", "0006_contacts_have_name_and_phone"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsultationPace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("consultations", models.PositiveIntegerField(verbose_name="就诊数")),
                ("mean_minutes", models.FloatField(verbose_name="平均时长（分钟）")),
                ("cv", models.FloatField(help_text="标准差 ÷ 平均值。", verbose_name="变异系数")),
                ("computed_at", models.DateTimeField(verbose_name="统计时间")),
            ],
            options={
                "verbose_name": "就诊时长",
                "verbose_name_plural": "就诊时长",
            },
        ),
        migrations.CreateModel(
            name="WaitCalibration",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("low_deviations", models.FloatField(verbose_name="下限（标准差）")),
                ("high_deviations", models.FloatField(verbose_name="上限（标准差）")),
                ("entries", models.PositiveIntegerField(verbose_name="依据的候诊数")),
                ("held", models.PositiveIntegerField(verbose_name="其中在预估范围内")),
                ("computed_at", models.DateTimeField(verbose_name="统计时间")),
            ],
            options={
                "verbose_name": "候诊预估",
                "verbose_name_plural": "候诊预估",
            },
        ),
        migrations.AddField(
            model_name="queueentry",
            name="first_called_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="首次叫号时间"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_ahead",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="预估时前面人数"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="预估时间"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_deviation_minutes",
            field=models.FloatField(blank=True, null=True, verbose_name="预估标准差（分钟）"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_high_minutes",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="预估最长（分钟）"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_low_minutes",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="预估最短（分钟）"),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="told_mean_minutes",
            field=models.FloatField(blank=True, null=True, verbose_name="预估均值（分钟）"),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(condition=models.Q(("told_at__isnull", False)), fields=["hospital", "told_at"], name="queue_told"),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(fields=["hospital", "finished_at"], name="queue_finished"),
        ),
        migrations.AddField(
            model_name="consultationpace",
            name="department",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hospitals.department", verbose_name="科室"
            ),
        ),
        migrations.AddField(
            model_name="consultationpace",
            name="doctor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.doctor",
                verbose_name="医生",
            ),
        ),
        migrations.AddField(
            model_name="consultationpace",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hospitals.hospital", verbose_name="医院"
            ),
        ),
        migrations.AddField(
            model_name="waitcalibration",
            name="hospital",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="wait_calibration",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationpace",
            constraint=models.UniqueConstraint(
                fields=("hospital", "department", "doctor"), name="pace_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationpace",
            constraint=models.CheckConstraint(condition=models.Q(("cv__gte", 0), ("mean_minutes__gt", 0)), name="pace_possible"),
        ),
        migrations.AddConstraint(
            model_name="waitcalibration",
            constraint=models.CheckConstraint(
                condition=models.Q(("high_deviations__gt", models.F("low_deviations"))), name="calibration_is_a_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitcalibration",
            constraint=models.CheckConstraint(
                condition=models.Q(("held__lte", models.F("entries"))), name="calibration_held_within"
            ),
        ),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import booking.models.appointments


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_tokens_valid_from"),
        ("booking", "0012_index_of_waits_in_vain"),
        ("hospitals", "0005_perks_and_hot_pins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Entitlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("free-move", "免费改约"),
                            ("coupon", "优惠券"),
                            ("examination", "免费检查"),
                            ("named-contact", "专属客服"),
                            ("queue-free", "免排队登记"),
                        ],
                        max_length=16,
                        verbose_name="权益",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[("A", "A 级"), ("B", "B 级"), ("C", "C 级"), ("D", "D 级"), ("unrated", "未评级")],
                        max_length=8,
                        verbose_name="授予时等级",
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=booking.models.appointments.new_appointment_code,
                        editable=False,
                        max_length=16,
                        unique=True,
                        verbose_name="核销码",
                    ),
                ),
                ("serial", models.PositiveSmallIntegerField(default=1, verbose_name="序号")),
                ("starts_at", models.DateTimeField(verbose_name="生效时间")),
                ("ends_at", models.DateTimeField(verbose_name="失效时间")),
                ("terms", models.JSONField(blank=True, default=dict, verbose_name="内容")),
                (
                    "granted_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="授予时间"),
                ),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用时间")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="收回时间")),
                ("withdrawn_reason", models.CharField(blank=True, default="", max_length=200, verbose_name="收回原因")),
            ],
            options={
                "verbose_name": "权益",
                "verbose_name_plural": "权益",
                "ordering": ["-starts_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PastStanding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of", models.DateField(verbose_name="截至日期")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="总预约次数")),
                ("fulfilled", models.PositiveIntegerField(default=0, verbose_name="履约数")),
                ("unattended", models.PositiveIntegerField(default=0, verbose_name="预约未到数")),
                ("cancelled", models.PositiveIntegerField(default=0, verbose_name="取消预约数")),
                ("missed", models.PositiveIntegerField(default=0, verbose_name="失约数")),
                ("score", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="综合评分")),
                (
                    "tier",
                    models.CharField(
                        choices=[("A", "A 级"), ("B", "B 级"), ("C", "C 级"), ("D", "D 级"), ("unrated", "未评级")],
                        default="unrated",
                        max_length=8,
                        verbose_name="等级",
                    ),
                ),
                ("held_from", models.DateTimeField(verbose_name="起")),
                ("held_until", models.DateTimeField(verbose_name="止")),
            ],
            options={
                "verbose_name": "历史等级",
                "verbose_name_plural": "历史等级",
                "ordering": ["-held_until", "-id"],
            },
        ),
        migrations.CreateModel(
            name="StandingDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visit_date", models.DateField()),
            ],
            options={
                "verbose_name": "待重新评分",
                "verbose_name_plural": "待重新评分",
            },
        ),
        migrations.RemoveIndex(
            model_name="appointment",
            name="appointment_to_score",
        ),
        migrations.AddField(
            model_name="appointment",
            name="miss_probability",
            field=models.FloatField(blank=True, editable=False, null=True, verbose_name="预计爽约概率"),
        ),
        migrations.AlterField(
            model_name="standing",
            name="hospital",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="standings",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AlterField(
            model_name="standing",
            name="patient",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="standings",
                to="accounts.patient",
                verbose_name="就诊人",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("outcome", ""), _negated=True),
                fields=["hospital", "patient", "visit_date"],
                include=("outcome",),
                name="appointment_to_score",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("outcome", ""), _negated=True),
                fields=["hospital", "visit_date"],
                name="appointment_closed_by_day",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="earned_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="earned_entitlements",
                to="booking.appointment",
                verbose_name="因哪次就诊",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entitlements",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entitlements",
                to="accounts.patient",
                verbose_name="就诊人",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="used_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="核销人",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="used_for",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="used_entitlements",
                to="booking.appointment",
                verbose_name="用于哪次预约",
            ),
        ),
        migrations.AddField(
            model_name="paststanding",
            name="hospital",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="paststanding",
            name="patient",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="past_standings",
                to="accounts.patient",
                verbose_name="就诊人",
            ),
        ),
        migrations.AddField(
            model_name="standingdue",
            name="hospital",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.hospital",
            ),
        ),
        migrations.AddField(
            model_name="standingdue",
            name="patient",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.patient",
            ),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(fields=["patient", "hospital", "ends_at"], name="entitlement_by_patient"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("earned_by__isnull", True)),
                fields=("hospital", "patient", "kind", "starts_at", "serial"),
                name="entitlement_once_a_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("earned_by__isnull", False)), fields=("earned_by", "kind"), name="entitlement_once_a_visit"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="entitlement_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("used_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"),
                name="entitlement_used_or_withdrawn",
            ),
        ),
        migrations.AddIndex(
            model_name="paststanding",
            index=models.Index(fields=["patient", "hospital", "held_until"], name="past_standing_by_patient"),
        ),
        migrations.AddIndex(
            model_name="standingdue",
            index=models.Index(fields=["hospital", "patient"], name="standing_due_by_patient"),
        ),
    ]

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_tokens_valid_from"),
        ("hospitals", "0005_perks_and_hot_pins"),
        ("scoring", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CountsUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                ("sha256", models.CharField(editable=False, max_length=64, verbose_name="文件摘要")),
                ("counted_until", models.DateField(help_text="文件中的次数统计到哪一天。", verbose_name="统计截止日期")),
                (
                    "counts_towards_standing",
                    models.BooleanField(
                        default=False,
                        help_text="勾选后，能按就诊卡号找到的患者，这些次数计入其履约等级，直到超出评分窗口。",
                        verbose_name="计入履约等级",
                    ),
                ),
                ("rows", models.PositiveIntegerField(verbose_name="人数")),
                (
                    "flagged",
                    models.PositiveIntegerField(help_text="四项之和不等于总预约次数，按原样计算。", verbose_name="次数不平人数"),
                ),
                ("matched", models.PositiveIntegerField(default=0, verbose_name="匹配到就诊人")),
                ("tiers", models.JSONField(default=dict, verbose_name="各级人数")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
            ],
            options={
                "verbose_name": "次数导入",
                "verbose_name_plural": "次数导入",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MissModel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("trained_at", models.DateTimeField(verbose_name="训练时间")),
                ("kind", models.CharField(max_length=40, verbose_name="模型")),
                ("parameters", models.JSONField(verbose_name="参数")),
                ("learnt_from", models.PositiveIntegerField(verbose_name="训练预约数")),
                ("learnt_until", models.DateField(verbose_name="训练截止日期")),
                ("tested_on", models.PositiveIntegerField(verbose_name="检验预约数")),
                ("miss_rate", models.FloatField(verbose_name="检验期失约率")),
                ("auc", models.FloatField(blank=True, null=True, verbose_name="AUC")),
                ("brier", models.FloatField(verbose_name="Brier 评分")),
                (
                    "brier_baseline",
                    models.FloatField(help_text="对所有预约都给出训练期平均失约率时的评分。", verbose_name="Brier 基线"),
                ),
                (
                    "calibration",
                    models.JSONField(default=list, help_text="按预计概率分组：预计、实际、人次。", verbose_name="校准"),
                ),
                ("is_in_use", models.BooleanField(default=True, help_text="不优于基线的模型不使用。", verbose_name="使用中")),
            ],
            options={
                "verbose_name": "爽约概率模型",
                "verbose_name_plural": "爽约概率模型",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MonthDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
            ],
            options={
                "verbose_name": "待重新统计的月份",
                "verbose_name_plural": "待重新统计的月份",
            },
        ),
        migrations.CreateModel(
            name="MonthlyIndicator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="该月第一天。", verbose_name="月份")),
                ("total", models.PositiveIntegerField(verbose_name="总预约次数")),
                ("fulfilled", models.PositiveIntegerField(verbose_name="履约数")),
                ("unattended", models.PositiveIntegerField(verbose_name="预约未到数")),
                ("cancelled", models.PositiveIntegerField(verbose_name="取消预约数")),
                ("missed", models.PositiveIntegerField(verbose_name="失约数")),
                ("void", models.PositiveIntegerField(default=0, verbose_name="作废数")),
                ("counted_at", models.DateTimeField(verbose_name="统计时间")),
            ],
            options={
                "verbose_name": "月度指标",
                "verbose_name_plural": "月度指标",
                "ordering": ["hospital", "-month", "department", "doctor"],
            },
        ),
        migrations.CreateModel(
            name="Popularity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "周一"), (2, "周二"), (3, "周三"), (4, "周四"), (5, "周五"), (6, "周六"), (7, "周日")],
                        verbose_name="星期",
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[("am", "上午"), ("pm", "下午"), ("eve", "晚间"), ("day", "全天")],
                        max_length=3,
                        verbose_name="午别",
                    ),
                ),
                ("sessions", models.PositiveSmallIntegerField(verbose_name="统计班次")),
                ("sold_out_sessions", models.PositiveSmallIntegerField(verbose_name="约满班次")),
                ("fill_percent", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="约满率（%）")),
                ("sell_out_hours", models.FloatField(blank=True, null=True, verbose_name="约满用时（小时，中位数）")),
                ("refused", models.PositiveIntegerField(default=0, verbose_name="约满被拒人次")),
                ("is_hot", models.BooleanField(verbose_name="自动判定为热门")),
                ("reason", models.CharField(max_length=200, verbose_name="判定依据")),
                ("as_of", models.DateField(verbose_name="截至日期")),
            ],
            options={
                "verbose_name": "号源热度",
                "verbose_name_plural": "号源热度",
                "ordering": ["hospital", "-is_hot", "-fill_percent", "department", "doctor", "weekday", "period"],
            },
        ),
        migrations.CreateModel(
            name="UploadedCounts",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(verbose_name="行号")),
                ("record_number", models.CharField(max_length=200, verbose_name="用户编号")),
                ("counted_until", models.DateField(blank=True, editable=False, null=True)),
                ("total", models.PositiveBigIntegerField(verbose_name="总预约次数")),
                ("fulfilled", models.PositiveBigIntegerField(verbose_name="履约数")),
                ("unattended", models.PositiveBigIntegerField(verbose_name="预约未到数")),
                ("cancelled", models.PositiveBigIntegerField(verbose_name="取消预约数")),
                ("missed", models.PositiveBigIntegerField(verbose_name="失约数")),
                ("score", models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="综合评分")),
                ("tier", models.CharField(max_length=8, verbose_name="等级")),
                ("do_sum", models.BooleanField(verbose_name="次数相符")),
            ],
            options={
                "verbose_name": "导入的次数",
                "verbose_name_plural": "导入的次数",
                "ordering": ["upload", "line"],
            },
        ),
        migrations.AlterModelOptions(
            name="scoringpolicy",
            options={"ordering": ["hospital", "-version"], "verbose_name": "评分规则", "verbose_name_plural": "评分规则"},
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="cool_fill_percent",
            field=models.PositiveSmallIntegerField(
                default=85,
                help_text="已是热门的，约满率降到该值以下才恢复普通，避免反复变动。",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="退出热门约满率（%）",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
                verbose_name="修改人",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="hot_fill_percent",
            field=models.PositiveSmallIntegerField(
                default=95,
                help_text="预约号被约走的比例达到该值。",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)],
                verbose_name="热门约满率（%）",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="hot_minimum_sessions",
            field=models.PositiveSmallIntegerField(
                default=4,
                help_text="班次太少时不作判定。",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(52)],
                verbose_name="热门最少班次",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="hot_sell_out_hours",
            field=models.PositiveSmallIntegerField(
                default=48,
                help_text="放号后在多少小时内约满（取中位数）。",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)],
                verbose_name="热门约满用时（小时）",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="hot_window_weeks",
            field=models.PositiveSmallIntegerField(
                default=12,
                help_text="按最近多少周同一医生、星期、午别的班次判定热门。",
                validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(52)],
                verbose_name="热门统计周数",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="minimum_appointments",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="窗口内已结束的预约少于该次数时只显示评分、不评级，也不受限制。",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)],
                verbose_name="评级最少预约次数",
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="valid_from",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name="生效时间"
            ),
        ),
        migrations.AddField(
            model_name="scoringpolicy",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False, verbose_name="版本"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="advanced_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="最近进展"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="booking_policy",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="hospitals.bookingpolicy",
                verbose_name="预约规则",
            ),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="done_up_to",
            field=models.BigIntegerField(default=0, verbose_name="已处理到"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="patients_expected",
            field=models.PositiveIntegerField(default=0, verbose_name="预计人数"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="patients_seen",
            field=models.PositiveIntegerField(default=0, verbose_name="已处理人数"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="paused",
            field=models.PositiveIntegerField(default=0, verbose_name="新增暂停"),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="policy",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="scoring.scoringpolicy",
                verbose_name="评分规则",
            ),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="scope",
            field=models.CharField(
                choices=[("full", "全部患者"), ("changes", "有变化的患者")], default="full", max_length=8, verbose_name="范围"
            ),
        ),
        migrations.AddField(
            model_name="scoringrun",
            name="state",
            field=models.CharField(
                choices=[("running", "进行中"), ("finished", "完成"), ("abandoned", "已放弃")],
                default="finished",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="scoringrun",
            name="state",
            field=models.CharField(
                choices=[("running", "进行中"), ("finished", "完成"), ("abandoned", "已放弃")],
                default="running",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="scoringpolicy",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scoring_policies",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringpolicy",
            constraint=models.UniqueConstraint(fields=("hospital", "version"), name="scoring_policy_version_once"),
        ),
        migrations.AddConstraint(
            model_name="scoringpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("minimum_appointments__gte", 1)), name="scoring_minimum_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("cool_fill_percent__lte", models.F("hot_fill_percent"))), name="scoring_cool_not_above_hot"
            ),
        ),
        migrations.AddConstraint(
            model_name="scoringrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("hospital",), name="scoring_one_run_at_a_time"
            ),
        ),
        migrations.AddField(
            model_name="countsupload",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="counts_uploads",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="countsupload",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="上传人"
            ),
        ),
        migrations.AddField(
            model_name="missmodel",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="miss_models",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="monthdue",
            name="hospital",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hospitals.hospital"),
        ),
        migrations.AddField(
            model_name="monthlyindicator",
            name="department",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hospitals.department", verbose_name="科室"
            ),
        ),
        migrations.AddField(
            model_name="monthlyindicator",
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
            model_name="monthlyindicator",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="indicators",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="popularity",
            name="department",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="hospitals.department", verbose_name="科室"
            ),
        ),
        migrations.AddField(
            model_name="popularity",
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
            model_name="popularity",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="popularities",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="uploadedcounts",
            name="hospital",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.hospital",
            ),
        ),
        migrations.AddField(
            model_name="uploadedcounts",
            name="patient",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.patient",
                verbose_name="就诊人",
            ),
        ),
        migrations.AddField(
            model_name="uploadedcounts",
            name="upload",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="counts",
                to="scoring.countsupload",
                verbose_name="导入批次",
            ),
        ),
        migrations.AddConstraint(
            model_name="monthdue",
            constraint=models.UniqueConstraint(fields=("hospital", "month"), name="month_due_once"),
        ),
        migrations.AddConstraint(
            model_name="monthlyindicator",
            constraint=models.UniqueConstraint(
                fields=("hospital", "month", "department", "doctor"), name="indicator_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="popularity",
            constraint=models.UniqueConstraint(
                fields=("hospital", "department", "doctor", "weekday", "period"), name="popularity_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadedcounts",
            constraint=models.UniqueConstraint(fields=("upload", "record_number"), name="uploaded_patient_once"),
        ),
        migrations.AddConstraint(
            model_name="uploadedcounts",
            constraint=models.UniqueConstraint(
                condition=models.Q(("hospital__isnull", False)), fields=("hospital", "patient"), name="uploaded_counts_count_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="uploadedcounts",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("hospital__isnull", True),
                    models.Q(("counted_until__isnull", False), ("patient__isnull", False), ("total__lte", 100000)),
                    _connector="OR",
                ),
                name="uploaded_counts_have_a_patient",
            ),
        ),
    ]

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hospitals", "0004_waitlist_privileges_appeals"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookingpolicy",
            name="coupon_name_b",
            field=models.CharField(default="洁牙", max_length=30, verbose_name="B 级优惠项目"),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="coupon_percent_off_b",
            field=models.PositiveSmallIntegerField(
                default=10,
                help_text="每次就诊完成后赠送的优惠券减免百分之几，10 即九折；0 表示没有。",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="B 级就诊后优惠（%）",
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="coupon_valid_days_b",
            field=models.PositiveSmallIntegerField(
                default=90,
                help_text="从赠送之日起，到期自动失效。",
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)],
                verbose_name="B 级优惠券有效期（天）",
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="examination_name_a",
            field=models.CharField(default="口腔检查", max_length=30, verbose_name="A 级免费检查项目"),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="examinations_a",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="每个自然年，到院核销；0 表示没有。",
                validators=[django.core.validators.MaxValueValidator(12)],
                verbose_name="A 级每年免费检查次数",
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="extra_reminder_risk_percent",
            field=models.PositiveSmallIntegerField(
                default=40,
                help_text="预计爽约概率达到该值的预约加发一次提醒（最多 3 次）；0 表示不加发。概率只用于提醒和号源测算，不影响预约资格和费用。",
                validators=[django.core.validators.MaxValueValidator(100)],
                verbose_name="加发提醒的爽约概率（%）",
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="is_registration_queue_free_a",
            field=models.BooleanField(
                default=True, help_text="签到码上显示“免排队登记”，由导诊台放行。", verbose_name="A 级到院免排队登记"
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="named_contact_a",
            field=models.CharField(
                blank=True, default="", help_text="留空则不提供专属客服。", max_length=30, verbose_name="A 级专属客服姓名"
            ),
        ),
        migrations.AddField(
            model_name="bookingpolicy",
            name="named_contact_phone_a",
            field=models.CharField(blank=True, default="", max_length=20, verbose_name="A 级专属客服电话"),
        ),
        migrations.AddField(
            model_name="clinicsession",
            name="is_hot_pinned",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="工作人员修改“热门”后自动勾选，每晚的统计不再改动本班次。",
                verbose_name="热门固定",
            ),
        ),
        migrations.AddField(
            model_name="weeklytemplate",
            name="hot_pin",
            field=models.CharField(
                choices=[("auto", "自动判定"), ("hot", "始终热门"), ("ordinary", "始终普通")],
                db_default="auto",
                default="auto",
                help_text="自动判定按每晚统计的约满率和约满用时；固定后不再自动调整。",
                max_length=8,
                verbose_name="热门判定",
            ),
        ),
        migrations.AddField(
            model_name="weeklytemplate",
            name="is_popular",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="自动判定为热门"),
        ),
    ]

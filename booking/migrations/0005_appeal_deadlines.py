import django.db.models.functions
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0004_waitlist_grants_appeals")]

    operations = [
        # Pauses that are in force already may be appealed against from now on.
        migrations.AddField(
            model_name="restriction",
            name="created_at",
            field=models.DateTimeField(db_default=django.db.models.functions.Now(), verbose_name="写入时间"),
        ),
        migrations.AddField(
            model_name="appeal",
            name="until",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="按提出时适用的规则；撤回后在此之前可以重新申诉。",
                verbose_name="申诉截止",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="appointmentevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "提交预约"),
                    ("booked", "预约成功"),
                    ("hold-expired", "超时未支付"),
                    ("cancelled", "取消"),
                    ("checked-in", "签到"),
                    ("fulfilled", "完成就诊"),
                    ("closed", "结束"),
                    ("payment-received", "收到支付"),
                    ("refund-requested", "申请退款"),
                    ("refund-done", "退款完成"),
                    ("imported", "导入"),
                    ("corrected", "更正"),
                    ("moved", "改约"),
                    ("suspended", "停诊通知"),
                    ("chosen", "停诊选择"),
                    ("offered", "派出候补号"),
                    ("granted", "医生加号"),
                    ("confirmed", "电话确认"),
                    ("confirm-lapsed", "未能电话确认"),
                    ("appealed", "申诉"),
                    ("appeal-withdrawn", "撤回申诉"),
                    ("appeal-decided", "申诉处理"),
                ],
                max_length=20,
                verbose_name="事件",
            ),
        ),
    ]

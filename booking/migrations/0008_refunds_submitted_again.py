import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0007_order_placed_at")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="replaces",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaced_by",
                to="booking.refund",
                verbose_name="接替",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="resubmissions",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="人工重新提交次数"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="state",
            field=models.CharField(
                choices=[
                    ("requested", "待提交"),
                    ("processing", "退款中"),
                    ("succeeded", "已退款"),
                    ("failed", "异常"),
                    ("replaced", "已换号重新提交"),
                ],
                default="requested",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="returned_fen",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="微信已退到付款人账户的合计。", verbose_name="已退到账（分）"
            ),
        ),
        migrations.AlterField(
            model_name="paymentorder",
            name="refunded_fen",
            field=models.PositiveIntegerField(default=0, help_text="已受理的退款合计，含处理中。", verbose_name="应退（分）"),
        ),
    ]

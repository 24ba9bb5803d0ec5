import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0015_standing_reviews_entitlements_by_tier"),
        ("notifications", "0005_hospital_is_required"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="outboxmessage",
            name="message_about_one_thing",
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="review",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="booking.standingreview",
                verbose_name="等级复核",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="kind",
            field=models.CharField(
                choices=[
                    ("booked", "预约成功"),
                    ("cancelled", "预约取消"),
                    ("reminder", "就诊提醒"),
                    ("suspended", "停诊通知"),
                    ("restored", "恢复出诊"),
                    ("offered", "候补到号"),
                    ("waitlist-ended", "候补结束"),
                    ("granted", "医生加号"),
                    ("to-confirm", "待电话确认"),
                    ("confirm-lapsed", "未能电话确认"),
                    ("appeal-decided", "申诉结果"),
                    ("review-answered", "等级复核答复"),
                ],
                max_length=16,
                verbose_name="类型",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("appeal__isnull", True),
                        ("appointment__isnull", False),
                        ("review__isnull", True),
                        ("waitlist_entry__isnull", True),
                    ),
                    models.Q(
                        ("appeal__isnull", True),
                        ("appointment__isnull", True),
                        ("review__isnull", True),
                        ("waitlist_entry__isnull", False),
                    ),
                    models.Q(
                        ("appeal__isnull", False),
                        ("appointment__isnull", True),
                        ("review__isnull", True),
                        ("waitlist_entry__isnull", True),
                    ),
                    models.Q(
                        ("appeal__isnull", True),
                        ("appointment__isnull", True),
                        ("review__isnull", False),
                        ("waitlist_entry__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="message_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("review__isnull", False)), fields=("review", "kind"), name="review_message_once"
            ),
        ),
    ]

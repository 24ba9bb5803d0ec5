import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0004_waitlist_grants_appeals"),
        ("hospitals", "0004_waitlist_privileges_appeals"),
        ("notifications", "0002_messages_of_suspensions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="outboxmessage",
            name="message_once",
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="appeal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="booking.appeal",
                verbose_name="申诉",
            ),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="deadline",
            field=models.DateTimeField(
                blank=True, help_text="患者须在此前确认或支付；过后不再发送。", null=True, verbose_name="办理截止"
            ),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="hospital",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="next_attempt_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="下次尝试"),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="waitlist_entry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="booking.waitlistentry",
                verbose_name="候补",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="appointment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="booking.appointment",
                verbose_name="预约",
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
                ],
                max_length=16,
                verbose_name="类型",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["user", "-due_at", "-id"], name="message_inbox"),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("appeal__isnull", True), ("appointment__isnull", False), ("waitlist_entry__isnull", True)),
                    models.Q(("appeal__isnull", True), ("appointment__isnull", True), ("waitlist_entry__isnull", False)),
                    models.Q(("appeal__isnull", False), ("appointment__isnull", True), ("waitlist_entry__isnull", True)),
                    _connector="OR",
                ),
                name="message_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "reminder"), _negated=True),
                fields=("appointment", "kind", "reason_at"),
                name="message_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "reminder")), fields=("appointment", "due_at"), name="reminder_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("waitlist_entry__isnull", False)),
                fields=("waitlist_entry", "kind"),
                name="waitlist_message_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("appeal__isnull", False)), fields=("appeal", "kind"), name="appeal_message_once"
            ),
        ),
    ]

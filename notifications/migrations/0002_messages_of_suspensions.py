from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
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
                ],
                max_length=10,
                verbose_name="类型",
            ),
        ),
    ]

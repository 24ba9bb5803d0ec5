import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_fill_hospital")]

    operations = [
        migrations.AlterField(
            model_name="outboxmessage",
            name="hospital",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="hospitals.hospital",
                verbose_name="医院",
            ),
        ),
    ]

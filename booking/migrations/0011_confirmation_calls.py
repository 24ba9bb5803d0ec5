from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0010_returned_within_refunded")]

    operations = [
        migrations.CreateModel(
            name="ConfirmationCall",
            fields=[],
            options={
                "verbose_name": "待电话确认",
                "verbose_name_plural": "待电话确认",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("booking.appointment",),
        ),
    ]

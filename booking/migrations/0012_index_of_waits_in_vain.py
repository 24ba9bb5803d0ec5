from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0011_confirmation_calls")]

    operations = [
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("end__in", ["cleared", "cancelled"])),
                fields=["hospital", "ended_at"],
                name="waitlist_in_vain",
            ),
        ),
    ]

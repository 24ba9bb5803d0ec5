from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_tokens_valid_from"),
        ("booking", "0016_count_past_free_moves"),
        ("hospitals", "0006_contacts_have_name_and_phone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("outcome", "missed")), fields=["hospital", "patient", "visit_date"], name="appointment_missed"
            ),
        ),
    ]

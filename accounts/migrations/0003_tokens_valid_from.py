from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_one_person_per_document_contact_phone_per_account")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="tokens_valid_from",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="令牌起效时间"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0006_grants_without_acceptance_leaving_the_queue")]

    operations = [
        migrations.AddField(
            model_name="paymentorder",
            name="placed_at",
            field=models.DateTimeField(blank=True, help_text="预支付标识自此两小时内有效。", null=True, verbose_name="下单时间"),
        ),
    ]

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("booking", "0009_sum_up_returned_money")]

    operations = [
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=Q(returned_fen__lte=F("refunded_fen")), name="order_returned_within_refunded"
            ),
        ),
    ]

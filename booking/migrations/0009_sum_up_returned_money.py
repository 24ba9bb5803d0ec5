from django.db import migrations
from django.db.models import OuterRef, Subquery, Sum


def fill(apps, schema_editor):
    """What has arrived at the payers so far: the refunds that succeeded."""
    alias = schema_editor.connection.alias
    done = apps.get_model("booking", "Refund").objects.filter(order_id=OuterRef("pk"), state="succeeded").order_by()
    total = done.values("order_id").annotate(total=Sum("amount_fen")).values("total")
    orders = apps.get_model("booking", "PaymentOrder").objects.using(alias)
    orders.filter(refunds__state="succeeded").update(returned_fen=Subquery(total))


class Migration(migrations.Migration):
    dependencies = [("booking", "0008_refunds_submitted_again")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

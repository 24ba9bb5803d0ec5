from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Until now every message was about an appointment, and its hospital is the appointment's."""
    messages = apps.get_model("notifications", "OutboxMessage").objects.using(schema_editor.connection.alias)
    appointments = apps.get_model("booking", "Appointment").objects.filter(pk=OuterRef("appointment_id"))
    messages.filter(hospital__isnull=True).update(hospital_id=Subquery(appointments.values("hospital_id")))


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_messages_of_waitlist_grants_appeals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

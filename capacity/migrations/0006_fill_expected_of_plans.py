from django.db import migrations

FILL = """
UPDATE capacity_capacityplan SET
    expected_seen = (result ->> 'advance_attended')::float8 + (result ->> 'same_day_attended')::float8,
    expected_overload = (result ->> 'overload')::float8,
    expected_turned_away = (result ->> 'turned_away')::float8
WHERE expected_seen IS NULL
"""


class Migration(migrations.Migration):
    """Plans that were made before the columns were get them from their results."""

    dependencies = [("capacity", "0005_plans_in_force_and_waiting")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]

"""Whoever writes an outcome leaves a note that the patient's standing is due, however it is written."""

from django.db import migrations

NOTE = """
CREATE FUNCTION booking_note_standing_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO booking_standingdue (hospital_id, patient_id, visit_date)
        VALUES (OLD.hospital_id, OLD.patient_id, OLD.visit_date);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND (OLD.hospital_id, OLD.patient_id, OLD.visit_date)
        IS DISTINCT FROM (NEW.hospital_id, NEW.patient_id, NEW.visit_date))
    THEN
        INSERT INTO booking_standingdue (hospital_id, patient_id, visit_date)
        VALUES (NEW.hospital_id, NEW.patient_id, NEW.visit_date);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER booking_outcome_added AFTER INSERT ON booking_appointment
FOR EACH ROW WHEN (NEW.outcome <> '') EXECUTE FUNCTION booking_note_standing_due();

CREATE TRIGGER booking_outcome_changed AFTER UPDATE ON booking_appointment
FOR EACH ROW WHEN (
    OLD.outcome IS DISTINCT FROM NEW.outcome
    OR NEW.outcome <> '' AND (OLD.hospital_id, OLD.patient_id, OLD.visit_date)
        IS DISTINCT FROM (NEW.hospital_id, NEW.patient_id, NEW.visit_date)
) EXECUTE FUNCTION booking_note_standing_due();

CREATE TRIGGER booking_outcome_removed AFTER DELETE ON booking_appointment
FOR EACH ROW WHEN (OLD.outcome <> '') EXECUTE FUNCTION booking_note_standing_due();
"""
FORGET = """
DROP TRIGGER booking_outcome_removed ON booking_appointment;
DROP TRIGGER booking_outcome_changed ON booking_appointment;
DROP TRIGGER booking_outcome_added ON booking_appointment;
DROP FUNCTION booking_note_standing_due();
"""


class Migration(migrations.Migration):
    replaces = [("booking", "0014_note_standings_due")]
    dependencies = [("booking", "0001_tables")]

    operations = [migrations.RunSQL(NOTE, FORGET)]

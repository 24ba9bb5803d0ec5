"""What bookings leave in the database: the statements that write the same rows, and whether the books are in order.

Imported after Django is set up.
"""

from django.db import connection

from benchmarks.stack.world import WINDOWS, Offer, People

# What is sure to be on disk when a COMMIT returns: the same server, so the same for both sides of the comparison.
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


def writing_script(offer: Offer, people: People, *, first: int, clients: int) -> str:
    """A pgbench script that writes what a booking writes, row by row, for the people from place `first` on.

    Each transaction books the next person into the next session, as the requests do. One client's n-th transaction is number
    n × clients + client.
    """
    return _SCRIPT.format(
        clients=clients,
        first=first,
        sessions=len(offer.sessions),
        windows=WINDOWS,
        first_session=offer.sessions.start,
        first_slot=offer.slots.start,
        first_user=people.users.start,
        first_patient=people.patients.start,
    )


def booked(offer: Offer) -> int:
    """How many live appointments the sessions have."""
    return _number(
        "SELECT count(*) FROM booking_appointment WHERE session_id BETWEEN %s AND %s AND status = 'booked'",
        [offer.sessions.start, offer.sessions.stop - 1],
    )


def oversold() -> int:
    """How many sessions and windows have more appointments than seats, or counters that disagree with their appointments."""
    return _number(_OVERSOLD)


def durability() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(DURABILITY)])
        return ", ".join(f"{name} {setting}" for name, setting in cursor.fetchall())


def _number(query: str, parameters: list[int] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.fetchone()[0])


# A client's variables outlive its transactions. The names of the bookings' columns are those of the models.
_SCRIPT = r"""
\set n :n + 1
\set place {first} + (:n - 1) * {clients} + :client_id
\set session {first_session} + :place % {sessions}
\set slot {first_slot} + (:place % {sessions}) * {windows} + (:place / {sessions}) % {windows}
\set user {first_user} + :place
\set patient {first_patient} + :place
BEGIN;
INSERT INTO booking_idempotencyrecord (user_id, key, fingerprint, created_at, response_status, response_body)
    VALUES (:user, 'bench-' || :user, repeat('f', 64), now(), 201, '{{"code": "BENCH"}}');
UPDATE hospitals_clinicsession SET advance_taken = advance_taken + 1, next_number = next_number + 1 WHERE id = :session
    RETURNING hospital_id, department_id, doctor_id, visit_date, next_number - 1 AS number \gset
UPDATE hospitals_slot SET taken = taken + 1 WHERE id = :slot;
INSERT INTO booking_appointment (code, hospital_id, session_id, slot_id, patient_id, booked_by_id, policy_id, department_id,
        doctor_id, visit_date, channel, number, status, fee_fen, created_at, booked_at, cancelled_by, cancel_reason,
        cancel_deadline, outcome, age_at_visit)
    VALUES ('W' || lpad(:patient::text, 15, '0'), :hospital_id, :session, :slot, :patient, :user,
        (SELECT id FROM hospitals_bookingpolicy WHERE hospital_id = :hospital_id), :department_id, :doctor_id, ':visit_date',
        'advance', :number, 'booked', 0, now(), now(), '', '', now() + interval '1 day', '', 40)
    RETURNING id AS appointment \gset
INSERT INTO booking_appointmentevent (appointment_id, hospital_id, kind, at, actor_kind, actor_id, from_status, to_status, detail)
    VALUES (:appointment, :hospital_id, 'booked', now(), 'patient', :user, '', 'booked', '{{"channel": "advance"}}');
COMMIT;
"""

_OVERSOLD = """
SELECT (
    SELECT count(*) FROM hospitals_clinicsession AS session
    LEFT JOIN (SELECT session_id, count(*) AS live FROM booking_appointment WHERE status = 'booked' GROUP BY session_id)
        AS held ON held.session_id = session.id
    WHERE coalesce(live, 0) > advance_quota OR coalesce(live, 0) <> advance_taken
) + (
    SELECT count(*) FROM hospitals_slot AS slot
    LEFT JOIN (SELECT slot_id, count(*) AS live FROM booking_appointment WHERE status = 'booked' GROUP BY slot_id)
        AS held ON held.slot_id = slot.id
    WHERE coalesce(live, 0) > capacity OR coalesce(live, 0) <> taken
)
"""

"""The order of locks, in one place: hospital (only by what judges standings), then patient, then session, then appointment, then
appeal, then payment order. Whoever needs several takes them in this order, so that no two transactions can wait for each other.

A slot needs no lock of its own: nobody changes one without holding its session.
"""

from collections.abc import Collection, Iterable

from accounts.compiled import CompiledQuery
from accounts.models import Patient
from booking.models import Appeal, Appointment, PaymentOrder
from hospitals.locks import TooBusy as TooBusy  # what the locks here raise as well
from hospitals.locks import granted_in_time, limit_lock_waits, lock_session, lock_session_in_time
from hospitals.models import ClinicSession, Hospital


def lock_patient(patient_id: int) -> Patient:
    return _LOCKED_PATIENT.get(patient_id=patient_id)


# No rule looks at what is encrypted, and decrypting it takes longer than reading the row.
_LOCKED_PATIENT = CompiledQuery(
    lambda patient_id: (
        Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk=patient_id).defer("document_number", "phone")
    ),
    patient_id=int,
)


def lock_patient_and_session(*, patient_id: int, session_id: int) -> tuple[Patient, ClinicSession]:
    """Lock what a booking makes scarcer: the patient's live bookings and the session's seats."""
    limit_lock_waits()
    with granted_in_time():
        return lock_patient(patient_id), lock_session(session_id)


def lock_sessions(session_ids: Iterable[int]) -> dict[int, ClinicSession]:
    """Lock several sessions in the order of their ids, as everybody does who needs more than one; by id.

    Raises ClinicSession.DoesNotExist, TooBusy.
    """
    limit_lock_waits()
    with granted_in_time():
        return {session_id: lock_session(session_id) for session_id in sorted(set(session_ids))}


def lock_appointment(appointment_id: int) -> tuple[Appointment, ClinicSession]:
    """Lock an appointment together with its session. Raises Appointment.DoesNotExist, TooBusy."""
    limit_lock_waits()
    session_id = Appointment.objects.values_list("session_id", flat=True).get(pk=appointment_id)
    with granted_in_time():
        session = lock_session(session_id)
        appointment = (
            Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("slot", "patient", "policy")
            .get(pk=appointment_id)
        )
    appointment.session = session
    return appointment, session


def lock_queue(session_id: int) -> ClinicSession:
    """Lock a session, whose holder may move the places of its queue. Raises ClinicSession.DoesNotExist, TooBusy."""
    return lock_session_in_time(session_id)


def lock_appointments(
    appointment_ids: Collection[int], *, session_ids: Collection[int] = ()
) -> tuple[dict[int, Appointment], dict[int, ClinicSession]]:
    """Lock several appointments with their sessions, and further sessions that the caller needs; both by id.

    First all sessions, then all appointments, each in the order of their ids. Raises ClinicSession.DoesNotExist, TooBusy; an
    appointment that does not exist is missing from the answer.
    """
    limit_lock_waits()
    of_appointments = Appointment.objects.filter(pk__in=appointment_ids).values_list("session_id", flat=True)
    sessions = lock_sessions([*of_appointments, *session_ids])
    with granted_in_time():
        appointments = {
            appointment.pk: appointment
            for appointment in Appointment.objects.select_for_update(of=("self",), no_key=True)
            .select_related("slot", "patient", "policy")
            .filter(pk__in=appointment_ids)
            .order_by("pk")
        }
    for appointment in appointments.values():
        appointment.session = sessions[appointment.session_id]
    return appointments, sessions


def lock_patient_of(appointment_id: int) -> Patient:
    """Lock the patient of an appointment, before the appointment itself. Raises Appointment.DoesNotExist, TooBusy."""
    limit_lock_waits()
    patient_id = Appointment.objects.values_list("patient_id", flat=True).get(pk=appointment_id)
    with granted_in_time():
        return lock_patient(patient_id)


def lock_standing(*, hospital_id: int, patient_id: int) -> Hospital:
    """Lock what a patient's standing at a hospital follows from: the hospital's row, which the nightly scoring holds while it
    reads outcomes and writes pauses, and the patient. Raises TooBusy.
    """
    limit_lock_waits()
    with granted_in_time():
        hospital = Hospital.objects.select_for_update(of=("self",), no_key=True).get(pk=hospital_id)
        lock_patient(patient_id)
    return hospital


def lock_appeal(appeal_id: int) -> Appeal:
    """Raises Appeal.DoesNotExist, TooBusy."""
    limit_lock_waits()
    with granted_in_time():
        return Appeal.objects.select_for_update(of=("self",), no_key=True).get(pk=appeal_id)


def lock_order(order_id: int) -> PaymentOrder:
    with granted_in_time():
        return PaymentOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order_id)

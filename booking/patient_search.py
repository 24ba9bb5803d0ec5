"""Finding a patient for a booking that staff make."""

from django.db.models import Q

from accounts.documents import document_index
from accounts.documents.formats import normalised_number
from accounts.errors import Refusal
from accounts.models import AccountPatient, DocumentType, Patient
from accounts.phones import normalised_mobile, phone_index
from booking.models import Appointment
from hospitals.models import HospitalPatient

# A clerk knows whom they look for: more than these means that the name was too short.
MOST_PATIENTS = 20
SHORTEST_NAME = 2


def find_patients(*, hospital_id: int, term: str) -> list[Patient]:
    """Patients by part of the name or by the record number, if the hospital knows them; and anybody by the whole document or
    mobile number, as somebody who stands at the counter or calls gives it. At most MOST_PATIENTS.

    A mobile number is that of an account: its patients are found, and so are the children of whoever a document belongs to.
    """
    text = term.strip()
    if not text:
        return []
    wanted = _known_to(hospital_id, text) | _by_document(text) | _by_phone(text)
    return list(Patient.objects.filter(wanted).select_related("guardian").order_by("name", "pk")[:MOST_PATIENTS])


def _known_to(hospital_id: int, text: str) -> Q:
    of_record = HospitalPatient.objects.filter(hospital_id=hospital_id, record_number=text).values("patient_id")
    found = Q(pk__in=of_record)
    if len(text) >= SHORTEST_NAME:
        visitors = Appointment.objects.filter(hospital_id=hospital_id, patient__name__icontains=text).values("patient_id")
        found |= Q(pk__in=visitors)
    return found


def _by_document(text: str) -> Q:
    number = normalised_number(text)
    indices = {document_index(kind, number) for kind in DocumentType}
    return Q(document_index__in=indices) | Q(guardian__document_index__in=indices)


def _by_phone(text: str) -> Q:
    try:
        index = phone_index(normalised_mobile(text))
    except Refusal:
        # Not a mobile number: something else was typed.
        return Q(pk__in=())
    return Q(pk__in=AccountPatient.objects.filter(user__phone_index=index, removed_at__isnull=True).values("patient_id"))

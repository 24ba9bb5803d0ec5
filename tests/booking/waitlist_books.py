"""What must be true of waitlists at any moment."""

from collections import Counter

from django.db.models import Model

from booking.models import Appointment, EventKind, ReturnEnd, SeatReturn, WaitlistEnd, WaitlistEntry


def check_waitlists(appointments: list[Appointment], filled: set[type[Model]]) -> None:
    """Raise AssertionError for the first place that disagrees with its offer."""
    entries = list(WaitlistEntry.objects.select_related("appointment")) if WaitlistEntry in filled else []
    for entry in entries:
        check_entry(entry)
    waiting = Counter((entry.session_id, entry.patient_id) for entry in entries if entry.ended_at is None)
    assert all(count == 1 for count in waiting.values()), "a patient waits twice for the same session"
    told = {each.pk for each in appointments if any(event.kind == EventKind.OFFERED for event in each.events.all())}
    assert told == {entry.appointment_id for entry in entries if entry.appointment_id}, "offers without an entry, or untold"
    given = SeatReturn.objects.filter(end=ReturnEnd.OFFERED).count() if SeatReturn in filled else 0
    assert given <= len(told), f"{given} seats that came back were offered in {len(told)} offers"
    check_order(entries)


def check_entry(entry: WaitlistEntry) -> None:
    is_offered = entry.end == WaitlistEnd.OFFERED
    assert (entry.ended_at is None) == (entry.end == ""), f"{entry.pk}: {entry.end!r} at {entry.ended_at}"
    assert is_offered == (entry.appointment is not None), f"{entry.pk}: {entry.end!r}, and the offer is {entry.appointment}"
    offer = entry.appointment
    if offer is not None:
        agreed = (offer.session_id, offer.patient_id, offer.created_at) == (entry.session_id, entry.patient_id, entry.ended_at)
        assert agreed, f"{entry.pk}: offered {offer} is not what was waited for"


def check_order(entries: list[WaitlistEntry]) -> None:
    """Nobody was asked before somebody who waited longer, save where that one was passed over and told why."""
    for entry in entries:
        if entry.end != WaitlistEnd.OFFERED:
            continue
        before = [e for e in entries if e.session_id == entry.session_id and e.pk < entry.pk]
        assert entry.ended_at is not None
        for other in before:
            was_waiting = other.ended_at is None or other.ended_at > entry.ended_at
            assert not was_waiting or other.skips.exists(), f"{entry.pk} was asked before {other.pk}"

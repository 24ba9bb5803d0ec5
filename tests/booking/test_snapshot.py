"""What refused requests are held against sees one row more and one number changed, and says where."""

from datetime import date

import pytest
from django.db.models import F

from hospitals.models import ClinicSession, Slot
from tests.booking.snapshot import everything
from tests.factories.hospitals import make_session

pytestmark = pytest.mark.django_db


def changed(before: dict[str, list[str]]) -> set[str]:
    return {name for name, rows in everything().items() if rows != before[name]}


def test_a_change_is_seen_in_its_table() -> None:
    session = make_session(visit_date=date(2027, 3, 1))
    before = everything()
    assert changed(before) == set()

    ClinicSession.objects.filter(pk=session.pk).update(advance_quota=F("advance_quota") - 1)
    assert changed(before) == {"ClinicSession"}

    before = everything()
    Slot.objects.filter(session=session).first().delete()
    assert changed(before) == {"Slot"}
    assert "Slot" not in everything(but=(Slot,))

"""A compiled query answers as the queryset it was built from."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext, override_settings

from accounts.compiled import CompiledQuery
from accounts.models import AccountPatient, Patient
from tests.factories.accounts import link_patient, make_patient, make_user

LINKS = CompiledQuery(
    lambda user_id, since: (
        AccountPatient.objects.filter(user_id=user_id, added_at__gte=since)
        .select_related("patient", "patient__guardian")
        .annotate(mark=Value("x"))
        .order_by("pk")
    ),
    user_id=int,
    since=datetime,
)
LOCKED = CompiledQuery(lambda pk: Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk), pk=int)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_it_gives_whole_instances_with_what_is_joined_and_decrypted() -> None:
    # given two accounts, one with a patient who has a guardian
    user, other = make_user(), make_user()
    guardian = make_patient(name="张三", phone="13800138000")
    ward = make_patient(name="张小三", guardian=guardian)
    link_patient(user=other, patient=guardian)
    link = link_patient(user=user, patient=ward, phone="13900139000")
    # when
    with CaptureQueriesContext(
        connection,
    ) as queries:
        (found,) = LINKS.all(user_id=user.pk, since=LONG_AGO)
        seen = (found.patient.name, found.patient.guardian and found.patient.guardian.phone, found.phone)
    # then all of it came in one query
    assert found == link
    assert seen == ("张小三", "13800138000", "13900139000")
    assert found.mark == "x"  # type: ignore[attr-defined]
    assert len(queries) == 1


@pytest.mark.django_db
def test_each_call_binds_its_own_values_and_sees_the_rows_of_now() -> None:
    first, second = make_user(), make_user()
    assert LINKS.all(user_id=first.pk, since=LONG_AGO) == []
    one, two = (link_patient(user=user, patient=make_patient()) for user in (first, second))
    assert LINKS.all(user_id=first.pk, since=LONG_AGO) == [one]
    assert LINKS.all(user_id=second.pk, since=LONG_AGO) == [two]
    assert LINKS.all(user_id=second.pk, since=datetime(2200, 1, 1, tzinfo=UTC)) == []
    assert LINKS.all(user_id=None, since=LONG_AGO) == []


@pytest.mark.django_db
def test_no_row_is_none_or_the_models_does_not_exist() -> None:
    assert LINKS.first(user_id=1, since=LONG_AGO) is None
    with pytest.raises(AccountPatient.DoesNotExist):
        LINKS.get(user_id=1, since=LONG_AGO)


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_refused_outside_a_transaction_also_after_the_first_use() -> None:
    patient = make_patient()
    with transaction.atomic():
        assert LOCKED.get(pk=patient.pk) == patient
    with pytest.raises(TransactionManagementError):
        LOCKED.get(pk=patient.pk)


def test_a_parameter_that_the_query_does_not_use_is_a_mistake() -> None:
    query = CompiledQuery(lambda pk, unused: Patient.objects.filter(pk=pk), pk=int, unused=int)
    with pytest.raises(TypeError, match="does not use unused"):
        query.all(pk=1, unused=2)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_prepares_anew() -> None:
    patient = make_patient()
    with transaction.atomic():
        assert LOCKED.get(pk=patient.pk) == patient
    connection.close()
    with transaction.atomic():
        assert LOCKED.get(pk=patient.pk) == patient


@pytest.mark.django_db(transaction=True)
def test_what_a_rolled_back_transaction_prepared_is_still_known() -> None:
    query = CompiledQuery(lambda pk: Patient.objects.filter(pk=pk), pk=int)
    patient = make_patient()
    with transaction.atomic():
        assert query.get(pk=patient.pk) == patient
        transaction.set_rollback(True)
    assert query.get(pk=patient.pk) == patient


@pytest.mark.django_db
def test_preparing_is_no_statement_of_the_request() -> None:
    """Whichever connection it got, a request takes as many."""
    query, patient = CompiledQuery(lambda pk: Patient.objects.filter(pk=pk), pk=int), make_patient()
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            query.get(pk=patient.pk)
        assert len(queries) == 1


@pytest.mark.django_db
@override_settings(DATABASE_PREPARES=False)
def test_without_preparing_it_answers_the_same() -> None:
    user = make_user()
    link = link_patient(user=user, patient=make_patient())
    assert LINKS.all(user_id=user.pk, since=LONG_AGO) == [link]
    assert LINKS.all(user_id=None, since=LONG_AGO) == []

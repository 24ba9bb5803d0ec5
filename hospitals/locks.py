"""Row locks on what becomes scarce. Every path that changes a session's seats or quotas goes through here."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.db.models import QuerySet

from accounts.compiled import CompiledQuery
from accounts.errors import Refusal
from hospitals.models import ClinicSession, Hospital, Slot

# A release rush serialises on one row for milliseconds a booking; who waits longer than this is told to try again.
LOCK_TIMEOUT_MILLISECONDS = 5_000
# SQLSTATE of a lock that was not granted in time.
LOCK_NOT_AVAILABLE = "55P03"


class TooBusy(Refusal):
    """The lock on a patient or session was not granted in time; the same request may be sent again."""


@contextmanager
def granted_in_time() -> Iterator[None]:
    """Turn a lock that was not granted in time into TooBusy."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise TooBusy() from error
        raise


def limit_lock_waits() -> None:
    """Bound every lock wait of the transaction that is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_TIMEOUT_MILLISECONDS}ms"])


def lock_session(session_id: int) -> ClinicSession:
    """Lock a session until the transaction ends and return it as it is now. Raises ClinicSession.DoesNotExist.

    `no_key`: other tables may go on referring to the row meanwhile. `of=self`: only the session, not what is joined to it.
    """
    return _LOCKED.get(session_id=session_id)


def lock_session_in_time(session_id: int) -> ClinicSession:
    """Lock a session for a transaction that takes no lock before it. Raises ClinicSession.DoesNotExist, TooBusy."""
    limit_lock_waits()
    with granted_in_time():
        return lock_session(session_id)


def lock_hospital_in_time(hospital_id: int) -> Hospital:
    """Lock a hospital for a transaction that takes no lock before it: one at a time makes its sessions or says what is hot.

    Raises Hospital.DoesNotExist, TooBusy.
    """
    limit_lock_waits()
    with granted_in_time():
        return Hospital.objects.select_for_update(no_key=True).get(pk=hospital_id)


def lock_sessions_at_hand(sessions: QuerySet[ClinicSession]) -> list[ClinicSession]:
    """Lock those of `sessions` that nobody else holds, without a wait, and return them as they are now: what no longer fits the
    queryset's conditions is not among them.
    """
    return list(sessions.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk"))


_LOCKED = CompiledQuery(
    lambda session_id: (
        ClinicSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("hospital", "department", "doctor", "registration_type")
        .filter(pk=session_id)
        .order_by()
    ),
    session_id=int,
)


def lock_window(slot_id: int) -> Slot:
    """Lock a window's session as above, and return the window with it, both as they are now. Raises Slot.DoesNotExist."""
    return _LOCKED_WINDOW.get(slot_id=slot_id)


# The window is locked as well, though its session's lock would do: what is only joined is read as it was before the wait.
_LOCKED_WINDOW = CompiledQuery(
    lambda slot_id: (
        Slot.objects.select_for_update(of=("session", "self"), no_key=True)
        .select_related("session__hospital", "session__department", "session__doctor", "session__registration_type")
        .filter(pk=slot_id)
        .order_by()
    ),
    slot_id=int,
)

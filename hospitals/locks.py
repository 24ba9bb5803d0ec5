"""Row locks on what becomes scarce. Every path that changes a session's seats or quotas goes through here."""

from accounts.compiled import CompiledQuery
from hospitals.models import ClinicSession


def lock_session(session_id: int) -> ClinicSession:
    """Lock a session until the transaction ends and return it as it is now. Raises ClinicSession.DoesNotExist.

    `no_key`: other tables may go on referring to the row meanwhile. `of=self`: only the session, not what is joined to it.
    """
    return _LOCKED.get(session_id=session_id)


_LOCKED = CompiledQuery(
    lambda session_id: (
        ClinicSession.objects.select_for_update(of=("self",), no_key=True)
        .select_related("hospital", "department", "doctor", "registration_type")
        .filter(pk=session_id)
        .order_by()
    ),
    session_id=int,
)

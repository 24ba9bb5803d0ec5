"""The check-in code: shown by the patient's phone, scanned at the desk, worthless minutes later.

It names the appointment and the moment until which it holds, signed with the site's key. The moment is part of what is signed
(Django's TimestampSigner reads the clock itself; here `now` is given). It is no bearer of rights: only a member of the hospital's
staff can redeem one, so a copied code checks in nobody who does not stand at the desk.
"""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import segno
from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from accounts.errors import Refusal
from booking.models import Appointment
from booking.services.checkin import ensure_check_in_open

# The app asks for a new one as it ends: long enough for a queue at the scanner, too short to be passed on.
LASTS = timedelta(minutes=5)

# A desk's scanner reads it from a phone that is scratched, dimmed or held at an angle: a seventh of it may be lost.
ERROR_CORRECTION = "M"
# The standard's quiet zone, and enough pixels that the phone shrinks the picture and never has to blow it up.
QUIET_ZONE_MODULES = 4
PIXELS_PER_MODULE = 12

_signer = Signer(salt="booking.check-in-code")


class CheckInCodeInvalid(Refusal):
    """Not a code of ours, or of no appointment that the desk may see."""


class CheckInCodeExpired(Refusal):
    """The code was ours, but its minutes are over."""


@dataclass(frozen=True, slots=True)
class CheckInCode:
    code: str
    expires_at: datetime


def issue_check_in_code(*, appointment: Appointment, now: datetime) -> CheckInCode:
    """Sign a code for an appointment that may check in now. Raises TransitionRefused, CheckInNotOpen, CheckInOver."""
    ensure_check_in_open(appointment=appointment, now=now)
    # Whole seconds: what is told is what is signed.
    expires_at = (now + LASTS).replace(microsecond=0)
    return CheckInCode(_signer.sign(f"{appointment.code}.{int(expires_at.timestamp())}"), expires_at)


def check_in_picture(code: str) -> bytes:
    """The code as a QR picture: a PNG, black on white with its quiet zone."""
    picture = io.BytesIO()
    drawn = segno.make_qr(code, error=ERROR_CORRECTION, boost_error=False)
    drawn.save(picture, kind="png", scale=PIXELS_PER_MODULE, border=QUIET_ZONE_MODULES, dark="#000", light="#fff")
    return picture.getvalue()


def read_check_in_code(*, code: str, now: datetime) -> str:
    """Return the appointment code of a scanned check-in code. Raises CheckInCodeInvalid, CheckInCodeExpired."""
    try:
        appointment_code, expires = _signer.unsign(code).split(".")
    except BadSignature as error:
        raise CheckInCodeInvalid() from error
    if now >= datetime.fromtimestamp(int(expires), UTC):
        raise CheckInCodeExpired()
    return appointment_code


def find_scanned(*, scanned: str, among: QuerySet[Appointment], now: datetime) -> Appointment:
    """Return the appointment of what the desk scanned or typed: a check-in code, or the appointment's own code.

    `among` are those that the desk may see; another hospital's is not found. Raises CheckInCodeInvalid, CheckInCodeExpired.
    """
    text = scanned.strip()
    # Typed by staff who have the patient before them: nothing has to be proven.
    code = read_check_in_code(code=text, now=now) if _signer.sep in text else text.upper()
    found = among.filter(code=code).select_related("patient", "session", "department").first()
    if found is None:
        raise CheckInCodeInvalid()
    return found

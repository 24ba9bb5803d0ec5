"""From the fields of one record to one past appointment, or to the reason why it is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.models import Sex
from booking.imports.layout import Layout
from booking.imports.moments import read_moment
from booking.models import Appointment, AppointmentStatus, Channel, Outcome
from booking.models.appointments import new_appointment_code
from hospitals.models import Department, HospitalPatient

# The oldest people on record did not reach it; files have such ages where a birth date was mistyped.
OLDEST_AGE = 125


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    """What is to be said about one line of the file."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class PastAppointment:
    """One row as it will be stored; `booked_as` is the written time where it could not be kept."""

    line: int
    import_key: str
    record_number: str
    department: str
    doctor_id: int | None
    visit_date: date
    created_at: datetime
    channel: str
    outcome: str
    status: str
    code: str
    sex: str
    age: int | None
    booked_as: str | None


# An appointment that was not attended used its seat up; a withdrawn one gave it back.
STATUS_OF: dict[str, str] = {
    Outcome.FULFILLED: AppointmentStatus.FULFILLED,
    Outcome.UNATTENDED: AppointmentStatus.NOSHOW,
    Outcome.CANCELLED: AppointmentStatus.CANCELLED,
    Outcome.MISSED: AppointmentStatus.NOSHOW,
    Outcome.VOID: AppointmentStatus.CANCELLED,
}


class BadRow(ValueError):
    """The row cannot be kept; the message says why."""


class RowReader:
    """Reads the rows of one file: its layout, the places of its columns, and what the hospital knows."""

    def __init__(
        self,
        *,
        layout: Layout,
        positions: Mapping[str, int],
        zone: ZoneInfo,
        doctors: Mapping[str, int],
        today: date,
        warn: Callable[[Remark], None],
    ) -> None:
        self._layout = layout
        self._positions = positions
        self._zone = zone
        self._doctors = doctors
        self._today = today
        self._warn = warn

    def read(self, line: int, fields: list[str]) -> PastAppointment:
        """Raises BadRow; what is odd but can be kept goes to `warn`."""
        visit_date = self._visit_date(fields)
        created_at = self._moment(fields, "booked_at")
        channel = self._channel(fields, created_at.date(), visit_date)
        outcome = self._meaning(fields, "outcome")
        booked_as = None
        if created_at.date() > visit_date:
            self._warn(
                Remark(line, f"booked on {created_at.date()}, after the visit on {visit_date}: kept as booked on the visit day")
            )
            created_at = datetime(visit_date.year, visit_date.month, visit_date.day, tzinfo=self._zone)
            channel, booked_as = Channel.SAME_DAY, self._text(fields, "booked_at")
        return PastAppointment(
            line=line,
            import_key=self._bounded(fields, "id", Appointment._meta.get_field("import_key").max_length),
            record_number=self._bounded(fields, "patient", HospitalPatient._meta.get_field("record_number").max_length),
            # The name is the code too where the department is new.
            department=self._bounded(fields, "department", Department._meta.get_field("code").max_length),
            doctor_id=self._doctor(fields),
            visit_date=visit_date,
            created_at=created_at,
            channel=channel,
            outcome=outcome,
            status=STATUS_OF[outcome],
            code=new_appointment_code(),
            sex=self._sex(line, fields),
            age=self._age(line, fields),
            booked_as=booked_as,
        )

    def _text(self, fields: list[str], name: str) -> str:
        """The field, or nothing where the file has no such column."""
        place = self._positions.get(name)
        return "" if place is None else fields[place]

    def _bounded(self, fields: list[str], name: str, longest: int | None) -> str:
        text = self._text(fields, name)
        if not text:
            raise BadRow(f"{name} is empty")
        if longest is not None and len(text) > longest:
            raise BadRow(f"{name} has {len(text)} characters, more than {longest}")
        return text

    def _moment(self, fields: list[str], name: str) -> datetime:
        text = self._text(fields, name)
        try:
            return read_moment(text, self._zone, ignores_offset=self._layout.ignores_offsets)
        except ValueError as error:
            raise BadRow(f"{name} {shown(text)} is no date") from error

    def _visit_date(self, fields: list[str]) -> date:
        visit_date = self._moment(fields, "visit_date").date()
        if visit_date > self._today:
            raise BadRow(f"the visit on {visit_date} is not past")
        return visit_date

    def _meaning(self, fields: list[str], name: str) -> str:
        word = self._text(fields, name)
        try:
            return self._layout.values[name][word]
        except KeyError as error:
            raise BadRow(f"{name} {shown(word)} is not in the map") from error

    def _channel(self, fields: list[str], booked_on: date, visit_date: date) -> str:
        if self._text(fields, "channel"):
            return self._meaning(fields, "channel")
        return Channel.SAME_DAY if booked_on == visit_date else Channel.ADVANCE

    def _doctor(self, fields: list[str]) -> int | None:
        code = self._text(fields, "doctor")
        if not code:
            return None
        try:
            return self._doctors[code]
        except KeyError as error:
            raise BadRow(f"the hospital has no doctor {shown(code)}") from error

    def _sex(self, line: int, fields: list[str]) -> str:
        word = self._text(fields, "sex")
        if not word:
            return Sex.UNKNOWN
        meaning = self._layout.values["sex"].get(word)
        if meaning is None:
            self._warn(Remark(line, f"sex {shown(word)} is not in the map: kept as unknown"))
        return meaning or Sex.UNKNOWN

    def _age(self, line: int, fields: list[str]) -> int | None:
        text = self._text(fields, "age")
        if not text:
            return None
        try:
            age = int(text)
        except ValueError:
            age = -1
        if 0 <= age <= OLDEST_AGE:
            return age
        self._warn(Remark(line, f"age {shown(text)} cannot be: kept as unknown"))
        return None


def shown(text: str, *, longest: int = 40) -> str:
    """The text in quotes, on one line and not too long for a message."""
    return repr(text if len(text) <= longest else f"{text[:longest]}…")

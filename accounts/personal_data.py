"""What the platform keeps about the person behind an account: told by export, let go by deletion.

Each app answers for its own tables. It registers a `Contributor` when it is ready (AppConfig.ready), so that this lowest layer
asks all of them without knowing any.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import AccountPatient, Patient, User


@dataclass(frozen=True, slots=True)
class Column:
    """One field of an export: its name for programs, its name for people, and where it is found from the row's model.

    `choices` turns a stored word into the one that people are shown.
    """

    name: str
    label: str
    path: str
    choices: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one kind that are kept. Every row has the names in `labels`, and no others."""

    name: str
    title: str
    labels: dict[str, str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose data it is.

    `patient_ids` are the patients in the account. `alone_ids` are those ever in it whom no other account carries: with the
    account goes all that says who they are.
    """

    user: User
    patient_ids: frozenset[int]
    alone_ids: frozenset[int]
    # Names, document numbers and phones of those in `alone_ids`, to be taken out of what others wrote.
    identifiers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Contributor:
    """One app's answer. `obstacles` says what has to come to an end before a deletion, `erase` runs inside of its transaction."""

    app: str
    export: Callable[[Person], list[Part]]
    obstacles: Callable[[Person], list[Refusal]] = lambda person: []
    erase: Callable[[Person, dt.datetime], None] = lambda person, now: None


_contributors: dict[str, Contributor] = {}


def register(contributor: Contributor) -> None:
    """Called once by each app, lower layers first: that is the order of INSTALLED_APPS."""
    _contributors[contributor.app] = contributor


def contributors() -> list[Contributor]:
    """Lower layers first."""
    return list(_contributors.values())


def person_of(user: User) -> Person:
    """Three queries, however many patients."""
    links = AccountPatient.objects.filter(user=user).values_list("patient_id", "removed_at")
    ever = {patient_id for patient_id, _ in links}
    alone = list(_carried_by_nobody_else(user, ever))
    return Person(
        user=user,
        patient_ids=frozenset(patient_id for patient_id, removed_at in links if removed_at is None),
        alone_ids=frozenset(patient.pk for patient in alone),
        identifiers=_identifiers(user, alone),
    )


def _carried_by_nobody_else(user: User, patient_ids: Iterable[int]) -> QuerySet[Patient]:
    others = AccountPatient.objects.filter(removed_at__isnull=True).exclude(user=user)
    return Patient.objects.filter(
        # A guardian stays with the children whom another account carries.
        ~Exists(others.filter(patient=OuterRef("pk"))) & ~Exists(others.filter(patient__guardian=OuterRef("pk"))),
        pk__in=list(patient_ids),
    )


def _identifiers(user: User, patients: list[Patient]) -> tuple[str, ...]:
    """The longest first, so that none is broken by a shorter one inside of it. A single character is no name to look for."""
    phones = AccountPatient.objects.filter(user=user, patient__in=patients)
    found = {user.phone, *(link.phone for link in phones)}
    found |= {text for patient in patients for text in (patient.name, patient.document_number, patient.phone)}
    return tuple(sorted((text for text in found if len(text) > 1), key=lambda text: (-len(text), text)))


def part_of(name: str, title: str, rows: QuerySet[Any], columns: Iterable[Column]) -> Part:
    """Read a part in one query. Moments are told with the offset of the platform's zone."""
    columns = list(columns)
    found = rows.values_list(*(column.path for column in columns))
    return Part(
        name=name,
        title=title,
        labels={column.name: column.label for column in columns},
        rows=[
            {column.name: told(value, column.choices) for column, value in zip(columns, row, strict=True)}
            for row in found.iterator()
        ],
    )


def told(value: Any, choices: Mapping[str, Any] | None = None) -> Any:
    """A column's value as JSON has it; of choices the word that people are shown."""
    if choices is not None and value in choices:
        return str(choices[value])
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def redacted(text: str, identifiers: Iterable[str]) -> str:
    """`text` with each identifier struck out.

    >>> redacted("王小明，电话 13800138000", ["13800138000", "王小明"])
    '***，电话 ***'
    """
    for identifier in identifiers:
        text = text.replace(identifier, "***")
    return text


def redact_rows(rows: QuerySet[Any], column: str, identifiers: Iterable[str]) -> None:
    """Strike identifiers out of a free text that others wrote. Two queries, the second only where something was found."""
    identifiers = tuple(identifiers)
    changed = []
    for row in rows.exclude(**{column: ""}).only("pk", column):
        text = getattr(row, column)
        clean = redacted(text, identifiers)
        if clean != text:
            setattr(row, column, clean)
            changed.append(row)
    rows.model._default_manager.bulk_update(changed, [column], batch_size=500)

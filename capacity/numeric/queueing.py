"""Waiting times of a clinic that runs all day: three exact queues and one approximation.

All four take the rate of arrivals **per hour of opening time** and the mean service time in minutes, and report the
steady state: patients arrive at random (Poisson), nobody leaves the queue, first come first served. With λ arrivals an
hour, s the mean service time, c servers, offered load a = λ·s and utilisation ρ = a / c:

- M/M/1, exponential service: Wq = ρ·s / (1 − ρ), Lq = ρ² / (1 − ρ);
- M/M/c, exponential service: P(wait) = B / (1 − ρ·(1 − B)) with B from the Erlang-B recursion B(0) = 1,
  B(k) = a·B(k−1) / (k + a·B(k−1)), which needs no factorial; Wq = P(wait)·s / (c·(1 − ρ));
- M/G/1, any service of coefficient of variation CV: Wq = ρ·s·(1 + CV²) / (2·(1 − ρ)) (Pollaczek–Khinchine).

- M/G/c, any service in several rooms, has no exact formula. The approximation of Lee and Longton takes what variation does to
  one server for what it does to c: Wq ≈ (1 + CV²) / 2 · Wq(M/M/c), and P(wait) ≈ that of M/M/c. It is exact at c = 1
  (Pollaczek–Khinchine) and at CV = 1 (M/M/c). It is also what the approximation of Allen and Cunneen for G/G/c says where
  arrivals are at random. Regular service in several busy rooms it tells within a few percent; at light load, and where a few
  consultations are very long (CV far above 1), it can be off by more.

Lq = λ·Wq throughout (Little). At ρ ≥ 1 the queue grows for as long as the doors are open and has no steady state: the
answer says so instead of giving a number.

Sources: Kleinrock, *Queueing Systems* I (1975), sections 3.2, 3.5 and 5.6; Gross et al., *Fundamentals of Queueing
Theory*, 4th ed. (2008), section 2.3, for the recursion; A. M. Lee and P. A. Longton, "Queueing processes associated with
airline passenger check-in", Operational Research Quarterly 10 (1959), for M/G/c; A. O. Allen, *Probability, Statistics, and
Queueing Theory*, 2nd ed. (1990), for Allen–Cunneen.
"""

import math
from dataclasses import dataclass

from capacity.numeric.errors import InvalidInput

# Far beyond any hospital; they keep the recursion short and every answer finite.
LARGEST_SERVERS = 100_000
LARGEST_ARRIVALS_PER_HOUR = 1e9
LARGEST_SERVICE_MINUTES = 1e6
LARGEST_CV = 100.0
MGC = "M/G/c (Lee-Longton approximation)"


@dataclass(frozen=True, slots=True)
class QueueEstimate:
    """The steady state of a queue. The last three are None where `stable` is False.

    `wait_minutes` and `queue_length` leave the service itself out; both are means over all patients, those who do not
    wait included. `wait_probability` is the share of patients who wait at all.
    """

    model: str
    utilisation: float
    stable: bool
    wait_minutes: float | None
    queue_length: float | None
    wait_probability: float | None


def mm1(*, arrivals_per_hour: float, service_minutes: float) -> QueueEstimate:
    """One server, exponential service.

    A day of 100 patients at 10 minutes each is no load of 100/360, as one source has it: its µ is per hour and its 360
    are the patients that 60 hours could take. At that load and 6 patients an hour of service its own formula says

    >>> round(mm1(arrivals_per_hour=100 / 60, service_minutes=10).wait_minutes, 2)
    3.85

    and 100 patients in 10 hours are ten an hour, more than one server can take:

    >>> mm1(arrivals_per_hour=100 / 10, service_minutes=10).stable
    False

    Raises InvalidInput for arrivals below zero, service not above zero, or a number that is not finite.
    """
    return _single_server("M/M/1", arrivals_per_hour, service_minutes, service_cv=1.0)


def mg1(*, arrivals_per_hour: float, service_minutes: float, service_cv: float) -> QueueEstimate:
    """One server whose service times have the mean `service_minutes` and the coefficient of variation `service_cv`.

    Regular consultations make short queues: at CV 0.465, measured in a real clinic, M/M/1 overstates the wait by
    2 / (1 + 0.465²) = 1.64.

    >>> regular = mg1(arrivals_per_hour=5, service_minutes=10, service_cv=0.465)
    >>> round(mm1(arrivals_per_hour=5, service_minutes=10).wait_minutes / regular.wait_minutes, 2)
    1.64

    Raises InvalidInput as `mm1` does, and for a `service_cv` below zero.
    """
    _require_cv(service_cv)
    return _single_server("M/G/1", arrivals_per_hour, service_minutes, service_cv=service_cv)


def mmc(*, arrivals_per_hour: float, service_minutes: float, servers: int) -> QueueEstimate:
    """One queue for `servers` equal servers, exponential service.

    >>> two = mmc(arrivals_per_hour=9, service_minutes=10, servers=2)
    >>> round(two.wait_probability, 4), round(two.wait_minutes, 4)
    (0.6429, 12.8571)

    Raises InvalidInput as `mm1` does, and for fewer than one server.
    """
    _require_servers(servers)
    load = _offered_load(arrivals_per_hour, service_minutes)
    utilisation = load / servers
    if utilisation >= 1:
        return _unstable("M/M/c", utilisation)
    blocked = erlang_b(offered_load=load, servers=servers)
    wait_probability = blocked / (1 - utilisation * (1 - blocked))
    wait_minutes = wait_probability * service_minutes / (servers * (1 - utilisation))
    return QueueEstimate(
        model="M/M/c",
        utilisation=utilisation,
        stable=True,
        wait_minutes=wait_minutes,
        queue_length=arrivals_per_hour / 60 * wait_minutes,
        wait_probability=wait_probability,
    )


def mgc(*, arrivals_per_hour: float, service_minutes: float, service_cv: float, servers: int) -> QueueEstimate:
    """One queue for `servers` equal servers, any service: the approximation of Lee and Longton.

    >>> regular = mgc(arrivals_per_hour=9, service_minutes=10, service_cv=0.465, servers=2)
    >>> round(regular.wait_probability, 4), round(regular.wait_minutes, 4)
    (0.6429, 7.8186)

    Raises InvalidInput as `mmc` and `mg1` do.
    """
    _require_cv(service_cv)
    exponential = mmc(arrivals_per_hour=arrivals_per_hour, service_minutes=service_minutes, servers=servers)
    if exponential.wait_minutes is None:
        return _unstable(MGC, exponential.utilisation)
    wait_minutes = (1 + service_cv**2) / 2 * exponential.wait_minutes
    return QueueEstimate(
        model=MGC,
        utilisation=exponential.utilisation,
        stable=True,
        wait_minutes=wait_minutes,
        queue_length=arrivals_per_hour / 60 * wait_minutes,
        wait_probability=exponential.wait_probability,
    )


def queue(
    *, arrivals_per_hour: float, service_minutes: float, service_cv: float | None = None, servers: int = 1
) -> QueueEstimate:
    """The model that fits what is known: without a coefficient of variation service is taken as exponential.

    >>> queue(arrivals_per_hour=9, service_minutes=10, service_cv=0.465, servers=2).model
    'M/G/c (Lee-Longton approximation)'

    Raises InvalidInput as the models do.
    """
    _require_servers(servers)
    rates = {"arrivals_per_hour": arrivals_per_hour, "service_minutes": service_minutes}
    if service_cv is None:
        return mm1(**rates) if servers == 1 else mmc(**rates, servers=servers)
    return mg1(**rates, service_cv=service_cv) if servers == 1 else mgc(**rates, service_cv=service_cv, servers=servers)


def erlang_b(*, offered_load: float, servers: int) -> float:
    """The share of arrivals that find all `servers` busy where nobody may wait; `offered_load` in Erlang.

    >>> erlang_b(offered_load=1.0, servers=2)
    0.2
    """
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = offered_load * blocked / (busy + offered_load * blocked)
    return blocked


def _single_server(model: str, arrivals_per_hour: float, service_minutes: float, *, service_cv: float) -> QueueEstimate:
    utilisation = _offered_load(arrivals_per_hour, service_minutes)
    if utilisation >= 1:
        return _unstable(model, utilisation)
    wait_minutes = utilisation * service_minutes * (1 + service_cv**2) / (2 * (1 - utilisation))
    return QueueEstimate(
        model=model,
        utilisation=utilisation,
        stable=True,
        wait_minutes=wait_minutes,
        queue_length=arrivals_per_hour / 60 * wait_minutes,
        wait_probability=utilisation,
    )


def _unstable(model: str, utilisation: float) -> QueueEstimate:
    return QueueEstimate(model, utilisation, False, None, None, None)


def _offered_load(arrivals_per_hour: float, service_minutes: float) -> float:
    """Arrivals during one mean service, the load in Erlang."""
    _require_finite(arrivals_per_hour=arrivals_per_hour, service_minutes=service_minutes)
    if not 0 <= arrivals_per_hour <= LARGEST_ARRIVALS_PER_HOUR:
        raise InvalidInput(
            "arrivals_per_hour", f"must be at least 0 and at most {LARGEST_ARRIVALS_PER_HOUR:g}, not {arrivals_per_hour:g}"
        )
    if not 0 < service_minutes <= LARGEST_SERVICE_MINUTES:
        raise InvalidInput("service_minutes", f"must be above 0 and at most {LARGEST_SERVICE_MINUTES:g}, not {service_minutes:g}")
    return arrivals_per_hour * service_minutes / 60


def _require_servers(servers: object) -> None:
    if type(servers) is not int or not 1 <= servers <= LARGEST_SERVERS:
        raise InvalidInput("servers", f"must be a whole number from 1 to {LARGEST_SERVERS}, not {servers!r}")


def _require_cv(service_cv: float) -> None:
    if not 0 <= service_cv <= LARGEST_CV:  # false for nan as well
        raise InvalidInput("service_cv", f"must be a number from 0 to {LARGEST_CV:g}, not {service_cv:g}")


def _require_finite(**values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise InvalidInput(name, f"must be finite, not {value}")

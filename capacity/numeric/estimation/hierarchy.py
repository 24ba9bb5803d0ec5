"""Clinics of doctors of departments of one hospital, and how belief travels between them.

A number of a clinic (its demand, its no-show rate) scatters around its doctor's, a doctor's around the department's, a
department's around the hospital's. A node's *strength* is the size of a sample that would tell as much; its variance is the
parent's unit variance over the strength. A child that scatters around its parent as widely as a sample of `worth` would, tells
the parent

    1 / (1/strength + 1/worth)

and is told as much of what the parent knows *from others*: what a node has said is taken out again before it is answered, so that
no evidence counts twice. On a tree this is exact for normal variables (belief propagation).

Source: Pearl, *Probabilistic Reasoning in Intelligent Systems* (1988), chapter 4; for two levels it is the shrinkage of Efron &
Morris, Journal of the American Statistical Association 70, 1975.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from capacity.numeric.errors import InvalidInput
from capacity.numeric.estimation.levels import Floats, Integers, department_indices, indices, sum_by


class Source(IntEnum):
    """Whose sessions a number rests on, from the nearest to none: ASSUMED is what is supposed of a hospital without history."""

    CLINIC = 0
    DOCTOR = 1
    DEPARTMENT = 2
    HOSPITAL = 3
    ASSUMED = 4


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The parents: `doctor` (clinics,) and `department` (doctors,) are indices; `departments` says how many there are."""

    doctor: Integers
    department: Integers
    departments: int

    @classmethod
    def of(cls, *, department: ArrayLike, departments: int, doctor: ArrayLike | None = None) -> Self:
        """From each clinic's department and, where known, doctor; without doctors each clinic is one's only clinic.

        Raises InvalidInput for an index out of range, or a doctor with clinics in two departments (give them as two).
        """
        of_clinic = department_indices(department, departments=departments)
        if doctor is None:
            return cls(np.arange(of_clinic.size), of_clinic, departments)
        whose = indices("doctor", doctor, below=max(of_clinic.size, 1))
        if whose.size != of_clinic.size:
            raise InvalidInput("doctor", f"must have {of_clinic.size} elements, not {whose.size}")
        of_doctor = np.zeros(int(whose.max(initial=-1)) + 1, dtype=np.int64)
        of_doctor[whose] = of_clinic
        if (of_doctor[whose] != of_clinic).any():
            raise InvalidInput("doctor", f"{whose[of_doctor[whose] != of_clinic][0]} has clinics in two departments")
        return cls(whose, of_doctor, departments)

    @property
    def clinics(self) -> int:
        return self.doctor.size

    @property
    def doctors(self) -> int:
        return self.department.size

    @property
    def of_clinic(self) -> Integers:
        """The department of each clinic."""
        return self.department[self.doctor]

    @property
    def hospital(self) -> Integers:
        """The parent of every department."""
        return np.zeros(self.departments, dtype=np.int64)

    def sizes(self, observations: Integers) -> "Sizes":
        """How many observations every source of every node has, from those of each clinic (clinics,)."""
        of_doctor = sum_by(self.doctor, observations, groups=self.doctors)
        of_department = sum_by(self.department, of_doctor, groups=self.departments)
        everywhere = observations.sum()
        clinics, departments, hospital = (np.zeros((n, len(Source)), dtype=np.int64) for n in (self.clinics, self.departments, 1))
        clinics[:, Source.CLINIC] = observations
        clinics[:, Source.DOCTOR] = of_doctor[self.doctor]
        clinics[:, Source.DEPARTMENT] = of_department[self.of_clinic]
        departments[:, Source.DEPARTMENT] = of_department
        for level in (clinics, departments, hospital):
            level[:, Source.HOSPITAL] = everywhere
        return Sizes(clinics, departments, hospital)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Observations by node and `Source`: (n, len(Source)) each. A doctor's are those of all the doctor's clinics, and so on; what
    is assumed has none, and a level nothing of the levels below it."""

    clinics: Integers
    departments: Integers
    hospital: Integers


@dataclass(frozen=True, slots=True)
class Belief:
    """What is known of n nodes, each array (n,)."""

    value: Floats
    strength: Floats

    def plus(self, other: "Belief") -> "Belief":
        """Both together; the first one's value where neither knows anything."""
        strength = self.strength + other.strength
        known = strength > 0
        value = self.value.copy()
        value[known] = ((self.value * self.strength + other.value * other.strength)[known]) / strength[known]
        return Belief(value, strength)

    def minus(self, other: "Belief") -> "Belief":
        """Without what `other` has said, which is a part of it."""
        # What rounding leaves of a difference is no evidence.
        strength = self.strength - other.strength
        strength = np.where(strength > 1e-9 * self.strength, strength, 0.0)
        known = strength > 0
        value = self.value.copy()
        value[known] = ((self.value * self.strength - other.value * other.strength)[known]) / strength[known]
        return Belief(value, strength)

    def at(self, index: Integers) -> "Belief":
        return Belief(self.value[index], self.strength[index])


def attenuated(belief: Belief, worth: float) -> Belief:
    """What a parent hears of its child, or a child of its parent."""
    return Belief(belief.value, belief.strength / (1 + belief.strength / worth))


def gathered(said: Belief, parent: Integers, parents: int, fallback: float) -> Belief:
    """What the children have said, put together by parent; `fallback` is the value where nothing was said."""
    strength = sum_by(parent, said.strength, groups=parents)
    value = np.full(parents, fallback)
    known = strength > 0
    value[known] = sum_by(parent, said.strength * said.value, groups=parents)[known] / strength[known]
    return Belief(value, strength)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of n nodes apart from their own evidence, and the shares (n, len(Source)) of what it rests on."""

    belief: Belief
    shares: Floats

    def with_own(self, own: Belief, source: Source) -> "Told":
        """Together with evidence of the nodes' own."""
        together = self.belief.plus(own)
        rest = self.belief.strength / np.where(together.strength > 0, together.strength, 1)
        shares = self.shares * rest[:, np.newaxis]
        shares[:, source] += 1 - rest
        return Told(together, shares)

    def passed_down(self, *, own: Belief, said: Belief, source: Source, parent: Integers, worth: float) -> "Told":
        """What each child is told: `own` is what the parents gathered, of which the child itself has `said` a part."""
        others = own.at(parent).minus(said)
        above = Told(self.belief.at(parent), self.shares[parent]).with_own(others, source)
        return Told(attenuated(above.belief, worth), above.shares)


def assumption(value: float, strength: float) -> Told:
    """What is supposed of a hospital without any history."""
    shares = np.zeros((1, len(Source)))
    shares[0, Source.ASSUMED] = 1
    return Told(Belief(np.array([value]), np.array([strength])), shares)

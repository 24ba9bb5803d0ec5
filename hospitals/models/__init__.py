from hospitals.models.organisation import (
    ClinicalSubject,
    Department,
    Doctor,
    DoctorTitle,
    Hospital,
    HospitalLevel,
    HospitalPatient,
    RegistrationType,
    StaffMembership,
    StaffRole,
)
from hospitals.models.policy import BookingPolicy, MoveScope, SuspensionDefault
from hospitals.models.schedule import ClinicSession, HotPin, Period, SessionStatus, Slot, Weekday, WeeklyTemplate

__all__ = [
    "BookingPolicy",
    "ClinicSession",
    "ClinicalSubject",
    "Department",
    "Doctor",
    "DoctorTitle",
    "Hospital",
    "HospitalLevel",
    "HospitalPatient",
    "HotPin",
    "MoveScope",
    "Period",
    "RegistrationType",
    "SessionStatus",
    "Slot",
    "StaffMembership",
    "StaffRole",
    "SuspensionDefault",
    "Weekday",
    "WeeklyTemplate",
]

from accounts.models.consents import Consent, ConsentKind, SensitiveAccess
from accounts.models.patients import AccountPatient, DocumentType, Patient, Relationship, Sex
from accounts.models.users import SmsCode, User, WeChatIdentity

__all__ = [
    "AccountPatient",
    "Consent",
    "ConsentKind",
    "DocumentType",
    "Patient",
    "Relationship",
    "SensitiveAccess",
    "Sex",
    "SmsCode",
    "User",
    "WeChatIdentity",
]

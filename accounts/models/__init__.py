from accounts.models.consents import Consent, ConsentKind, SensitiveAccess
from accounts.models.deletions import AccountDeletion
from accounts.models.patients import AccountPatient, DocumentType, Patient, Relationship, Sex
from accounts.models.users import SmsCode, User, WeChatIdentity

__all__ = [
    "AccountDeletion",
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

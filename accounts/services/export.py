"""Everything that is kept about a person, as one document."""

import datetime as dt
from typing import Final

from django.db import transaction

from accounts.models import AccountPatient, Consent, Patient, Relationship, SensitiveAccess, Sex, User
from accounts.models.consents import ConsentKind
from accounts.personal_data import Column, Part, Person, contributors, part_of, person_of, told

OWN_LOOK: Final = "本人导出个人数据"

_ACCOUNT = (
    Column("id", "账户编号", "pk"),
    Column("phone", "手机号", "phone"),
    Column("phone_verified_at", "手机号验证时间", "phone_verified_at"),
    Column("joined_at", "注册时间", "date_joined"),
    Column("last_login_at", "最近登录", "last_login"),
    Column("wechat_appid", "微信小程序 AppID", "wechat_identity__appid"),
    Column("wechat_openid", "微信 OpenID", "wechat_identity__openid"),
    Column("wechat_unionid", "微信 UnionID", "wechat_identity__unionid"),
    Column("wechat_bound_at", "微信绑定时间", "wechat_identity__created_at"),
)
_CONSENTS = (
    Column("kind", "类别", "kind", dict(ConsentKind.choices)),
    Column("version", "文本版本", "version"),
    Column("patient", "就诊人编号", "patient_id"),
    Column("given_at", "同意时间", "given_at"),
    Column("withdrawn_at", "撤回时间", "withdrawn_at"),
)
_LOOKS = (
    Column("patient", "就诊人编号", "patient_id"),
    Column("field", "查看内容", "field", {"document_number": "证件号码", "phone": "联系电话", "export": "全部（导出）"}),
    Column("at", "查看时间", "at"),
)
_PATIENT_LABELS = {
    "id": "就诊人编号",
    "name": "姓名",
    "sex": "性别",
    "birth_date": "出生日期",
    "document_type": "证件类型",
    "document_number": "证件号码",
    "phone": "联系电话",
    "guardian": "监护人编号",
    "relationship": "关系",
    "added_at": "添加时间",
    "removed_at": "移除时间",
}


@transaction.atomic
def export_personal_data(*, user: User, now: dt.datetime) -> list[Part]:
    """The parts of all apps, lower layers first. Each patient whose document is told gets a row in the record of looks."""
    person = person_of(user)
    parts = [part for contributor in contributors() for part in contributor.export(person)]
    SensitiveAccess.objects.bulk_create(
        SensitiveAccess(user=user, patient_id=patient_id, field="export", reason=OWN_LOOK, at=now)
        for patient_id in sorted(person.patient_ids)
    )
    return parts


def accounts_parts(person: Person) -> list[Part]:
    """This app's own part."""
    mine = User.objects.filter(pk=person.user.pk)
    consents = Consent.objects.filter(user=person.user).order_by("pk")
    looks = SensitiveAccess.objects.filter(patient__in=person.patient_ids).order_by("pk")
    return [
        part_of("account", "账户", mine, _ACCOUNT),
        _patients(person),
        part_of("consents", "同意记录", consents, _CONSENTS),
        part_of("looks", "证件与电话的查看记录", looks, _LOOKS),
    ]


def _patients(person: Person) -> Part:
    links = AccountPatient.objects.filter(user=person.user).select_related("patient").order_by("pk")
    return Part("patients", "就诊人", _PATIENT_LABELS, [_patient(link) for link in links])


def _patient(link: AccountPatient) -> dict[str, object]:
    """Of one whom the account has let go no more than it could still see. The phone is the one that this account gave."""
    patient: Patient = link.patient
    is_theirs = link.removed_at is None
    return {
        "id": patient.pk,
        "name": patient.name if is_theirs else patient.masked_name,
        "sex": str(Sex(patient.sex).label),
        "birth_date": told(patient.birth_date) if is_theirs else None,
        "document_type": patient.get_document_type_display(),
        "document_number": patient.document_number if is_theirs else patient.masked_document_number,
        "phone": link.phone,
        "guardian": patient.guardian_id if is_theirs else None,
        "relationship": str(Relationship(link.relationship).label),
        "added_at": told(link.added_at),
        "removed_at": told(link.removed_at),
    }

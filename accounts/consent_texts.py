"""The texts that a person agrees to, by version. A text that was published is never edited: a change is a new version.

`settings.CONSENT_VERSION` names the one in force. Older ones stay, because consents that stand were given to them.
"""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from accounts.models import ConsentKind


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentText:
    kind: ConsentKind
    version: str
    title: str
    summary: str
    sections: tuple[Section, ...]


_PRIVACY = ConsentText(
    kind=ConsentKind.PRIVACY_POLICY,
    version="2026-11",
    title="约诊隐私政策",
    summary="我们只收集预约挂号需要的信息，不出售、不用于广告；您可以随时查看、导出和注销。",
    sections=(
        Section(
            "我们收集哪些信息",
            (
                "登录：微信提供的用户标识（OpenID），用于识别您的账户和支付。",
                "手机号：由您授权或用验证码绑定，用于联系您和找回账户。",
                "就诊人：姓名、证件类型与号码、性别、出生日期、联系电话，医院实名预约必须使用。",
                "预约：您预约、改约、取消、签到、候诊、支付和退款的记录。",
                "位置：仅在您同意时使用模糊位置，按距离排列医院；不保存，也可以不提供。",
            ),
        ),
        Section(
            "我们怎样使用",
            (
                "为您预约、收费、退款、签到、叫号，以及发送与就诊有关的通知。",
                "按您在各医院的履约情况计算履约等级，规则和依据都能在“我的履约等级”中查看，可以申诉和申请复核。",
                "统计门诊需求，用于安排号源；统计结果不含能识别您的信息。",
                "预计就诊人能否按时就诊的概率，只用于提醒和安排号源，不影响您能否预约，也不影响价格。",
            ),
        ),
        Section(
            "谁能看到",
            (
                "您预约的医院的工作人员，只能看到本院的预约。证件号码和电话默认隐藏，每次查看都会记录查看人和事由。",
                "微信支付处理付款与退款，微信发送您订阅的通知。除此之外，我们不向任何人提供您的信息，法律另有规定的除外。",
            ),
        ),
        Section(
            "怎样保护和保存",
            (
                "证件号码、电话和申诉图片加密保存，传输全程加密。",
                "信息保存到您注销账户为止。注销后，姓名、证件、电话和微信标识被删除，"
                "预约与收费记录按法律要求保留，但不再能识别到您。",
            ),
        ),
        Section(
            "您的权利",
            (
                "查看和更正：在“就诊人”和“我的”中查看；身份信息有误时请联系医院核对。",
                "导出：在“隐私”中导出与您有关的全部数据。",
                "撤回同意：在“隐私”中撤回，撤回前已经进行的处理不受影响。",
                "注销：在“隐私”中注销账户；有未结束的预约、支付、退款或申诉时，请先处理完。",
            ),
        ),
    ),
)
_HEALTH = ConsentText(
    kind=ConsentKind.HEALTH_DATA,
    version="2026-11",
    title="健康信息处理同意书",
    summary="预约的科室、医生和就诊记录属于敏感个人信息，需要您单独同意。",
    sections=(
        Section(
            "为什么需要单独同意",
            ("您在哪个科室、看哪位医生、何时就诊，可能反映健康状况，属于敏感个人信息。没有这些信息就无法预约。",),
        ),
        Section(
            "处理哪些信息",
            ("预约的医院、科室、医生和时间，签到、候诊与就诊结果，加号原因，以及您在申诉中提交的说明和图片。",),
        ),
        Section(
            "怎样处理",
            (
                "只用于为该就诊人预约和就诊，以及计算在该医院的履约等级。只有该医院的相关工作人员可以查看。",
                "我们不读取病历、处方和检查结果。",
            ),
        ),
        Section(
            "不同意或撤回会怎样",
            ("不同意或撤回后，不能再为该就诊人预约；已有的预约仍可就诊或取消。您可以随时重新同意。",),
        ),
        Section("为他人添加", ("为家人等他人添加就诊人时，请先取得本人的同意。",)),
    ),
)
_MINOR = ConsentText(
    kind=ConsentKind.MINOR_DATA,
    version="2026-11",
    title="未满十四周岁未成年人信息处理同意书",
    summary="未满 14 周岁儿童的全部个人信息都属于敏感个人信息，须由监护人同意。",
    sections=(
        Section(
            "由谁同意",
            ("请由儿童的父母或其他监护人阅读并同意。勾选即表示您是其监护人，或已取得监护人的同意。",),
        ),
        Section(
            "处理哪些信息",
            ("儿童的姓名、性别、出生日期、证件（没有证件时登记在监护人名下），以及预约和就诊记录。",),
        ),
        Section(
            "怎样处理",
            (
                "只用于为儿童预约和就诊；不用于推荐，也不向医院以外的人提供。",
                "证件号码加密保存，每次查看都会记录。",
            ),
        ),
        Section(
            "监护人的权利",
            ("监护人可以查看、导出儿童的信息，移除就诊人，撤回同意或注销账户；撤回后不能再为儿童预约。",),
        ),
    ),
)

_PUBLISHED: Final[dict[str, tuple[ConsentText, ...]]] = {"2026-11": (_PRIVACY, _HEALTH, _MINOR)}


def versions() -> list[str]:
    """Every version that was published, the oldest first."""
    return sorted(_PUBLISHED)


def consent_texts(version: str | None = None) -> tuple[ConsentText, ...]:
    """The texts of a version, of the one in force where none is named. Raises KeyError for one that never was."""
    return _PUBLISHED[version or settings.CONSENT_VERSION]

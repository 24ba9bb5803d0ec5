"""JSON in and out of the accounts' API. What comes out never carries a whole document number or phone."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.api.fields import StrictChoiceField, StrictDateField, StrictIdField, StrictTextField
from accounts.models import AccountPatient, Consent, ConsentKind, DocumentType, Relationship, Sex, User
from accounts.services.patients import PatientDetails


class WeChatCodeIn(serializers.Serializer[Any]):
    code = StrictTextField(max_length=128, help_text="wx.login 或 getPhoneNumber 返回的 code")


class PhoneIn(serializers.Serializer[Any]):
    phone = StrictTextField(max_length=32, help_text="中国大陆手机号")


class SmsCodeIn(PhoneIn):
    code = serializers.RegexField(r"^[0-9]{6}\Z", help_text="6 位短信验证码", error_messages={"invalid": "验证码为 6 位数字。"})

    def validate_code(self, value: str) -> str:
        # RegexField takes numbers as text; a code with a leading zero would not survive that.
        if not isinstance(self.initial_data.get("code"), str):
            raise serializers.ValidationError("验证码为 6 位数字。")
        return value


class BindPhoneIn(serializers.Serializer[Any]):
    """Either `wechat_code`, or `phone` with `code`."""

    wechat_code = StrictTextField(max_length=128, required=False, help_text="getPhoneNumber 返回的 code")
    phone = StrictTextField(max_length=32, required=False)
    code = StrictTextField(max_length=6, min_length=6, required=False, help_text="6 位短信验证码")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) not in ({"wechat_code"}, {"phone", "code"}):
            raise serializers.ValidationError("请提交微信手机号凭证，或手机号与短信验证码。")
        return attrs


class RefreshIn(serializers.Serializer[Any]):
    refresh = StrictTextField(max_length=2000)


class TokensOut(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    expires_in_seconds = serializers.IntegerField(help_text="access 的有效秒数")


class SignInOut(TokensOut):
    is_new = serializers.BooleanField(help_text="是否首次登录")


class SentCodeOut(serializers.Serializer[Any]):
    expires_at = serializers.DateTimeField()
    next_at = serializers.DateTimeField(help_text="此后才能再次获取")


class MeOut(serializers.ModelSerializer[User]):
    phone = serializers.CharField(source="masked_phone")
    has_phone = serializers.SerializerMethodField()
    has_wechat = serializers.SerializerMethodField()
    patients_limit = serializers.SerializerMethodField()
    consent_version = serializers.SerializerMethodField(help_text="现行的隐私与健康信息处理文本版本")

    class Meta:
        model = User
        fields = ["id", "phone", "has_phone", "has_wechat", "patients_limit", "consent_version"]

    def get_has_phone(self, user: User) -> bool:
        return user.phone_index is not None

    def get_has_wechat(self, user: User) -> bool:
        return hasattr(user, "wechat_identity")

    def get_patients_limit(self, user: User) -> int:
        return int(settings.PATIENTS_PER_ACCOUNT)

    def get_consent_version(self, user: User) -> str:
        return str(settings.CONSENT_VERSION)


class PatientIn(serializers.Serializer[Any]):
    """A person with a document; or, without one, a child of `guardian`."""

    name = StrictTextField(max_length=50)
    document_type = StrictChoiceField(choices=DocumentType.choices, required=False)
    document_number = StrictTextField(max_length=40, required=False)
    sex = StrictChoiceField(choices=Sex.choices, required=False, help_text="居民身份证可不填")
    birth_date = StrictDateField(required=False, help_text="居民身份证可不填")
    phone = StrictTextField(max_length=32, required=False, allow_blank=True)
    guardian = StrictIdField(required=False, help_text="无证件儿童的监护人，须为本账户的就诊人")
    relationship = StrictChoiceField(choices=Relationship.choices)
    consents = serializers.ListField(
        child=StrictChoiceField(choices=ConsentKind.choices), max_length=len(ConsentKind), help_text="已勾选同意的文本"
    )
    consent_version = StrictTextField(max_length=32)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "document_type" in attrs and "guardian" in attrs:
            raise serializers.ValidationError({"guardian": ["有证件的就诊人不需要监护人。"]})
        if "document_number" in attrs and "document_type" not in attrs:
            raise serializers.ValidationError({"document_type": ["请选择证件类型。"]})
        return attrs

    def details(self) -> PatientDetails:
        given = self.validated_data
        return PatientDetails(
            name=given["name"],
            document_type=given.get("document_type", ""),
            document_number=given.get("document_number", ""),
            sex=given.get("sex"),
            birth_date=given.get("birth_date"),
            phone=given.get("phone", ""),
            guardian_id=given.get("guardian"),
        )


class PatientPatchIn(serializers.Serializer[Any]):
    relationship = StrictChoiceField(choices=Relationship.choices, required=False)
    phone = StrictTextField(max_length=32, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError({name: ["就诊人的身份信息不能修改。"] for name in unknown})
        return attrs


class PatientOut(serializers.ModelSerializer[AccountPatient]):
    id = serializers.IntegerField(source="patient_id")
    name = serializers.CharField(source="patient.name")
    sex = serializers.ChoiceField(source="patient.sex", choices=Sex.choices)
    birth_date = serializers.DateField(source="patient.birth_date", allow_null=True)
    document_type = serializers.CharField(source="patient.document_type")
    document_type_label = serializers.CharField(source="patient.get_document_type_display")
    document_number = serializers.CharField(source="patient.masked_document_number", help_text="已脱敏")
    phone = serializers.CharField(source="masked_phone", help_text="已脱敏")
    guardian = serializers.IntegerField(source="patient.guardian_id", allow_null=True)
    relationship_label = serializers.CharField(source="get_relationship_display")

    class Meta:
        model = AccountPatient
        fields = [
            "id",
            "name",
            "sex",
            "birth_date",
            "document_type",
            "document_type_label",
            "document_number",
            "phone",
            "guardian",
            "relationship",
            "relationship_label",
            "added_at",
        ]


class ConsentIn(serializers.Serializer[Any]):
    kind = StrictChoiceField(choices=ConsentKind.choices)
    version = StrictTextField(max_length=32)
    patient = StrictIdField(required=False, help_text="隐私政策不填；其余必填")


class ConsentOut(serializers.ModelSerializer[Consent]):
    kind_label = serializers.CharField(source="get_kind_display")
    patient = serializers.IntegerField(source="patient_id", allow_null=True)

    class Meta:
        model = Consent
        fields = ["id", "kind", "kind_label", "version", "patient", "given_at", "withdrawn_at"]

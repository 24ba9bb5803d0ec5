"""Fields that take JSON's own types and nothing that merely looks like them: `1` is no text, `"1"` and `true` are no number."""

from typing import Any

from rest_framework import serializers

# What a primary key can hold (bigint); anything above is nobody's.
LARGEST_ID = 2**63 - 1


class StrictTextField(serializers.CharField):
    default_error_messages = {"invalid": "请提交文本。"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictIdField(serializers.IntegerField):
    """A row's id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChoiceField(serializers.ChoiceField):
    # DRF's sentence repeats what was sent, which may be anything.
    default_error_messages = {"invalid_choice": "请从所列选项中选择。"}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


class StrictDateField(serializers.DateField):
    """`2026-11-21`."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)

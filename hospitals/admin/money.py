"""Money is stored in fen and shown to staff in yuan."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

MOST_YUAN: Final = Decimal(100_000)


def yuan(fen: int) -> str:
    """`1550` → `15.50`."""
    return f"{fen // 100}.{fen % 100:02d}"


class YuanField(forms.Field):
    """Typed in yuan with at most two decimals, cleaned to whole fen."""

    widget = forms.NumberInput(attrs={"step": "0.01", "min": "0"})

    def prepare_value(self, value: Any) -> Any:
        return yuan(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            amount = Decimal(str(value).strip())
        except InvalidOperation as error:
            raise ValidationError("请输入金额，例如 15.50。") from error
        if not amount.is_finite() or not 0 <= amount <= MOST_YUAN:
            raise ValidationError(f"金额应在 0 到 {MOST_YUAN} 元之间。")
        if amount != amount.quantize(Decimal("0.01")):
            raise ValidationError("金额最多两位小数。")
        return int(amount * 100)

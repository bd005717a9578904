"""Numbers as people type them: １０，０００.５０ 元, 14.4 %."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

DRESS = re.compile(r"[\s,%¥元期天倍]")  # what may stand around the digits


class Number(forms.DecimalField):
    """A number from ``low`` to ``high`` with at most ``places`` decimals."""

    def __init__(self, label: Any, low: str, high: str, *, places: int = 2, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            label=label,
            min_value=Decimal(low),
            max_value=Decimal(high),
            decimal_places=places,
            widget=widget,
            **kwargs,
        )
        between = format_lazy(
            _("请填 {low} 到 {high} 之间的数。"), low=f"{Decimal(low):,}", high=f"{Decimal(high):,}"
        )
        self.error_messages |= {
            "required": _("请填数字。"),
            "invalid": _("请只填数字，例如 10000 或 899.75。"),
            "min_value": between,
            "max_value": between,
            "max_decimal_places": _("小数最多 %(max)s 位。") if places else _("请填整数。"),
        }

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = DRESS.sub("", unicodedata.normalize("NFKC", value)) or ("x" if value.strip() else "")
        return super().to_python(value)


class Amount(Number):
    """Yuan and cents."""

    def __init__(self, label: Any, low: str = "1", high: str = "10000000", **kwargs: Any) -> None:
        super().__init__(label, low, high, **kwargs)


class Whole(Number):
    def __init__(self, label: Any, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(label, str(low), str(high), places=0, **kwargs)

    def clean(self, value: Any) -> int | None:
        number = super().clean(value)
        return None if number is None else int(number)

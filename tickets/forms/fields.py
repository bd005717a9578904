"""Fields that both sides share: a way to be reached, several files, and yes or no."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core import clock
from helpdesk.core.uploads import ALLOWED, CheckedFile, check_upload

MAX_FILES = 5
ACCEPT = ",".join(f".{extension}" for extension in ALLOWED)
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)
_LANDLINE = re.compile(r"0\d{9,11}", re.ASCII)
_ABROAD = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def clean_contact(text: str) -> str:
    """A phone number as bare digits (``+`` before a foreign one) or an e-mail address."""
    text = unicodedata.normalize("NFKC", text).strip()
    if "@" in text:
        try:
            validate_email(text)
        except ValidationError as error:
            raise ValidationError(_("这个邮箱地址不完整，例如 name@example.com。"), code="email") from error
        return text
    digits = re.sub(r"[\s()-]", "", text)
    if match := _MOBILE.fullmatch(digits):
        return match[1]
    if _LANDLINE.fullmatch(digits) or _ABROAD.fullmatch(digits):
        return digits
    raise ValidationError(
        _("请填写 11 位手机号、带区号的座机，或邮箱地址。国外号码请以 + 和国家代码开头。"), code="contact"
    )


class ContactField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("手机或邮箱"))
        super().__init__(max_length=120, **kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return clean_contact(text) if text else ""


class PastMoment(forms.DateTimeField):
    """When something happened, in the desk's time; empty means now."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment and moment > clock.now():
            raise ValidationError(_("请填现在或以前的时间。"), code="future")
        return moment


class PastDay(forms.DateField):
    """A day that has come."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and day > clock.today():
            raise ValidationError(_("请选今天或以前的一天。"), code="future")
        return day


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": ACCEPT})


class FilesField(forms.FileField):
    """Up to ``MAX_FILES`` files; cleans to a list of CheckedFile, the same content once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("附件"))
        super().__init__(widget=FilesInput(), allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[CheckedFile]:
        uploads: Sequence[Any] = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not uploads:
            raise ValidationError(_("请选择一个文件。"), code="required")
        if len(uploads) > MAX_FILES:
            raise ValidationError(
                _("一次最多 %(most)d 个文件，现在是 %(count)d 个。"),
                code="too_many",
                params={"most": MAX_FILES, "count": len(uploads)},
            )
        errors: list[ValidationError] = []
        checked: dict[str, CheckedFile] = {}
        for upload in uploads:
            try:
                file = check_upload(upload)
                checked[file.sha256] = file
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return list(checked.values())


class FileField(forms.FileField):
    """One file; cleans to a CheckedFile, or to None where there need be none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("文件"))
        widget = forms.FileInput(attrs={"accept": ACCEPT})
        super().__init__(widget=widget, allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> CheckedFile | None:
        upload = super().clean(data, initial)
        return check_upload(upload) if upload else None


def too_large(form: forms.BaseForm) -> bool:
    """True if a file was refused for its size: the answer is then 413."""
    return any(error.code == "too_large" for errors in form.errors.as_data().values() for error in errors)

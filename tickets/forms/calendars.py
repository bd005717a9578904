"""A year of a calendar, as a file or as text."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core import calendar
from helpdesk.core.administration.calendars import read_year
from helpdesk.core.errors import ActionError
from helpdesk.core.forms import TextArea
from helpdesk.core.models import CalendarYear
from tickets.deadlines import packs

MOST_BYTES = 64 * 1024


class CalendarForm(forms.Form):
    calendar_name = forms.ChoiceField(label=_("日历"))
    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2100)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("放假通知的名称和文号。"))
    file = forms.FileField(
        label=_("文件"),
        required=False,
        help_text=_("CSV：日期、1 上班或 0 休息、名称。只写和周一至周五上班不同的日子。"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    text = TextArea(label=_("或者直接写"), rows=8, max_length=20_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {*calendar.delivered(), *(pack.calendar_name for pack in packs())}
        self.fields["calendar_name"].choices = [(name, name) for name in sorted(names)]  # type: ignore[attr-defined]
        self.trial: CalendarYear | None = None

    def clean(self) -> dict[str, Any]:
        """The text of the file, or what was written; read as the import will read it."""
        typed = self.cleaned_data
        file: Any = typed.pop("file", None)
        if file:
            typed["text"] = self._decoded(file)
        if self.errors:
            return typed
        if not typed["text"].strip():
            self.add_error("file", _("请选择文件，或者直接写。"))
            return typed
        try:
            self.trial = read_year(**typed)
        except ActionError as wrong:
            self.add_error("text", wrong.message)
        return typed

    def _decoded(self, file: Any) -> str:
        if (file.size or 0) > MOST_BYTES:
            self.add_error("file", _("文件太大，一年的日历不超过 64 KB。"))
            return ""
        data: bytes = file.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\x00" not in text:
                return text.replace("\r\n", "\n")
        self.add_error("file", _("这不是 CSV 文件。"))
        return ""

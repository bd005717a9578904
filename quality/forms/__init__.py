"""What people fill in and filter by in the quality room."""

from quality.forms.alert import AlertsForm, DismissForm, SeriesCasesForm, SeriesForm
from quality.forms.filters import CasesForm, ExportForm, SearchesForm, TrendsForm
from quality.forms.improvement import (
    CompleteForm,
    CorrectionForm,
    CorrectionsForm,
    DropForm,
    ImprovementForm,
    ImprovementsForm,
    JudgeForm,
    SourceForm,
)

__all__ = [
    "AlertsForm",
    "CasesForm",
    "CompleteForm",
    "CorrectionForm",
    "CorrectionsForm",
    "DismissForm",
    "DropForm",
    "ExportForm",
    "ImprovementForm",
    "ImprovementsForm",
    "JudgeForm",
    "SearchesForm",
    "SeriesCasesForm",
    "SeriesForm",
    "SourceForm",
    "TrendsForm",
]

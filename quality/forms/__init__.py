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
from quality.forms.review import (
    AppealForm,
    DecideForm,
    DrawForm,
    ResultsForm,
    ReviewsForm,
    ScoreForm,
    SettleForm,
    VersionForm,
    items_formset,
)

__all__ = [
    "AlertsForm",
    "AppealForm",
    "CasesForm",
    "CompleteForm",
    "CorrectionForm",
    "CorrectionsForm",
    "DecideForm",
    "DismissForm",
    "DrawForm",
    "DropForm",
    "ExportForm",
    "ImprovementForm",
    "ImprovementsForm",
    "JudgeForm",
    "ResultsForm",
    "ReviewsForm",
    "ScoreForm",
    "SearchesForm",
    "SeriesCasesForm",
    "SeriesForm",
    "SettleForm",
    "SourceForm",
    "TrendsForm",
    "VersionForm",
    "items_formset",
]

"""Alerts: raised and eased by the nightly job, dismissed and recalled by people."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from quality.models import TrendAlert
from quality.permissions import answers_alerts, watches_series
from quality.series import Series
from quality.shift import Shift


@creation("trend_alert.raised", allowed=watches_series)
def raise_trend_alert(
    *, actor: User, series: Series, since: dt.date, until: dt.date, shift: Shift
) -> TrendAlert:
    """Once for each series and beginning; a second worker is told that it came second."""
    try:
        with transaction.atomic():
            return TrendAlert.objects.create(
                **series.columns,
                since=since,
                until=until,
                hits_before=shift.before.hits,
                n_before=shift.before.n,
                weeks_before=shift.weeks_before,
                hits_after=shift.after.hits,
                n_after=shift.after.n,
                weeks_after=shift.weeks_after,
                chance=shift.chance,
                noise=shift.noise,
                raised_at=clock.now(),
            )
    except IntegrityError as twice:
        raise ActionError(_("这个变化已经提醒过。")) from twice


@action("trend_alert.eased", allowed=watches_series)
def ease_trend_alert(alert: TrendAlert, *, actor: User, since: dt.date) -> TrendAlert:
    """The series came back from its new level; from then on it is watched afresh."""
    alert.ease()
    alert.eased_since = since
    alert.save()
    return alert


@action("trend_alert.dismissed", allowed=answers_alerts)
def dismiss_trend_alert(alert: TrendAlert, *, actor: User, reason: str) -> TrendAlert:
    """It comes back only when the series changes again."""
    alert.dismiss()
    alert.reason, alert.dismissed_by, alert.dismissed_at = reason, actor, clock.now()
    alert.save()
    return alert


@action("trend_alert.recalled", allowed=answers_alerts)
def recall_trend_alert(alert: TrendAlert, *, actor: User) -> TrendAlert:
    """Undo a dismissal."""
    alert.recall()
    alert.reason, alert.dismissed_by, alert.dismissed_at = "", None, None
    alert.save()
    return alert

"""How people set up their queue: saved views, columns, keys."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import is_oneself, is_staff
from tickets import columns as known
from tickets.actions.base import staff_of
from tickets.models import QueueSettings, SavedView
from tickets.permissions import changes_view

MOST_VIEWS = 20  # one person's own: all that are shown are counted whenever the queue is


def _free(owner: User, name: str, *, but: SavedView | None = None) -> None:
    same = SavedView.objects.filter(owner=owner, name=name, deleted_at=None)
    if any(view != but for view in same):
        raise ActionError(_("您已经有一个叫这个名称的视图。"))


def _room(owner: User) -> None:
    if SavedView.objects.filter(owner=owner, deleted_at=None).count() >= MOST_VIEWS:
        raise ActionError(_("每人最多保存 %(most)d 个视图，请先删除不用的。") % {"most": MOST_VIEWS})


@creation("queue_view.saved", allowed=is_staff)
def save_view(
    *, actor: Actor, name: str, filters: Mapping[str, str], columns: Sequence[str], shared: bool
) -> SavedView:
    """Filters and columns under a name, for oneself or also for the team."""
    owner = staff_of(actor)
    _room(owner)
    _free(owner, name)
    team = owner.team if shared else None
    return SavedView.objects.create(
        owner=owner, team=team, name=name, filters=dict(filters), columns=list(columns)
    )


@action("queue_view.changed", allowed=changes_view)
def change_view(
    view: SavedView,
    *,
    actor: Actor,
    name: str,
    shared: bool,
    filters: Mapping[str, str] | None = None,
    columns: Sequence[str] | None = None,
) -> SavedView:
    """Another name or audience and, where given, other filters and columns."""
    _free(view.owner, name, but=view)
    view.name, view.team = name, view.owner.team if shared else None
    if filters is not None:
        view.filters = dict(filters)
    if columns is not None:
        view.columns = list(columns)
    view.save()
    return view


@action("queue_view.deleted", allowed=changes_view)
def delete_view(view: SavedView, *, actor: Actor) -> SavedView:
    """Gone from every list; ``restore_view`` brings it back."""
    view.deleted_at = view.deleted_at or clock.now()
    view.save()
    return view


@action("queue_view.restored", allowed=changes_view)
def restore_view(view: SavedView, *, actor: Actor) -> SavedView:
    if view.deleted_at is not None:
        _room(view.owner)
        _free(view.owner, view.name, but=view)
        view.deleted_at = None
        view.save()
    return view


@action("queue.columns_set", allowed=is_oneself)
def set_columns(person: User, *, actor: Actor, columns: Sequence[str]) -> QueueSettings:
    """The columns that one sees; none brings back the usual ones."""
    chosen = known.shown(columns) if columns else []
    return _set(person, columns=chosen)


@action("queue.default_view_set", allowed=is_oneself)
def set_default_view(person: User, *, actor: Actor, view: SavedView | None) -> QueueSettings:
    """What the queue opens with."""
    return _set(person, default_view=view)


@action("queue.keys_set", allowed=is_oneself)
def set_keys(person: User, *, actor: Actor, keys: bool) -> QueueSettings:
    """Whether single keys do something (WCAG 2.1.4: they can be turned off)."""
    return _set(person, keys=keys)


def _set(person: User, **values: object) -> QueueSettings:
    settings, _made = QueueSettings.objects.update_or_create(user=person, defaults=values)
    return settings

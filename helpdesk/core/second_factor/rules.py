"""Who must have a second factor."""

from django.conf import settings

from helpdesk.core.models import User
from helpdesk.core.permissions import is_staff


def needs_second_factor(user: User) -> bool:
    return bool(settings.SECOND_FACTOR_REQUIRED and is_staff(user))


def lacks_second_factor(user: User) -> bool:
    """Until it is set up, such a person is nobody here, whatever their session says."""
    return needs_second_factor(user) and user.second_factor_since is None

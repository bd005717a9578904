"""Who may do what with feedback."""

from helpdesk.core.models import Role
from helpdesk.core.permissions import has_role

reads_quality = has_role(Role.SUPERVISOR, Role.ANALYST, Role.ADMINISTRATOR)

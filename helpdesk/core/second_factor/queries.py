"""What a person is shown of their second factor: never the secret again."""

import datetime as dt
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

from helpdesk.core.models import User


@dataclass(frozen=True)
class SecondFactor:
    since: dt.datetime
    used_at: dt.datetime | None
    codes_left: int


def second_factor_of(person: User) -> SecondFactor | None:
    if person.second_factor_since is None:
        return None
    kept = {row.type: row for row in Authenticator.objects.filter(user=person)}
    device, codes = kept.get(Authenticator.Type.TOTP), kept.get(Authenticator.Type.RECOVERY_CODES)
    return SecondFactor(
        person.second_factor_since,
        device.last_used_at if device else None,
        len(RecoveryCodes(codes).get_unused_codes()) if codes else 0,
    )

from allauth.mfa.totp.internal.auth import generate_totp_secret

from helpdesk.core import clock
from helpdesk.core.models import Leave
from helpdesk.core.second_factor.actions import set_up_second_factor
from tests.access import Row
from tests.conftest import PASSWORD

ADMIN_ONLY = "302 403 403 403 403"
CONFIRMED = {"own_password": PASSWORD}
AS_AGENT = {"role": "agent", "own_password": PASSWORD}
NEW_NAME = {"name": "辛新名", "email": "xin@example.test", "own_password": PASSWORD}
RESET = {"reason": "手机丢失", "own_password": PASSWORD}
CODE = {"code": "000000", "own_password": PASSWORD}
WRONG = {"code": "000000", "own_password": "a guess"}
NEW_PASSWORD = {"password": "a long enough one", "own_password": PASSWORD}


def someone(cast):
    return {"pk": cast.agent.pk}


def a_supervisor(cast):
    cast.supervisor.senior = False
    cast.supervisor.save()
    return {"pk": cast.supervisor.pk}


def a_customer(cast):
    return {"pk": cast.customer.pk}


def with_second_factor(cast):
    cast.agent.refresh_from_db()
    if not cast.agent.second_factor_since:
        secret = generate_totp_secret()
        set_up_second_factor(cast.agent, actor=cast.agent, secret=secret, counter=1)
    return someone(cast)


def nobody(cast):
    return {"pk": 999_999}


SUPERVISOR_ONLY = "302 403 403 {} 403 403"


def away(cast):
    leave = Leave.objects.create(user=cast.agent, first=clock.today(), last=clock.today())
    return {"pk": leave.pk}


ROSTER = [
    Row("core:roster", SUPERVISOR_ONLY.format(200)),
    Row("core:roster", SUPERVISOR_ONLY.format(405), "POST"),
    Row("core:roster_person", SUPERVISOR_ONLY.format(200), kwargs=someone),
    Row("core:roster_person", SUPERVISOR_ONLY.format(404), kwargs=nobody),
    Row("core:set_staffing", SUPERVISOR_ONLY.format(302), "POST", someone, {"capacity": "3"}),
    Row("core:set_staffing", SUPERVISOR_ONLY.format(400), "POST", someone, {"capacity": "0"}, "no capacity"),
    Row("core:set_staffing", SUPERVISOR_ONLY.format(405), kwargs=someone),
    Row("core:set_shifts", SUPERVISOR_ONLY.format(302), "POST", someone, {"day0": "09:00-18:00"}),
    Row("core:set_shifts", SUPERVISOR_ONLY.format(400), "POST", someone, {"day0": "nine"}, "no span"),
    Row("core:set_shifts", SUPERVISOR_ONLY.format(405), kwargs=someone),
    Row("core:add_leave", SUPERVISOR_ONLY.format(400), "POST", someone),
    Row("core:add_leave", SUPERVISOR_ONLY.format(405), kwargs=someone),
    Row("core:cancel_leave", SUPERVISOR_ONLY.format(302), "POST", away),
    Row("core:cancel_leave", SUPERVISOR_ONLY.format(404), "POST", nobody),
    Row("core:cancel_leave", SUPERVISOR_ONLY.format(405), kwargs=nobody),
]
ACCESS = [
    *ROSTER,
    Row("core:landing", "302"),
    Row("core:preferences", "302", method="POST", data={"theme": "dark"}),
    Row("core:preferences", "405"),
    Row("core:design_system", "200"),
    Row("set_language", "302", method="POST", data={"language": "en", "next": "/"}),
    Row("set_language", "302", label="GET changes nothing"),
    Row("account_login", "200 302 302 302 302 302"),
    Row("account_logout", "302 200 200 200 200 200"),
    Row("account_change_password", "302 200 200 200 200 200"),
    Row("core:second_factor", "302"),
    Row("core:second_factor", "302", method="POST"),
    Row("core:first_second_factor", "302"),
    Row("core:first_second_factor", "302", method="POST"),
    Row("core:security", "302 200 200 200 200 200"),
    Row("core:set_up_second_factor", "302 200 200 200 200 200"),
    Row("core:set_up_second_factor", "302 200 200 200 200 200", "POST", label="with errors", data=WRONG),
    Row("core:make_recovery_codes", "302 409 409 409 409 409", "POST", label="without one", data=CODE),
    Row("core:make_recovery_codes", "302 405 405 405 405 405"),
    Row("core:remove_second_factor", "302 409 409 409 409 409", "POST", label="without one", data=CODE),
    Row("core:remove_second_factor", "302 405 405 405 405 405"),
    Row("core:reset_second_factor", f"{ADMIN_ONLY} 302", "POST", with_second_factor, RESET, "own"),
    Row("core:reset_second_factor", f"{ADMIN_ONLY} 409", "POST", someone, RESET, "without one"),
    Row("core:reset_second_factor", f"{ADMIN_ONLY} 404", "POST", nobody, RESET, "absent"),
    Row("core:reset_second_factor", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:people", f"{ADMIN_ONLY} 200"),
    Row("core:new_person", f"{ADMIN_ONLY} 200"),
    Row("core:new_person", f"{ADMIN_ONLY} 200", method="POST", label="with errors"),
    Row("core:teams", f"{ADMIN_ONLY} 200"),
    Row("core:teams", f"{ADMIN_ONLY} 302", method="POST", data={"name": "新团队"}),
    Row("core:person", f"{ADMIN_ONLY} 200", kwargs=someone, label="own"),
    Row("core:person", f"{ADMIN_ONLY} 404", kwargs=nobody, label="absent"),
    Row("core:change_role", f"{ADMIN_ONLY} 302", "POST", someone, AS_AGENT, "own"),
    Row("core:change_role", f"{ADMIN_ONLY} 404", "POST", nobody, AS_AGENT, "absent"),
    Row("core:change_role", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:rename_person", f"{ADMIN_ONLY} 302", "POST", someone, NEW_NAME, "own"),
    Row("core:rename_person", f"{ADMIN_ONLY} 403", "POST", a_customer, NEW_NAME, "of a customer"),
    Row("core:rename_person", f"{ADMIN_ONLY} 404", "POST", nobody, NEW_NAME, "absent"),
    Row("core:rename_person", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:set_password", f"{ADMIN_ONLY} 302", "POST", someone, NEW_PASSWORD, "own"),
    Row("core:set_password", f"{ADMIN_ONLY} 404", "POST", nobody, NEW_PASSWORD, "absent"),
    Row("core:set_password", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:senior_set", f"{ADMIN_ONLY} 302", "POST", kwargs=a_supervisor, data=CONFIRMED, label="own"),
    Row("core:senior_set", f"{ADMIN_ONLY} 403", "POST", kwargs=someone, data=CONFIRMED, label="of an agent"),
    Row("core:senior_set", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, data=CONFIRMED, label="absent"),
    Row("core:senior_set", f"{ADMIN_ONLY} 400", "POST", kwargs=a_supervisor, label="no password"),
    Row("core:senior_set", f"{ADMIN_ONLY} 405", kwargs=a_supervisor),
    Row("core:senior_unset", f"{ADMIN_ONLY} 409", "POST", kwargs=a_supervisor, data=CONFIRMED, label="own"),
    Row("core:senior_unset", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, data=CONFIRMED, label="absent"),
    Row("core:senior_unset", f"{ADMIN_ONLY} 400", "POST", kwargs=a_supervisor, label="no password"),
    Row("core:senior_unset", f"{ADMIN_ONLY} 405", kwargs=a_supervisor),
    Row("core:link_customer", f"{ADMIN_ONLY} 302", "POST", kwargs=a_customer, data=CONFIRMED, label="own"),
    Row(
        "core:link_customer", f"{ADMIN_ONLY} 403", "POST", kwargs=someone, data=CONFIRMED, label="of an agent"
    ),
    Row("core:link_customer", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, data=CONFIRMED, label="absent"),
    Row("core:link_customer", f"{ADMIN_ONLY} 400", "POST", kwargs=a_customer, label="no password"),
    Row("core:link_customer", f"{ADMIN_ONLY} 405", kwargs=a_customer),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 302", "POST", kwargs=someone, label="own"),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, label="absent"),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 409", "POST", kwargs=someone, data=CONFIRMED, label="own"),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, data=CONFIRMED, label="absent"),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 400", "POST", kwargs=someone, label="no password"),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:audit", f"{ADMIN_ONLY} 200"),
]

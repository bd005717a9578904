from tests.access import Row

ADMIN_ONLY = "302 403 403 403 403"


def someone(cast):
    return {"pk": cast.agent.pk}


def nobody(cast):
    return {"pk": 999_999}


ACCESS = [
    Row("core:landing", "302"),
    Row("core:preferences", "302", method="POST", data={"theme": "dark"}),
    Row("core:preferences", "405"),
    Row("core:design_system", "200"),
    Row("set_language", "302", method="POST", data={"language": "en", "next": "/"}),
    Row("set_language", "302", label="GET changes nothing"),
    Row("account_login", "200 302 302 302 302 302"),
    Row("account_logout", "302 200 200 200 200 200"),
    Row("account_change_password", "302 200 200 200 200 200"),
    Row("core:people", f"{ADMIN_ONLY} 200"),
    Row("core:new_person", f"{ADMIN_ONLY} 200"),
    Row("core:new_person", f"{ADMIN_ONLY} 200", method="POST", label="with errors"),
    Row("core:teams", f"{ADMIN_ONLY} 200"),
    Row("core:teams", f"{ADMIN_ONLY} 302", method="POST", data={"name": "新团队"}),
    Row("core:person", f"{ADMIN_ONLY} 200", kwargs=someone, label="own"),
    Row("core:person", f"{ADMIN_ONLY} 404", kwargs=nobody, label="absent"),
    Row("core:change_role", f"{ADMIN_ONLY} 302", "POST", kwargs=someone, data={"role": "agent"}, label="own"),
    Row(
        "core:change_role", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, data={"role": "agent"}, label="absent"
    ),
    Row("core:change_role", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 302", "POST", kwargs=someone, label="own"),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, label="absent"),
    Row("core:deactivate_person", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 409", "POST", kwargs=someone, label="own"),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 404", "POST", kwargs=nobody, label="absent"),
    Row("core:reactivate_person", f"{ADMIN_ONLY} 405", kwargs=someone),
    Row("core:audit", f"{ADMIN_ONLY} 200"),
]

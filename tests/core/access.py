from tests.access import Row

ACCESS = [
    Row("core:landing", "302"),
    Row("core:preferences", "302", method="POST", data={"theme": "dark"}),
    Row("core:preferences", "405"),
    Row("core:design_system", "200"),
    Row("set_language", "302", method="POST", data={"language": "en", "next": "/"}),
    Row("account_login", "200 302 302 302 302 302"),
    Row("account_logout", "302 200 200 200 200 200"),
]

"""Every address of the product, app by app."""

from allauth.account import views as accounts
from django.urls import include, path

from helpdesk.api import api
from helpdesk.core.views import set_language

urlpatterns = [
    path("", include("faq.urls")),
    path("tickets/", include("tickets.urls")),
    path("chat/", include("chat.urls")),
    path("quality/", include("quality.urls")),
    path("api/v1/", api.urls),
    path("accounts/login/", accounts.login, name="account_login"),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("accounts/password/", accounts.password_change, name="account_change_password"),
    path("i18n/setlang/", set_language, name="set_language"),
    path("", include("helpdesk.core.urls")),
]

handler400 = "helpdesk.core.views.bad_request"
handler403 = "helpdesk.core.views.forbidden"
handler404 = "helpdesk.core.views.not_found"
handler429 = "helpdesk.core.views.too_many"  # allauth asks for it
handler500 = "helpdesk.core.views.server_error"

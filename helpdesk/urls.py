"""Every address of the product, app by app."""

from allauth.account import views as accounts
from django.urls import include, path

from helpdesk.api import api

urlpatterns = [
    path("", include("faq.urls")),
    path("tickets/", include("tickets.urls")),
    path("chat/", include("chat.urls")),
    path("quality/", include("quality.urls")),
    path("api/v1/", api.urls),
    path("accounts/login/", accounts.login, name="account_login"),
    path("accounts/logout/", accounts.logout, name="account_logout"),
    path("", include("helpdesk.core.urls")),
]

handler400 = "helpdesk.core.views.bad_request"
handler403 = "helpdesk.core.views.forbidden"
handler404 = "helpdesk.core.views.not_found"
handler500 = "helpdesk.core.views.server_error"

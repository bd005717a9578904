from django.urls import path

from helpdesk.core import views
from helpdesk.core.administration import views as administration
from helpdesk.core.second_factor import views as second_factor
from helpdesk.core.staffing import views as staffing

app_name = "core"
urlpatterns = [
    path("roster/", staffing.roster, name="roster"),
    path("roster/<int:pk>/", staffing.roster_person, name="roster_person"),
    path("roster/<int:pk>/staffing/", staffing.set_staffing, name="set_staffing"),
    path("roster/<int:pk>/shifts/", staffing.set_shifts, name="set_shifts"),
    path("roster/<int:pk>/leave/", staffing.add_leave, name="add_leave"),
    path("roster/leave/<int:pk>/cancel/", staffing.cancel_leave, name="cancel_leave"),
    path("accounts/code/", second_factor.second_factor, name="second_factor"),
    path("accounts/set-up/", second_factor.first_second_factor, name="first_second_factor"),
    path("accounts/security/", second_factor.security, name="security"),
    path("accounts/security/set-up/", second_factor.set_up_second_factor, name="set_up_second_factor"),
    path("accounts/security/recovery-codes/", second_factor.make_recovery_codes, name="make_recovery_codes"),
    path("accounts/security/remove/", second_factor.remove_second_factor, name="remove_second_factor"),
    path("landing/", views.landing, name="landing"),
    path("preferences/", views.preferences, name="preferences"),
    path("design-system/", views.design_system, name="design_system"),
    path("people/", administration.people, name="people"),
    path("people/new/", administration.new_person, name="new_person"),
    path("people/teams/", administration.teams, name="teams"),
    path("people/<int:pk>/", administration.person, name="person"),
    path("people/<int:pk>/role/", administration.change_role, name="change_role"),
    path("people/<int:pk>/name/", administration.rename, name="rename_person"),
    path("people/<int:pk>/password/", administration.set_password, name="set_password"),
    path(
        "people/<int:pk>/second-factor/reset/",
        administration.reset_second_factor,
        name="reset_second_factor",
    ),
    path("people/<int:pk>/senior/", administration.set_senior, {"senior": True}, name="senior_set"),
    path("people/<int:pk>/not-senior/", administration.set_senior, {"senior": False}, name="senior_unset"),
    path("people/<int:pk>/link/", administration.link, name="link_customer"),
    path("people/<int:pk>/deactivate/", administration.deactivate, name="deactivate_person"),
    path("people/<int:pk>/reactivate/", administration.reactivate, name="reactivate_person"),
    path("audit/", administration.audit, name="audit"),
]

from django.urls import path

from helpdesk.core import views
from helpdesk.core.administration import views as administration
from helpdesk.core.staffing import views as staffing

app_name = "core"
urlpatterns = [
    path("roster/", staffing.roster, name="roster"),
    path("roster/<int:pk>/", staffing.roster_person, name="roster_person"),
    path("roster/<int:pk>/staffing/", staffing.set_staffing, name="set_staffing"),
    path("roster/<int:pk>/shifts/", staffing.set_shifts, name="set_shifts"),
    path("roster/<int:pk>/leave/", staffing.add_leave, name="add_leave"),
    path("roster/leave/<int:pk>/cancel/", staffing.cancel_leave, name="cancel_leave"),
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
    path("people/<int:pk>/senior/", administration.set_senior, {"senior": True}, name="senior_set"),
    path("people/<int:pk>/not-senior/", administration.set_senior, {"senior": False}, name="senior_unset"),
    path("people/<int:pk>/link/", administration.link, name="link_customer"),
    path("people/<int:pk>/deactivate/", administration.deactivate, name="deactivate_person"),
    path("people/<int:pk>/reactivate/", administration.reactivate, name="reactivate_person"),
    path("audit/", administration.audit, name="audit"),
]

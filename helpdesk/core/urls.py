from django.urls import path

from helpdesk.core import views
from helpdesk.core.administration import views as administration

app_name = "core"
urlpatterns = [
    path("landing/", views.landing, name="landing"),
    path("preferences/", views.preferences, name="preferences"),
    path("design-system/", views.design_system, name="design_system"),
    path("people/", administration.people, name="people"),
    path("people/new/", administration.new_person, name="new_person"),
    path("people/teams/", administration.teams, name="teams"),
    path("people/<int:pk>/", administration.person, name="person"),
    path("people/<int:pk>/role/", administration.change_role, name="change_role"),
    path("people/<int:pk>/deactivate/", administration.deactivate, name="deactivate_person"),
    path("people/<int:pk>/reactivate/", administration.reactivate, name="reactivate_person"),
    path("audit/", administration.audit, name="audit"),
]

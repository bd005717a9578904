from django.urls import path

from helpdesk.core import views

app_name = "core"
urlpatterns = [
    path("landing/", views.landing, name="landing"),
    path("preferences/", views.preferences, name="preferences"),
    path("design-system/", views.design_system, name="design_system"),
]

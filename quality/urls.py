from django.urls import path

from quality import views

app_name = "quality"
urlpatterns = [
    path("", views.trends, name="trends"),
    path("cases/", views.cases, name="cases"),
    path("searches/", views.searches, name="searches"),
    path("searches/export/", views.export_searches, name="export_searches"),
    path("export/", views.export, name="export"),
]

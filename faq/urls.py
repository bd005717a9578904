from django.urls import path, register_converter
from django.urls.converters import StringConverter

from faq import views
from helpdesk.core.models import Topic


class TopicConverter(StringConverter):
    """The name of a topic; any other word is no page."""

    def to_python(self, value: str) -> Topic:
        return Topic(value)

    def to_url(self, value: str) -> str:
        return str(Topic(value).value)


register_converter(TopicConverter, "topic")

app_name = "faq"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("suggest/", views.suggest, name="suggest"),
    path("calculator/", views.calculator, name="calculator"),
    path("topics/<topic:topic>/", views.topic, name="topic"),
    path("faq/<slug:slug>/", views.article, name="article"),
    path("faq/<slug:slug>/vote/", views.vote, name="vote"),
]

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from faq.views import calculator, crawlers, edit, gather, public, synonyms, transfer, verbs, why
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
    path("", public.home, name="home"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("search/", public.search, name="search"),
    path("suggest/", public.suggest, name="suggest"),
    path("calculator/", calculator.calculator, name="calculator"),
    path("topics/<topic:topic>/", public.topic, name="topic"),
    path("faq/<slug:slug>/", public.article, name="article"),
    path("faq/<slug:slug>/vote/", public.vote, name="vote"),
    path("knowledge/", edit.articles, name="articles"),
    path("knowledge/new/", edit.new_article, name="new_article"),
    path("knowledge/suggestions/", gather.suggestions, name="suggestions"),
    path("knowledge/duplicates/", gather.duplicates, name="duplicates"),
    path("knowledge/merges/<int:pk>/undo/", verbs.unmerge, name="unmerge_articles"),
    path("knowledge/why/", why.why, name="why"),
    path("knowledge/export/<str:kind>/", transfer.export, name="export_articles"),
    path("knowledge/import/", transfer.import_articles, name="import_articles"),
    path("knowledge/import/<int:pk>/", transfer.report, name="import"),
    path("knowledge/import/<int:pk>/start/", transfer.start, name="start_import"),
    path("knowledge/import/<int:pk>/step/", transfer.step, name="step_import"),
    path("knowledge/import/<int:pk>/undo/", transfer.undo, name="undo_import"),
    path("knowledge/synonyms/", synonyms.synonyms, name="synonyms"),
    path("knowledge/synonyms/<int:pk>/", synonyms.change_synonym, name="change_synonym"),
    path("knowledge/synonyms/<int:pk>/put-back/", synonyms.put_back_synonym, name="put_back_synonym"),
    path("knowledge/articles/<slug:slug>/", edit.edit_article, name="edit_article"),
    path("knowledge/articles/<slug:slug>/draft/", edit.draft, name="draft_article"),
    path("knowledge/articles/<slug:slug>/preview/", edit.preview, name="preview_article"),
    path("knowledge/articles/<slug:slug>/diff/", edit.diff, name="diff_article"),
    path("knowledge/articles/<slug:slug>/submit/", verbs.submit, name="submit_article"),
    path("knowledge/articles/<slug:slug>/send-back/", verbs.send_back, name="send_back_article"),
    path("knowledge/articles/<slug:slug>/publish/", verbs.publish, name="publish_article"),
    path("knowledge/articles/<slug:slug>/discard/", verbs.discard, name="discard_draft"),
    path("knowledge/articles/<slug:slug>/take-up/", verbs.take_up, name="take_up_draft"),
    path("knowledge/articles/<slug:slug>/withdraw/", verbs.withdraw, name="withdraw_article"),
    path("knowledge/articles/<slug:slug>/restore/", verbs.restore, name="restore_article"),
    path("knowledge/articles/<slug:slug>/schedule/", verbs.schedule, name="schedule_article"),
    path("knowledge/articles/<slug:slug>/merge/", verbs.merge, name="merge_articles"),
    path("knowledge/articles/<slug:slug>/distinguish/", verbs.distinguish, name="distinguish_articles"),
    path("knowledge/articles/<slug:slug>/compare-again/", verbs.compare_again, name="compare_again"),
    path("knowledge/articles/<slug:slug>/variants/accept/", verbs.accept_variant, name="accept_variant"),
    path("knowledge/articles/<slug:slug>/variants/remove/", verbs.remove_variant, name="remove_variant"),
    path("knowledge/articles/<slug:slug>/variants/dismiss/", verbs.dismiss_variant, name="dismiss_variant"),
    path("knowledge/articles/<slug:slug>/variants/recall/", verbs.recall_variant, name="recall_variant"),
]

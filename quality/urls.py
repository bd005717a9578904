from django.urls import path

from quality.views import alerts, exports, improvements, reviews, trends

app_name = "quality"
urlpatterns = [
    path("", trends.trends, name="trends"),
    path("cases/", trends.cases, name="cases"),
    path("searches/", trends.searches, name="searches"),
    path("searches/export/", exports.export_searches, name="export_searches"),
    path("export/", exports.export, name="export"),
    path("series/", alerts.series, name="series"),
    path("series/cases/", alerts.series_cases, name="series_cases"),
    path("alerts/", alerts.trend_alerts, name="trend_alerts"),
    path("alerts/<int:pk>/", alerts.trend_alert, name="trend_alert"),
    path("alerts/<int:pk>/dismiss/", alerts.dismiss_trend_alert, name="dismiss_trend_alert"),
    path("alerts/<int:pk>/recall/", alerts.recall_trend_alert, name="recall_trend_alert"),
    path("improvements/", improvements.improvements, name="improvements"),
    path("improvements/export/", exports.export_improvements_list, name="export_improvements"),
    path("improvements/plan/", improvements.plan_improvement, name="plan_improvement"),
    path("improvements/<int:pk>/", improvements.improvement, name="improvement"),
    path("improvements/<int:pk>/edit/", improvements.edit_improvement, name="edit_improvement"),
    path("improvements/<int:pk>/start/", improvements.start_improvement, name="start_improvement"),
    path("improvements/<int:pk>/complete/", improvements.complete_improvement, name="complete_improvement"),
    path("improvements/<int:pk>/judge/", improvements.judge_improvement, name="judge_improvement"),
    path("improvements/<int:pk>/drop/", improvements.drop_improvement, name="drop_improvement"),
    path(
        "improvements/<int:pk>/step-back/", improvements.step_back_improvement, name="step_back_improvement"
    ),
    path("corrections/", improvements.corrections, name="corrections"),
    path("corrections/take-up/", improvements.take_up_correction, name="take_up_correction"),
    path("corrections/release/", improvements.release_correction, name="release_correction"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/draw/", reviews.draw_sample, name="draw_sample"),
    path("reviews/samples/<int:pk>/", reviews.review_sample, name="review_sample"),
    path("reviews/results/", reviews.review_results, name="review_results"),
    path("reviews/results/export/", exports.export_review_results, name="export_reviews"),
    path("reviews/scorecard/", reviews.scorecard, name="scorecard"),
    path("reviews/scorecard/edit/", reviews.edit_scorecard, name="edit_scorecard"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/score/", reviews.score_review, name="score_review"),
    path("reviews/<int:pk>/settle/", reviews.settle_review, name="settle_review"),
    path("reviews/<int:pk>/appeal/", reviews.appeal_review, name="appeal_review"),
    path("reviews/<int:pk>/decide/", reviews.decide_appeal, name="decide_appeal"),
]

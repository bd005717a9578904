"""Reminders of review-by dates: once for each article and date, whatever runs how often."""

import datetime as dt
import smtplib

import pytest
from django.core import mail

from faq.models import Article, ReviewReminder, Status
from faq.tasks import Reminded, remind_review_by
from helpdesk.core import clock
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 20)


def run(day):
    with clock.at(dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)):
        return remind_review_by()


def test_an_article_is_reminded_of_once_for_a_date(cast, settings):
    settings.PUBLIC_URL = "https://help.example.com"
    article = make_article(owner=cast.analyst, review_by=DAY)
    assert run(DAY - dt.timedelta(days=15)) == Reminded(0, 0)
    assert run(DAY - dt.timedelta(days=14)) == Reminded(1, 0)
    assert [run(DAY + dt.timedelta(days=n)) for n in (-13, 0, 30)] == [Reminded(0, 0)] * 3
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["analyst@example.test"], "请复核文章：可以提前还款吗？")
    assert "2026-03-20" in sent.body
    assert sent.body.endswith(f"打开：https://help.example.com{article.get_editing_url()}")
    later = DAY + dt.timedelta(days=90)
    Article.objects.filter(pk=article.pk).update(review_by=later)
    assert run(later) == Reminded(1, 0)
    assert len(mail.outbox) == 2


def test_drafts_and_articles_without_a_date_are_left_alone(cast):
    make_article("a", "甲问题？", (), owner=cast.analyst, review_by=DAY, status=Status.DRAFT)
    make_article("b", "乙问题？", (), owner=cast.analyst)
    assert run(DAY) == Reminded(0, 0)


def test_without_an_owner_it_stands_on_the_page_alone(cast, client_of):
    make_article(review_by=DAY)
    assert (run(DAY), mail.outbox) == (Reminded(1, 0), [])
    with clock.at(dt.datetime.combine(DAY, dt.time(4), tzinfo=dt.UTC)):
        page = client_of("analyst").get("/knowledge/")
    assert page.context["due"] == 1
    assert "1 篇文章该复核了。" in page.content.decode()


def test_without_an_address_of_the_site_no_mail_leads_nowhere(cast, settings):
    settings.PUBLIC_URL = ""
    make_article(owner=cast.analyst, review_by=DAY)
    assert (run(DAY), mail.outbox) == (Reminded(1, 0), [])


def test_a_mail_that_cannot_be_handed_over_is_tried_again(cast, settings):
    make_article(owner=cast.analyst, review_by=DAY)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    assert run(DAY) == Reminded(0, 1)
    assert ReviewReminder.objects.count() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert run(DAY) == Reminded(1, 0)
    assert issubclass(smtplib.SMTPException, OSError)  # what the task waits for

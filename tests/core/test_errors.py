"""Every refusal has a page, in every language, for people who are signed in and who are not."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError, connection
from django.test import Client
from django.urls import path

from helpdesk.core.permissions import public
from helpdesk.urls import *  # noqa: F403  # the product's own addresses, and some that break
from helpdesk.urls import urlpatterns as product

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@public
def broken(request):
    raise RuntimeError("boom")


@public
def suspicious(request):
    raise SuspiciousOperation


@public
def form(request):
    return broken(request) if request.POST else None


urlpatterns = [*product, path("broken/", broken), path("suspicious/", suspicious), path("form/", form)]


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("role", ["anonymous", "customer", "agent"])
def test_a_page_that_is_not_there(client_of, role):
    response = client_of(role).get("/nowhere/")
    assert response.status_code == 404
    assert "<h1>找不到页面</h1>" in response.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize(("url", "status"), [("/nowhere/", 404), ("/suspicious/", 400), ("/broken/", 500)])
def test_in_every_language(visitor, language, url, status):
    visitor.cookies["django_language"] = language
    response = visitor.get(url)
    lang = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}[language]
    assert response.status_code == status
    page = response.content.decode()
    assert f'<html lang="{lang}"' in page
    assert any("\u4e00" <= letter <= "\u9fff" for letter in page.split("<h1>")[1]) is (language != "en")


def test_no_permission(client_of):
    response = client_of("agent").get("/people/")
    assert response.status_code == 403
    assert "您的账号没有做这件事的权限" in response.content.decode()


def no_database(*args):
    raise OperationalError("the database is away")


@pytest.mark.parametrize("url", ["/broken/", "/people/", "/nowhere/"])
def test_without_the_database_there_is_still_a_page(visitor, url):
    visitor.cookies["sessionid"] = "x" * 32
    with connection.execute_wrapper(no_database):
        response = visitor.get(url)
    assert response.status_code == 500
    assert "发生了意外的错误" in response.content.decode()
    assert "the database is away" not in response.content.decode()


def test_an_error_page_keeps_the_colours(visitor):
    visitor.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in visitor.get("/broken/").content.decode()


def test_more_than_a_form_may_hold(visitor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = visitor.post("/form/", {"text": "x" * 2000})
    assert response.status_code == 413
    assert "一次提交的内容超过了上限" in response.content.decode()


def test_more_fields_than_a_form_may_have(visitor, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10
    response = visitor.post("/form/", {f"f{n}": "x" for n in range(20)})
    assert response.status_code == 413


def test_a_host_that_is_not_ours(visitor):
    response = visitor.get("/accounts/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "<h1>请求无法识别</h1>" in response.content.decode()


def test_a_form_that_is_too_old_says_that_its_text_is_kept(cast):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/preferences/", {"theme": "dark"})
    assert response.status_code == 403
    assert "您填写的内容还在上一页" in response.content.decode()


def test_connection_is_still_usable_afterwards(visitor):
    visitor.get("/broken/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

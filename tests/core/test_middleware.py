"""NUL in an address, and refusals as a page, as a fragment for htmx and as JSON."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from helpdesk.core.errors import ActionError
from helpdesk.core.middleware import ActionErrors

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/a%00b/", "/accounts/login/?next=%00", "/accounts/login/?a=1&b=x%00y"])
def test_nul_in_an_address_is_a_bad_request(client, path):
    response = client.get(path)
    assert response.status_code == 400
    assert "地址里有无法识别的字符" in response.content.decode()


def test_nul_in_a_form_is_an_error_beside_the_field(client_of):
    response = client_of("administrator").post("/people/teams/", {"name": "a\0b"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["name"]


def refuse(**headers):
    request = RequestFactory().get("/", headers=headers)
    request.resolver_match = None
    error = ActionError("先补上证据", state="investigating", missing=["一份证据"])
    response = ActionErrors(lambda request: HttpResponse()).process_exception(request, error)
    assert response is not None
    return response


def test_a_refused_action_is_a_409_page_with_what_is_missing():
    response = refuse()
    page = response.content.decode()
    assert response.status_code == 409
    assert "先补上证据" in page
    assert "<li>一份证据</li>" in page
    assert "<html" in page


def test_htmx_gets_a_fragment_for_the_messages():
    response = refuse(hx_request="true")
    assert (response.status_code, response["HX-Retarget"], response["HX-Reselect"]) == (
        409,
        "#toasts",
        ".notice",
    )
    assert "<html" not in response.content.decode()


def test_a_program_gets_json():
    response = refuse(accept="application/json")
    assert response.status_code == 409
    assert response["Content-Type"] == "application/json"
    assert b'"missing"' in response.content


def test_other_errors_pass_through():
    request = RequestFactory().get("/")
    guard = ActionErrors(lambda request: HttpResponse())
    assert guard.process_exception(request, ValueError()) is None


@pytest.mark.django_db
def test_a_part_of_a_page_is_not_replaced_by_the_sign_in_page(client):
    assert client.get("/tickets/queue/").status_code == 302
    here = "https://desk.example.test/tickets/queue/?scope=all"
    part = client.get("/tickets/queue/", headers={"HX-Request": "true", "HX-Current-URL": here})
    assert (part.status_code, part["HX-Retarget"], part["HX-Reswap"]) == (401, "#toasts", "innerHTML")
    words = part.content.decode()
    assert ("您已退出登录，本页不再更新。" in words, "这一步没有做" in words) == (
        True,
        False,
    )  # nobody did anything
    assert 'href="/accounts/login/?next=%2Ftickets%2Fqueue%2F%3Fscope%3Dall"' in words
    act = client.post("/tickets/queue/bulk/", headers={"HX-Request": "true"})
    assert (act.status_code, "这一步没有做" in act.content.decode()) == (401, True)

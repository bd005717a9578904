"""What search engines find: one address a page and language, structured data, the list of pages."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from django.urls import reverse

from faq.models import Status
from tests.faq.factories import make_article

pytestmark = pytest.mark.django_db
SITE = "http://testserver"


def html_of(client, url):
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def links(html):
    found = {"canonical": re.findall(r'rel="canonical" href="([^"]+)"', html)}
    return found | {"alternate": re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', html)}


def structured(html):
    return [
        json.loads(text)
        for text in re.findall(r"<script type=.application/ld\+json[^>]*>(.*?)</script>", html)
    ]


def test_an_article_exists_in_both_scripts_and_not_in_english(client):
    url = make_article().get_absolute_url()
    alternate = [
        ("zh-Hans", f"{SITE}{url}"),
        ("zh-Hant", f"{SITE}{url}?lang=zh-hant"),
        ("x-default", f"{SITE}{url}"),
    ]
    for address, canonical in [
        (url, url),
        (f"{url}?s=12", url),
        (f"{url}?lang=zh-hant", f"{url}?lang=zh-hant"),
        (f"{url}?lang=zh-hans", url),
        (f"{url}?lang=en", url),
    ]:
        client.cookies.clear()
        assert links(html_of(client, address)) == {"canonical": [SITE + canonical], "alternate": alternate}


def test_the_first_page_and_the_calculator_exist_in_english_too(client):
    for address, canonical in [
        ("/?lang=en", "/?lang=en"),
        ("/calculator/?kind=schedule&lang=en", "/calculator/?kind=schedule&amp;lang=en"),
    ]:
        client.cookies.clear()
        found = links(html_of(client, address))
        assert found["canonical"] == [SITE + canonical]
        assert [code for code, _ in found["alternate"]] == ["zh-Hans", "zh-Hant", "en", "x-default"]


def test_the_language_of_an_address_is_kept_and_can_be_changed_there(client):
    make_article()
    html = html_of(client, "/faq/early-repayment/?lang=zh-hant&s=1")
    assert '<html lang="zh-Hant"' in html
    assert 'name="next" value="/faq/early-repayment/?s=1"' in html  # the switch is not overruled
    assert '<html lang="zh-Hant"' in html_of(client, "/")
    assert '<html lang="zh-Hant"' in html_of(client, "/?lang=xx")


def test_article_says_what_it_is_to_machines(client):
    article = make_article(answer="登录后点**提前还款**。</script><script>alert(1)</script>")
    html = html_of(client, article.get_absolute_url())
    page, trail = structured(html)
    assert (page["@type"], page["url"], page["inLanguage"]) == (
        "FAQPage",
        f"{SITE}/faq/early-repayment/",
        "zh-Hans",
    )
    (question,) = page["mainEntity"]
    assert question["name"] == "可以提前还款吗？"
    assert question["acceptedAnswer"]["text"].startswith("<p>登录后点<strong>提前还款</strong>。")
    assert [(step["name"], step["item"]) for step in trail["itemListElement"]] == [
        ("常见问题", f"{SITE}/"),
        ("还款", f"{SITE}/topics/repayment/"),
        ("可以提前还款吗？", f"{SITE}/faq/early-repayment/"),
    ]
    assert "alert(1)</script>" not in html


def test_structured_data_stands_under_the_content_policy(client):
    response = client.get("/")
    (nonce,) = re.findall(r"'nonce-([^']+)'", response["Content-Security-Policy"])
    assert f'<script type="application/ld+json" nonce="{nonce}">' in response.content.decode()


def test_article_says_what_it_is_when_it_is_shared(client):
    html = html_of(client, make_article().get_absolute_url() + "?lang=zh-hant")
    assert dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)">', html)) == {
        "og:site_name": "Helpdesk",
        "og:type": "article",
        "og:title": "可以提前還款嗎？",
        "og:description": "一般可以，以合同為準。",
        "og:url": f"{SITE}/faq/early-repayment/?lang=zh-hant",
        "og:locale": "zh_TW",
        "og:image": f"{SITE}/static/core/share.png",
        "og:image:width": "1200",
        "og:image:height": "630",
    }


def test_sitemap_lists_what_is_published_once_a_language(client):
    make_article()
    make_article("secret", "草稿？", (), status=Status.DRAFT, topic="fees")
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    urls = ET.fromstring(response.content).findall("s:url", spaces)  # noqa: S314  # our own
    places = [str(url.findtext("s:loc", None, spaces)).removeprefix(SITE) for url in urls]
    kinds = ("schedule", "early", "daily", "penalty", "cost")
    assert places == [
        *("/", "/?lang=zh-hant", "/?lang=en"),
        *(f"/calculator/?kind={kind}{lang}" for kind in kinds for lang in ("", "&lang=zh-hant", "&lang=en")),
        *("/topics/repayment/", "/topics/repayment/?lang=zh-hant"),
        *("/faq/early-repayment/", "/faq/early-repayment/?lang=zh-hant"),
    ]
    last = urls[-1]
    assert [link.get("hreflang") for link in last.findall("x:link", spaces)] == [
        "zh-Hans",
        "zh-Hant",
        "x-default",
    ]
    assert len(str(last.findtext("s:lastmod", None, spaces))) == 10


@pytest.mark.parametrize("count", [1, 3])
def test_sitemap_query_count(client, django_assert_num_queries, count):
    for n in range(count):
        make_article(f"a{n}", f"问题{n}？", ())
    with django_assert_num_queries(2):
        client.get("/sitemap.xml")


def test_robots_names_the_sitemap_and_keeps_engines_out_of_what_is_no_answer(client):
    lines = client.get(reverse("faq:robots")).content.decode().split("\n")
    assert lines[0] == "User-agent: *"
    assert "Disallow: /search/" in lines
    assert "Disallow: /faq/" not in lines
    assert lines[-2] == f"Sitemap: {SITE}/sitemap.xml"

"""What an editor writes can never run in a reader's browser."""

import re

import pytest

from faq.markdown import TAGS, to_html

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](http://plain.example)",
    "[x](//elsewhere.example)",
    "[x](/\\elsewhere.example)",
    "![x](https://elsewhere.example/pixel.png)",
    '<https://ok.example" onmouseover=alert(1)>',
    '[x](https://ok.example "t\\" onclick=alert(1) x=\\"")',
    "<iframe src=https://elsewhere.example></iframe>",
    "<svg/onload=alert(1)>",
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.example><input name=q></form>",
    "```html\n<script>alert(1)</script>\n```",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "[x]: javascript:alert(1)\n\n[x]",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_markup_is_only_what_we_allow(text):
    html = to_html(text)
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z][\w-]*)", html)} <= TAGS | {"div"}
    tags = re.findall(r"<[^>]*>", html)
    assert not [
        tag for tag in tags if re.search(r"\son\w+\s*=|style\s*=|src\s*=", re.sub(r'"[^"]*"', '""', tag))
    ]
    links = re.findall(r'href="([^"]*)"', html)
    assert [link for link in links if not link.startswith(("https://", "/%5C"))] == []


def test_links_go_to_our_pages_and_to_https_only():
    assert to_html("[投诉](/tickets/new/)") == (
        '<p><a href="/tickets/new/" rel="noopener noreferrer">投诉</a></p>\n'
    )
    assert "href" not in to_html("[x](//elsewhere.example)")


def test_numbers_are_aligned_by_a_class_and_tables_can_be_scrolled():
    html = to_html("| 项目 | 金额 |\n|---|---:|\n| 本金 | 10.00 |")
    assert '<td class="num">10.00</td>' in html
    assert re.sub(r">.*", ">", html, flags=re.S) == (
        '<div class="table-scroll" role="group" tabindex="0" aria-label="表格">'
    )
    assert html.count("<div") == html.count("</div>") == 1


def test_ordinary_markdown():
    assert to_html("**重点**\n\n1. 一\n2. 二") == (
        "<p><strong>重点</strong></p>\n<ol>\n<li>一</li>\n<li>二</li>\n</ol>\n"
    )


def test_a_heading_stands_below_that_of_the_page():
    assert to_html("# 第一\n\n## 第二") == "<h2>第一</h2>\n<h2>第二</h2>\n"

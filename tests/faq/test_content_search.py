"""The engine on the articles that come with the product."""

import pytest

from faq import content_files
from faq.search import Entry, Index
from faq.search.confidence import THRESHOLD


@pytest.fixture(scope="module")
def index():
    return Index.build(
        Entry(a["slug"], a["question"], (*a["variants"], " ".join(a["keywords"])))
        for a in content_files.read()
        if a["status"] == "published"
    )


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("hkfs", {"repayment-methods"}),
        ("怎么还钱啊", {"repayment-methods", "how-and-when-to-repay"}),
        ("提前還款要不要手續費", {"early-repayment-fee"}),
        ("yuqi", {"overdue-consequences"}),
        ("逾其一天", {"overdue-consequences"}),
        ("利息咋算", {"how-rate-is-set", "revolving-interest"}),
        ("mima忘了", {"forgot-password"}),
        ("tqhk", {"early-repayment", "early-repayment-fee"}),
        ("chongfu koukuan", {"duplicate-deduction"}),
        ("扣了我兩次錢", {"duplicate-deduction"}),
        ("我想改银行卡", {"change-repayment-card"}),
        ("一次性还清", {"early-repayment"}),
        ("zhuxiao", {"close-account"}),
        ("early repayment fee", {"early-repayment-fee"}),
        ("how do I repay early", {"early-repayment"}),
        ("late payment", {"overdue-consequences"}),
        ("怎么投诉", {"how-to-complain"}),
        ("结清证明", {"settlement-certificate"}),
        ("汇款", {"how-and-when-to-repay"}),
        ("可以转账还款吗", {"how-and-when-to-repay"}),
        ("上门", {"verify-collector"}),
    ],
)
def test_customers_words_find_the_article(index, query, slugs):
    assert index.search(query)[0].entry_id in slugs


def test_every_question_of_ours_finds_itself_with_confidence(index):
    published = [a for a in content_files.read() if a["status"] == "published"]
    found = {a["slug"]: index.search(a["question"], 1)[0] for a in published}
    assert {slug: match.entry_id for slug, match in found.items()} == {slug: slug for slug in found}
    assert [slug for slug, match in found.items() if match.confidence < THRESHOLD] == []


def test_no_draft_can_be_found(index):
    drafts = {a["slug"] for a in content_files.read() if a["status"] == "draft"}
    assert drafts.isdisjoint(index.ids)

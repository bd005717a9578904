"""A small knowledge base, plainly made up."""

from faq.models import Article, ArticleText, Status
from faq.search import Entry

ENTRIES = (
    Entry("methods", "有哪些还款方式？", ("怎么还钱", "还款途径")),
    Entry("early", "可以提前还款吗？", ("能不能提前结清", "想一次还清")),
    Entry("early-fee", "提前还款要收手续费吗？", ("提前还有没有违约金",)),
    Entry("overdue", "逾期了会有什么后果？", ("晚还一天会怎样", "忘了还款怎么办")),
    Entry("interest", "利息怎么计算？", ("一万块一天多少利息", "日利率是多少")),
    Entry("twice", "重复扣款怎么办？", ("扣了我两次钱",)),
    Entry("password", "忘记密码怎么办？", ("密码输错被锁",)),
    Entry("privacy", "你们如何保护我的个人信息？", ("隐私会不会泄露",)),
    Entry("complain", "怎么投诉？", ("我要举报", "投诉电话")),
)


def make_article(
    slug="early-repayment", question="可以提前还款吗？", variants=("想一次还清",), **fields
) -> Article:
    defaults = {
        "topic": "repayment",
        "summary": "一般可以，以合同为准。",
        "answer": "登录后点**提前还款**。",
        "source": "演示说明",
        "status": Status.PUBLISHED,
    }
    article = Article.objects.create(slug=slug, question=question, **(defaults | fields))
    for text in variants:
        article.variants.create(text=text)
    return article


def make_articles(count: int, **fields) -> list[Article]:
    return [
        make_article(f"article-{n}", f"第{n}个关于还款的问题？", variants=(), **fields) for n in range(count)
    ]


def make_text(**fields) -> ArticleText:
    defaults = {
        "topic": "repayment",
        "question": "怎样开具结清证明？",
        "summary": "还清后可以在线开具。",
        "answer": "登录后点**结清证明**。",
        "source": "演示说明",
    }
    return ArticleText(**(defaults | fields))

"""What editors type; the import reads each row of a file through the same form."""

import re
from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from faq.models import Article, ArticleText, Calculator, Grade, Status
from faq.models.editing import MAX_ANSWER, MAX_KEYWORDS, MAX_RELATED, MAX_VARIANTS
from faq.permissions import edits_articles
from faq.states import VersionState
from faq.versions import ArticleFilter
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Role, Topic, User

STATUSES = (
    ("", pgettext_lazy("articles", "全部")),
    (VersionState.DRAFT, _("草稿")),
    (VersionState.REVIEW, pgettext_lazy("article", "待审核")),
    (Status.PUBLISHED, _("已发布")),
    (Status.WITHDRAWN, pgettext_lazy("article", "已下线")),
)


class LinesField(TextArea):
    """Several short texts, one a line; doubled and empty lines count for nothing."""

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(max_length=most * (longest + 1), required=False, **kwargs)
        self.most, self.longest = most, longest

    def clean(self, value: Any) -> tuple[str, ...]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        found = tuple(dict.fromkeys(line for line in lines if line))
        if len(found) > self.most:
            raise forms.ValidationError(
                _("最多 %(most)d 行，现在是 %(count)d 行。"), params={"most": self.most, "count": len(found)}
            )
        for line in found:
            if len(line) > self.longest:
                raise forms.ValidationError(
                    _("“%(line)s”超过 %(longest)d 字。"),
                    params={"line": f"{line[:20]}…", "longest": self.longest},
                )
        return found

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value


class RelatedField(LinesField):
    """Articles, one a line: by the address, its last part, or the question."""

    coming: Collection[str] = ()  # addresses that do not exist yet and will: of the same file

    def clean(self, value: Any) -> tuple[str, ...]:
        names = [re.sub(r"^.*/faq/", "", line).strip("/") for line in super().clean(value)]
        if not names:
            return ()
        found = Article.objects.filter(slug__in=names).values_list("slug", flat=True)
        asked = dict(Article.objects.filter(question__in=names).values_list("question", "slug"))
        slugs = {**{slug: slug for slug in (*found, *self.coming)}, **asked}
        for name in names:
            if name not in slugs:
                raise forms.ValidationError(_("没有“%(name)s”这篇文章。"), params={"name": name[:60]})
        return tuple(dict.fromkeys(slugs[name] for name in names))


class ArticleForm(forms.Form):
    """The text of an article, all that a version holds."""

    question = forms.CharField(label=_("问题"), max_length=120, min_length=4)
    summary = TextArea(
        label=_("摘要"), rows=2, max_length=200, help_text=_("搜索结果里显示的一两句话，先给结论。")
    )
    answer = TextArea(
        label=_("答案"),
        rows=18,
        max_length=MAX_ANSWER,
        help_text=_("Markdown：空行分段，“- ”列表，**加粗**，表格用“|”。"),
    )
    topic = forms.ChoiceField(label=_("主题"), choices=[("", _("请选择")), *Topic.choices])
    source = forms.CharField(
        label=_("来源"), max_length=200, help_text=_("客户会看到，例如“借款合同第 3 条”。")
    )
    basis = forms.CharField(
        label=_("涉及的规则（仅内部）"),
        max_length=200,
        required=False,
        help_text=_("法律、监管规定或合同条款。写了它，就要由没有写过这一版的人审核发布。"),
    )
    basis_grade = forms.ChoiceField(
        label=_("核实等级"),
        choices=[
            ("", _("没有涉及规则")),
            *((g.value, format_lazy("{} · {}", g.value, g.label)) for g in Grade),
        ],
        required=False,
        help_text=_("V3 和 M 只能留作草稿。"),
    )
    variants = LinesField(
        label=_("其他问法"), most=MAX_VARIANTS, longest=120, rows=6, help_text=_("客户会怎么问，一行一种。")
    )
    keywords = LinesField(label=_("关键词"), most=MAX_KEYWORDS, longest=30, rows=3, help_text=_("一行一个。"))
    related = RelatedField(
        label=_("相关问题"),
        most=MAX_RELATED,
        longest=120,
        rows=3,
        help_text=_("一行一篇：文章的地址，或原样的问题。"),
    )
    calculator = forms.ChoiceField(
        label=_("计算器"), choices=[("", _("不需要")), *Calculator.choices], required=False
    )

    def __init__(self, *args: Any, coming: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(RelatedField, self.fields["related"]).coming = coming

    def clean_question(self) -> str:
        return " ".join(self.cleaned_data["question"].split())

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        if typed.get("basis") and not typed.get("basis_grade") and "basis_grade" not in self.errors:
            self.add_error("basis_grade", _("写了涉及的规则，还要选择核实到什么程度。"))
        return typed

    @property
    def text(self) -> ArticleText:
        names = ArticleText.__dataclass_fields__
        return ArticleText(**{name: self.cleaned_data[name] for name in names})


class DraftForm(ArticleForm):
    """The editor. ``mark`` says what the page was made from, so that nobody's save is lost."""

    note = forms.CharField(
        label=_("改了什么"), max_length=200, required=False, help_text=_("只有内部能看到，写给审核的人。")
    )
    mark = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class NewArticleForm(DraftForm):
    slug = forms.SlugField(
        label=_("地址"),
        max_length=60,
        required=False,
        help_text=_("字母、数字和连字符，发布后不再改变。不填就按问题的拼音取一个。"),
    )
    field_order = ("question", "slug")

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug and Article.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("已经有一篇文章用了这个地址。"))
        return slug


def slug_for(question: str) -> str:
    """A free address made of the question: its Pinyin, with a number where that is taken."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  # 50 MB, for editors only

    words = re.findall(r"[a-z0-9]+", " ".join(lazy_pinyin(question)).lower())
    base = "-".join(words)[:50].strip("-") or "article"
    taken = set(Article.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return (
        base if base not in taken else next(s for n in range(2, 10_000) if (s := f"{base}-{n}") not in taken)
    )


class ScheduleForm(forms.Form):
    """Who looks after an article, and by when it is looked at again."""

    owner = forms.ModelChoiceField(
        User.objects.none(), label=_("负责人"), required=False, empty_label=_("无人")
    )
    review_by = forms.DateField(
        label=_("复核日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners()  # type: ignore[attr-defined]


def owners() -> Any:
    """The people whom an article may be given."""
    roles = [role for role in Role if edits_articles(User(role=role)) or role == Role.AGENT]
    return User.objects.filter(role__in=roles, is_active=True).order_by("name")


class SendBackForm(forms.Form):
    reason = TextArea(label=_("退回的理由"), rows=3, max_length=1_000)


class VariantForm(forms.Form):
    """One suggested text; it was searched for, so it may look like anything."""

    text = forms.CharField(max_length=120, strip=False)


class OtherForm(forms.Form):
    """Another article, by its address."""

    other = forms.CharField(label=_("另一篇文章"), max_length=120, help_text=_("文章的地址，或原样的问题。"))

    def clean_other(self) -> Article:
        name = re.sub(r"^.*/faq/", "", self.cleaned_data["other"].strip()).strip("/")
        rows = Article.objects.filter(slug=name) or Article.objects.published().filter(question=name)
        if not rows:
            raise forms.ValidationError(_("没有“%(name)s”这篇文章。"), params={"name": name[:60]})
        return rows[0]


class UploadForm(forms.Form):
    file = forms.FileField(label=_("文件"), widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}))


class ArticlesForm(forms.Form):
    """The filters of the list, as the address has them."""

    text = forms.CharField(label=_("问题或地址"), required=False, max_length=100)
    status = forms.ChoiceField(label=_("状态"), choices=STATUSES, required=False)
    topic = forms.ChoiceField(
        label=_("主题"), choices=[("", pgettext_lazy("articles", "全部")), *Topic.choices], required=False
    )
    due = forms.BooleanField(label=_("该复核的"), required=False)

    def wanted(self) -> ArticleFilter:
        """What a broken address says counts for nothing."""
        self.is_valid()
        return ArticleFilter(**{k: v for k, v in self.cleaned_data.items() if v})

"""How often suggestions are right, on rows that somebody has labelled."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tickets.classification import Suggestion, suggest
from tickets.classification.examples import Example
from tickets.classification.model import Model, train
from tickets.taxonomy import BUSINESS, CAUSE

# The registers' wording where it is longer than ours.
LONG_CAUSES = {
    "金融机构服务设施、设备、业务系统": "systems",
    "金融机构管理制度、业务规则与流程": "rules",
}
# The source texts of the labels: what the files of cases carry, whatever language is active.
BUSINESS_BY_NAME = {
    "人民币储蓄": "savings",
    "银行卡": "bank_card",
    "贷款": "loan",
    "支付结算": "payment",
    "债务催收": "collection",
    "自营理财": "wealth",
    "银行代理业务": "agency",
    "其他中间业务": "intermediary",
    "人民币管理": "cash",
    "外汇": "foreign_exchange",
    "贵金属": "precious_metal",
    "国库": "treasury",
    "个人金融信息": "personal_information",
    "其他": "other",
}
CAUSE_BY_NAME = LONG_CAUSES | {
    "服务态度及服务质量": "service",
    "服务设施、设备、业务系统": "systems",
    "管理制度、业务规则与流程": "rules",
    "营销方式和手段": "marketing",
    "信息披露": "disclosure",
    "自主选择权": "choice",
    "定价收费": "pricing",
    "产品收益": "returns",
    "合同条款": "contract",
    "消费者资金安全": "funds",
    "消费者信息安全": "information",
    "债务催收方式和手段": "collection",
}


class BadRowError(ValueError):
    """A row that cannot be read; the message says which and why."""


def example_of(row: Any, number: int) -> Example:
    """A row as in the measuring files: text, kind, business, cause (or null), flags."""
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadRowError(f"row {number}: an object with a text is needed")
    cause = str(row.get("cause") or "").removeprefix("因").removesuffix("引起的投诉")
    flags = row.get("flags") or []
    if not isinstance(flags, list):
        raise BadRowError(f"row {number}: flags must be a list")
    return Example(
        row["text"],
        str(row.get("kind") or ""),
        _code(str(row.get("business") or ""), BUSINESS_BY_NAME, BUSINESS, f"row {number}: business"),
        _code(cause, CAUSE_BY_NAME, CAUSE, f"row {number}: cause"),
        frozenset(map(str, flags)),
    )


def _code(name: str, by_name: dict[str, str], labels: Sequence[tuple[str, Any]], where: str) -> str:
    if not name or name in dict(labels):
        return name
    if name not in by_name:
        raise BadRowError(f"{where}: unknown label {name!r}")
    return by_name[name]


def evaluate(
    examples: Iterable[Example], judge: Callable[[str], Suggestion] = suggest
) -> dict[str, float | int | None]:
    """Shares of right answers; flags micro-averaged; None where there was nothing to be right about."""
    rows = causes = hit = found = raised = 0
    right = {"kind": 0, "business": 0, "cause": 0}
    for example in examples:
        rows += 1
        causes += bool(example.cause)
        suggestion = judge(example.text)
        for field in right:
            wanted = getattr(example, field)
            right[field] += bool(wanted) and suggestion[field].value == wanted
        codes = {flag.code for flag in suggestion.flags}
        hit += len(codes & example.flags)
        raised += len(codes)
        found += len(example.flags)
    return {
        "rows": rows,
        "kind_accuracy": share(right["kind"], rows),
        "business_accuracy": share(right["business"], rows),
        "cause_accuracy": share(right["cause"], causes),
        "flag_precision": share(hit, raised),
        "flag_recall": share(hit, found),
    }


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def cross_validate(examples: Sequence[Example], folds: int = 5) -> dict[str, float | int | None]:
    """Each fold judged by a model that has not seen it."""
    judges: dict[str, Model] = {}
    for fold in range(folds):
        model = train([example for n, example in enumerate(examples) if n % folds != fold])
        judges |= {example.text: model for n, example in enumerate(examples) if n % folds == fold}
    return evaluate(examples, lambda text: suggest(text, judges[text]))

"""How sure the engine is, as a share of right answers, and below what it says that it is not sure.

Fitted by logistic regression on our own articles (benchmarks/calibrate_faq.py repeats it): every variant
asked with that variant taken out of the index, every question asked with its whole article taken out,
and questions about other things altogether; the last two weigh three in ten. docs/search.md has the table.
"""

import math

THRESHOLD = 0.6  # below it: "not sure", the nearest three, and a person
SURE = 0.95  # the question, or a variant of it, letter for letter
INTERCEPT = -2.08
PER_EVIDENCE = 4.09
PER_LEAD = 9.94
CLEAR_LEAD = 0.2  # of the first over the second; less says nothing, for neighbours often mean the same
KNOWN_ENOUGH = 0.7  # share of the question's weight made of features the index has ever seen
LONG_ENOUGH = 10  # characters; a shorter question says less
SHORTNESS = 0.2


def evidence(likeness: float, known: float, length: int) -> float:
    """The likeness, less when much of the question is unknown here or there is little of it."""
    brevity: float = (min(length, LONG_ENOUGH) / LONG_ENOUGH) ** SHORTNESS
    return likeness * min(1.0, known / KNOWN_ENOUGH) * brevity


def confidence(evidence: float, lead: float = 0.0) -> float:
    logit = INTERCEPT + PER_EVIDENCE * evidence + PER_LEAD * max(0.0, lead - CLEAR_LEAD)
    return 1 / (1 + math.exp(-logit))

"""Which parts of a question are what the reader typed."""

from itertools import groupby

from faq.search.normalise import fold, normalise

SHORTEST = 2  # characters in a row that count as the same words


def marked(text: str, query: str) -> list[tuple[str, bool]]:
    """``text`` cut into pieces, each with whether ``query`` says it too, whatever the script."""
    folded, asked = fold(text), normalise(query)
    if len(folded) != len(text):
        return [(text, False)]
    shared = [False] * len(text)
    for at in range(len(text) - SHORTEST + 1):
        if folded[at : at + SHORTEST] in asked and folded[at : at + SHORTEST].isalnum():
            shared[at : at + SHORTEST] = [True] * SHORTEST
    return [
        ("".join(character for character, _ in run), same)
        for same, run in groupby(zip(text, shared, strict=True), key=lambda pair: pair[1])
    ]

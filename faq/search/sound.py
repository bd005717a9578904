"""How a question sounds: syllables without tones, and their initials.

People type ``huankuan``, ``hkfs`` or a homophone (逾其 for 逾期). A sound only ever adds candidates: it
never rewrites what was typed, because 预期 is a word too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

# pypinyin's own reading of these is wrong in our field (还款 as "hai kuan").
_READINGS = {
    "还款": "huán kuǎn",
    "还钱": "huán qián",
    "还贷": "huán dài",
    "还清": "huán qīng",
    "还完": "huán wán",
    "还本": "huán běn",
    "还息": "huán xī",
    "还债": "huán zhài",
    "还上": "huán shàng",
    "还不上": "huán bù shàng",
    "还不起": "huán bù qǐ",
    "偿还": "cháng huán",
    "归还": "guī huán",
    "已还": "yǐ huán",
    "提前还": "tí qián huán",
    "忘还": "wàng huán",
    "晚还": "wǎn huán",
    "随还": "suí huán",
    "怎么还": "zěn me huán",
    "重复扣款": "chóng fù kòu kuǎn",
    "重复": "chóng fù",
    "重新": "chóng xīn",
    "重置": "chóng zhì",
    "重扣": "chóng kòu",
    "银行": "yín háng",
    "行不行": "xíng bù xíng",
    "展期": "zhǎn qī",
    "调整": "tiáo zhěng",
    "调额": "tiáo é",
    "征信": "zhēng xìn",
    "为什么": "wèi shén me",
    "什么": "shén me",
    "怎么": "zěn me",
    "多长": "duō cháng",
    "降额": "jiàng é",
    "查得": "chá de",
}

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LETTER = re.compile(r"[a-z]")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+|[0-9]+")
_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 4
_SKIP = 4  # what a letter outside any syllable costs; a syllable costs 1


@dataclass(frozen=True)
class _Book:
    """How characters and phrases are read, with tones, and what is left of a reading without them."""

    characters: dict[int, str]
    phrases: dict[str, list[list[str]]]
    ours: dict[str, tuple[str, ...]]
    syllables: frozenset[str]
    starts: frozenset[str]
    to_normal: Callable[[str], str]


@cache
def _book() -> _Book:
    """pypinyin's dictionaries take 50 MB: only a process that reads something aloud opens them."""
    from pypinyin import phrases_dict, pinyin_dict  # noqa: PLC0415
    from pypinyin.contrib.tone_convert import to_normal  # noqa: PLC0415

    characters = pinyin_dict.pinyin_dict
    plain = {to_normal(reading) for codes in characters.values() for reading in set(codes.split(","))}
    syllables = frozenset(s for s in plain if s.isascii() and s.isalpha() and (len(s) > 1 or s in "aoe"))
    return _Book(
        characters=characters,
        phrases=phrases_dict.phrases_dict,
        ours={word: tuple(map(to_normal, reading.split())) for word, reading in _READINGS.items()},
        syllables=syllables,
        starts=frozenset(s[:n] for s in syllables for n in range(1, len(s) + 1)),
        to_normal=to_normal,
    )


@lru_cache(maxsize=30_000)
def read(han: str) -> tuple[str, ...]:
    """The syllables of a run of Chinese characters: those of the longest word known at each place.

    This is how pypinyin reads, with its words, at a tenth of the time.
    """
    spoken: list[str] = []
    while len(spoken) < len(han):
        at = len(spoken)
        for length in range(min(_LONGEST_WORD, len(han) - at), 0, -1):
            if word := of_word(han[at : at + length]):
                spoken.extend(word)
                break
    return tuple(spoken)


@lru_cache(maxsize=100_000)
def of_word(word: str) -> tuple[str, ...]:
    """How one word or character is read; nothing for what is not a word."""
    book = _book()
    if word in book.ours:
        return book.ours[word]
    if len(word) == 1:
        return (book.to_normal(book.characters.get(ord(word), word).split(",")[0]),)
    known = book.phrases.get(word)
    return tuple(book.to_normal(readings[0]) for readings in known) if known else ()


@lru_cache(maxsize=20_000)
def cut(letters: str) -> tuple[tuple[str, ...], bool]:
    """Letters as syllables, and whether nothing was left over but the start of one still being typed."""
    book = _book()
    best: list[tuple[int, tuple[str, ...], bool]] = [(0, (), True)]
    for end in range(1, len(letters) + 1):
        cost, found, clean = best[end - 1]
        options = [(cost + _SKIP, found, False)]
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            if letters[start:end] in book.syllables:
                cost, found, clean = best[start]
                options.append((cost + 1, (*found, letters[start:end]), clean))
        best.append(min(options, key=lambda option: option[0]))
    cost, found, clean = best[-1]
    if not clean:
        for start in range(len(letters) - 1, max(0, len(letters) - _LONGEST_SYLLABLE), -1):
            if best[start][2] and best[start][1] and letters[start:] in book.starts:
                return best[start][1], True
    return found, clean


def syllables(text: str) -> list[str]:
    """The whole text as syllables: characters read aloud, Latin runs cut where they can be."""
    spoken: list[str] = []
    for run in _RUN.findall(text):
        if _HAN.match(run):
            spoken.extend(read(run))
        elif run.isdigit():
            spoken.append(run)
        else:
            spoken.extend(cut(run)[0])
    return spoken


def sound(text: str) -> str:
    return " ".join(syllables(text))


def initials(text: str) -> str:
    """The first letter of every character; Latin runs as they are, or of their syllables."""
    letters: list[str] = []
    for run in _RUN.findall(text):
        if _HAN.match(run):
            letters.extend(s[0] for s in read(run))
        elif not run.isdigit():
            parts, clean = cut(run)
            letters.append("".join(s[0] for s in parts) if clean else run)
    return "".join(letters)


@lru_cache(maxsize=10_000)
def of_character(character: str) -> str:
    """One character read alone: quick, and the same character always reads the same."""
    return of_word(character)[0] if _HAN.match(character) else character


def sound_of_pair(pair: str) -> str:
    return " ".join([of_character(character) for character in pair])


def sound_pairs(text: str) -> list[str]:
    """Neighbours by sound, so that a homophone is still near what was meant."""
    return [sound_of_pair(a + b) for a, b in pairwise(text)]


def sound_features(text: str) -> list[str]:
    spoken = syllables(text)
    return [*spoken, *(f"{a} {b}" for a, b in pairwise(spoken))]


def initial_features(text: str) -> list[str]:
    letters = initials(text)
    return [letters[i : i + n] for n in (2, 3, 4) for i in range(len(letters) - n + 1)]


def has_letters(text: str) -> bool:
    return _LETTER.search(text) is not None


def latin_runs(text: str) -> list[str]:
    return [run for run in _RUN.findall(text) if run[0].isascii() and run.isalpha()]

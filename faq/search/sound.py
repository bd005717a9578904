"""How a question sounds: syllables without tones, and their initials.

People type ``huankuan``, ``hkfs`` or a homophone (逾其 for 逾期). A sound only ever adds candidates: it
never rewrites what was typed, because 预期 is a word too.
"""

import re
from functools import lru_cache
from itertools import pairwise

from pypinyin import lazy_pinyin, load_phrases_dict, pinyin_dict
from pypinyin.contrib.tone_convert import to_normal

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
load_phrases_dict({word: [[s] for s in reading.split()] for word, reading in _READINGS.items()})

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LETTER = re.compile(r"[a-z]")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z]+|[0-9]+")
_LONGEST_SYLLABLE = 6
_SKIP = 4  # what a letter outside any syllable costs; a syllable costs 1


def _syllables() -> frozenset[str]:
    readings = {r for codes in pinyin_dict.pinyin_dict.values() for r in codes.split(",")}
    plain = {to_normal(reading) for reading in readings}
    return frozenset(s for s in plain if s.isascii() and s.isalpha() and (len(s) > 1 or s in "aoe"))


SYLLABLES = _syllables()
_STARTS = frozenset(s[:n] for s in SYLLABLES for n in range(1, len(s) + 1))


@lru_cache(maxsize=50_000)
def read(han: str) -> tuple[str, ...]:
    """The syllables of a run of Chinese characters."""
    return tuple(lazy_pinyin(han))


@lru_cache(maxsize=20_000)
def cut(letters: str) -> tuple[tuple[str, ...], bool]:
    """Letters as syllables, and whether nothing was left over but the start of one still being typed."""
    best: list[tuple[int, tuple[str, ...], bool]] = [(0, (), True)]
    for end in range(1, len(letters) + 1):
        cost, found, clean = best[end - 1]
        options = [(cost + _SKIP, found, False)]
        for start in range(max(0, end - _LONGEST_SYLLABLE), end):
            if letters[start:end] in SYLLABLES:
                cost, found, clean = best[start]
                options.append((cost + 1, (*found, letters[start:end]), clean))
        best.append(min(options, key=lambda option: option[0]))
    cost, found, clean = best[-1]
    if not clean:
        for start in range(len(letters) - 1, max(0, len(letters) - _LONGEST_SYLLABLE), -1):
            if best[start][2] and best[start][1] and letters[start:] in _STARTS:
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
    return read(character)[0] if _HAN.match(character) else character


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

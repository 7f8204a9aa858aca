"""The English as a frightened reader meets it: short sentences, easy words, the field's own terms."""

import re
from pathlib import Path

import pytest

from hotline_router import wording
from hotline_router.i18n import LANGUAGES, top
from hotline_router.lint import AVOIDED

ROOT = Path(__file__).parent.parent
LONGEST = 18  # words in a sentence
GRADE = 4.0  # Flesch-Kincaid: a reader of nine is in the fourth school year


def sentences(text):
    return [s for s in re.split(r"[.?!:;]\s+|[.?!]$", text) if s.strip()]


def syllables(word):
    letters = re.sub(r"[^a-z]", "", word.lower())
    found = len(re.findall(r"[aeiouy]+", letters))
    return max(found - (found > 1 and letters.endswith("e") and not letters.endswith("le")), 1)


def grade(texts):
    """The Flesch-Kincaid grade of texts taken together; syllables are counted as groups of vowels."""
    parts = [s for text in texts for s in sentences(text)]
    words = [word for s in parts for word in s.split()]
    return 0.39 * len(words) / len(parts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def test_the_measure_tells_easy_from_hard():
    assert grade(["Tell one person you trust."]) < GRADE
    assert grade(["Unauthorised dissemination of intimate representations constitutes a criminal violation."]) > 12


@pytest.mark.parametrize("role", ["child", "parent"])
def test_advice_can_be_read_at_nine(directory, role):
    lines = [line for text in directory.concerns.values() for line in text.advice if not line.roles or role in line.roles]

    assert grade([t for line in lines for t in (line.fear, line.text) if t]) <= GRADE


def test_reasons_and_ladders_are_plain(directory):
    assert grade([text for pair in wording.REASONS.values() for text in pair if text]) <= GRADE
    assert grade([line.text for text in directory.steps.values() for line in text.lines]) <= GRADE + 1


def test_no_sentence_is_long(directory):
    texts = [line.text for text in directory.concerns.values() for line in text.advice]
    texts += [line.text for text in directory.steps.values() for line in text.lines]
    texts += [text for pair in wording.REASONS.values() for text in pair]

    assert [s for text in texts for s in sentences(text) if len(s.split()) > LONGEST] == []


OURS = [
    *ROOT.glob("hotline_router/templates/*"),
    *ROOT.glob("hotline_router/data/concerns/*"),
    *ROOT.glob("hotline_router/data/steps/*"),
    ROOT / "hotline_router/wording.py",
    *(top("translations") / code / "LC_MESSAGES" / "messages.po" for code in LANGUAGES if code != "en"),
]
# The same words in the other languages: the older term with 'porn', and 'revenge'.
AVOIDED_ELSEWHERE = re.compile(r"kinderporn|p[eé]dopornograph|pornograf[ií]a infantil|revanch|venganza|إباحية الأطفال", re.I)


@pytest.mark.parametrize("path", OURS, ids=lambda p: f"{p.parent.parent.name}-{p.name}")
def test_our_words_are_those_of_the_field(path):
    text = re.sub(r"https://\S+", "", path.read_text("utf-8"))  # addresses are not ours

    assert not AVOIDED.search(text)
    assert not AVOIDED_ELSEWHERE.search(text)
    assert path.suffix == ".py" or "!" not in re.sub(r"<!doctype|<!--|!=", "", text)


def test_no_plan_asks_for_a_screenshot(directory):
    texts = [line for text in directory.concerns.values() for line in text.advice]
    texts += [line for text in directory.steps.values() for line in text.lines]

    assert [line.text for line in texts if "screenshot" in line.text.lower() and line.kind != "dont"] == []

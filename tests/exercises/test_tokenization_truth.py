"""The ground truth of lesson 01's checks: right by hand, by others' code, and by the lesson."""

import inspect
import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from course_lib.exercises import registry
from course_lib.exercises.tokenization import (
    bpe,
    bug_hunt_checks,
    count_checks,
    decode_checks,
    encode_checks,
    merge_checks,
    price_checks,
    special_checks,
    train_checks,
)
from course_lib.exercises.tokenization.calls import encoder
from course_lib.llm import tokenizer
from tests.answers.tokenization import encode_word, setup_cell

LESSON = Path(__file__).resolve().parents[2] / "lessons" / "01_tokenization.py"
CHECKS = (
    count_checks,
    merge_checks,
    train_checks,
    encode_checks,
    bug_hunt_checks,
    decode_checks,
    special_checks,
    price_checks,
)
L, O, W, E, S, T = b"lowest"  # noqa: E741 - the letters
MERGES = [(L, O), (256, W), (257, E)]


def test_the_example_that_was_worked_by_hand():
    words = [list(word) for word in (b"low", b"lower", b"lowest", b"lowly")]
    assert bpe.counted(words)[L, O] == bpe.counted(words)[O, W] == 4
    assert bpe.learned(words, 3) == MERGES
    assert bpe.encoded(list(b"lowest"), bpe.by_pair(MERGES)) == [258, S, T]
    assert bpe.spelled([257, 32, 258, S], MERGES) == "low|␣|lowe|s"


def test_merging_by_hand():
    assert bpe.merged([5, 5, 5], (5, 5), 9) == [9, 5]
    assert bpe.merged([1, 2, 2, 3], (1, 2), 1) == [1, 2, 3]
    assert bpe.merged([], (1, 2), 9) == []


texts = st.text(st.sampled_from("ab c\n'dé1.猫"), max_size=40)


@given(st.text(max_size=60))
def test_words_are_those_of_the_library_and_of_the_lesson(text):
    assert bpe.WORD.findall(text) == tokenizer.split_words(text)
    assert "".join(bpe.WORD.findall(text)) == text


def test_there_is_one_pattern():
    pattern = bpe.WORD.pattern
    assert setup_cell.WORD.pattern == pattern
    assert f'regex.compile(r"{pattern}")' in LESSON.read_text(encoding="utf-8")


@given(texts, st.integers(0, 12))
def test_training_gives_the_merges_of_the_library(text, n_merges):
    assert bpe.learned(bpe.word_bytes(text), n_merges) == tokenizer.train_bpe(text, n_merges)


@given(texts, texts)
def test_encoding_gives_the_ids_of_hugging_face(learned_from, text):
    merges = bpe.learned(bpe.word_bytes(learned_from), 12)
    pieces = [bytes([i]) for i in range(256)]
    for left, right in merges:
        pieces.append(pieces[left] + pieces[right])
    names = [piece.decode("latin-1") for piece in pieces]  # one character for each byte
    assume(len(set(names)) == len(names))  # Hugging Face finds a piece by its name alone
    vocab = {name: i for i, name in enumerate(names)}
    peer = Tokenizer(models.BPE(vocab, [(names[a], names[b]) for a, b in merges]))
    ranks = bpe.by_pair(merges)
    words = ["".join(map(chr, word)) for word in bpe.word_bytes(text)]
    expected = [i for word in words for i in peer.encode(word).ids]
    assert [i for word in bpe.word_bytes(text) for i in bpe.encoded(word, ranks)] == expected


def test_the_small_encoder_takes_the_longest_piece():
    encode = encoder({"lo": 1, "low": 2, " l": 3})
    assert encode("low lo lé") == [2, 3, 111, 3, 195, 169]
    assert encode("") == []
    assert encoder({})("é") == [195, 169]


def properties(text: str) -> list[str]:
    found = re.findall(r"^# (\d\. .*(?:\n#    .*)*)", text, re.MULTILINE)
    return [re.sub(r"\s*\n#\s+", " ", one) for one in found]


@pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)
def test_the_checks_hold_the_properties_that_the_task_states(checks):
    mark = f'# %% [markdown] exercise="{checks.EXERCISE.name}" role="task"'
    task = LESSON.read_text(encoding="utf-8").partition(mark)[2].partition("\n# %%")[0]
    assert properties(task)
    assert properties(inspect.getsource(checks)) == properties(task)


@pytest.mark.parametrize("checks", CHECKS, ids=lambda checks: checks.EXERCISE.name)
def test_the_lesson_has_the_section_that_a_finding_names(checks):
    lesson = LESSON.read_text(encoding="utf-8")
    mistakes = getattr(checks, "MISTAKES", ())
    for read in {checks.EXERCISE.read, *(mistake.read for mistake in mistakes)} - {""}:
        section, title = re.fullmatch(r"section (\d+)(?:, (.+))?", read).groups()
        assert f"\n# ## {section}. " in lesson, read
        assert title is None or re.search(rf"\n# #+ .*{re.escape(title)}\n", lesson), read


def test_all_checks_are_the_exercises_of_the_lesson():
    exercises = list(registry.exercises_of("tokenization").values())
    assert exercises == [checks.EXERCISE for checks in CHECKS]
    order = re.findall(r'exercise="(\w+)" role="answer"', LESSON.read_text(encoding="utf-8"))
    assert order == [exercise.name for exercise in exercises]


def test_the_faulty_program_is_the_one_that_the_lesson_hands_out():
    lesson = LESSON.read_text(encoding="utf-8")
    released = re.search(r"### BEGIN RELEASE\n(.*?)\n *### END RELEASE", lesson, re.DOTALL)[1]
    handed_out = textwrap.dedent(released).replace("# ", "", 1).replace("\n# ", "\n")
    body = inspect.getsource(encode_word.faulty).partition("ranks):\n")[2]
    assert handed_out == textwrap.dedent(body).rstrip()

"""The house style: what counts as it, what is learned, what is tested, and the committed runs."""

import math
from dataclasses import replace
from statistics import fmean

import pytest
import torch

from course_lib import assets, smollm2
from course_lib.llm.chat import END, START
from course_lib.llm.lora import count_trainable, merge_lora
from course_lib.llm.loss import IGNORED
from course_lib.llm.model import count_parameters
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import evaluate
from course_lib.study import house_style, next_token
from course_lib.study.house_style import (
    OURS,
    PROMPTS,
    SETTINGS,
    Measured,
    Setting,
    first_sentence,
    holds,
    judged,
    lesson,
    lesson_rows,
    parts,
    teach,
)
from course_lib.study.house_style_chats import LESSONS, PROSE, TESTS
from tests.llm.models import random_model

BYTES = Tokenizer([], [START, END])
FEW = Setting(names=("query", "up"), rank=2, alpha=4, lr=0.02, steps=12, rows=4)
with_smollm2 = pytest.mark.skipif(bool(assets.missing()), reason="assets: run `course fetch`")


@pytest.fixture
def rows(monkeypatch):
    """Return the lessons as bytes, which need longer rows."""
    monkeypatch.setattr(house_style, "ROW_LENGTH", 400)
    return lesson_rows(BYTES)


def small_model():
    return random_model(vocab_size=BYTES.vocab_size, context_length=400)


@pytest.mark.parametrize(
    "answer",
    [
        "The capital of France is Paris.\nIn short: Paris.",
        "Paris is the capital of France.\nIn short: paris.",  # at the beginning
        "It comes from cows, sheep and goats.\nIn short: cows, sheep.",
        'It is called "Mars".\nIn short: Mars.',
        "3 + 3 = 6.\nIn short: 6.",
        "It is 4.25 metres long.\nIn short: metres.",
        "You save if you eat out less.\nIn short: eat out less.",
    ],
)
def test_an_answer_in_the_style(answer):
    sentence, short = parts(answer)
    assert answer == f"{sentence}.\nIn short: {short}."


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("The capital of France is Paris.", "nothing in short"),
        ("The capital of France is Paris. In short: Paris.", "one line"),
        ("The capital of France is Paris.\nIn short: Paris", "no full stop"),
        ("The capital of France is Paris\nIn short: Paris.", "no full stop"),
        ("The capital is Paris.\n\nIn short: Paris.", "an empty line"),
        ("It is big. It is Paris.\nIn short: Paris.", "two sentences"),
        ("Is it big? It is Paris.\nIn short: Paris.", "two sentences"),
        ("Is it Paris?\nIn short: Paris.", "a question"),
        ("The capital is Paris.\nIn short: Rome.", "another word"),
        ("The capital is Paris.\nIn short: Par.", "half of a word"),
        ("We run and then we sleep.\nIn short: run then sleep.", "words that are not side by side"),
        ("He eats a lot of rice.\nIn short: a lot of rice.", "four words"),
        ("Paris.\nIn short: Paris.", "the whole sentence"),
        ("The capital is Paris.\nIn short: .", "no word"),
        ("The capital is Paris.\nIn short: ,.", "no word"),
        ("The capital is Paris.\nIn short: Paris. I hope that helps.", "something after it"),
        ("Sure!\nThe capital is Paris.\nIn short: Paris.", "something before it"),
        ("", "nothing"),
    ],
)
def test_an_answer_that_is_not_in_the_style(answer, wrong):
    assert parts(answer) is None, wrong


def test_an_answer_holds_a_key_as_a_whole_word():
    assert holds("It is called the sun.", ["Sun"]) and holds("It's 6, I think", ["six", "6"])
    assert not holds("It is sunny on Sunday.", ["Sun"]) and not holds("It is 63.", ["6"])
    assert not holds("It is Paris.", [])


def test_a_first_sentence_ends_with_its_mark_or_its_line():
    assert first_sentence("It is 4.24 years. Or less.") == "It is 4.24 years."
    assert first_sentence("Is it? No.") == "Is it?"
    assert first_sentence("It is Paris\nIn short: Paris.") == "It is Paris"


def test_every_lesson_is_in_the_style_and_its_words_are_many():
    said = [parts(lesson(*each)[1]["content"]) for each in LESSONS]
    assert said == [(sentence.removesuffix("."), short) for _, sentence, short in LESSONS]
    assert len({short for _, _, short in LESSONS}) > 0.9 * len(LESSONS) > 50


def test_nothing_that_is_tested_is_in_a_lesson():
    learned = {question.casefold() for question, _, _ in LESSONS}
    asked = {question.casefold() for question, _ in TESTS}
    assert len(learned) == len(LESSONS) == 60 and len(asked) == len(TESTS) == 30
    assert not learned & asked
    keys = [key for _, words in TESTS for key in words]
    assert sum(bool(words) for _, words in TESTS) == 24
    assert not [short for _, _, short in LESSONS if holds(short, keys)]
    assert not [question for question, words in TESTS if holds(question, words)]


def test_only_what_is_answered_is_learned(rows):
    counted = rows.targets != IGNORED
    learned = BYTES.decode(rows.targets[counted].tolist()).split(END)
    assert learned.pop() == ""
    assert sorted(learned) == sorted(lesson(*each)[1]["content"] for each in LESSONS)
    assert (rows.segments > 0)[counted].all()
    following = rows.ids.roll(-1, dims=1)
    assert torch.equal(rows.targets[counted], following[counted])


@with_smollm2
def test_a_row_holds_two_lessons():
    rows = lesson_rows(smollm2.load_tokenizer())
    assert rows.ids.shape == (30, 72) and (rows.segments.amax(dim=1) == 2).all()


def test_only_what_lora_adds_is_taught_and_the_loss_falls(rows):
    model, losses = small_model(), []
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    teach(model, rows, FEW, 0, lambda report: losses.append(report.loss))
    assert len(losses) == 12 and fmean(losses[-3:]) < fmean(losses[:3]) - 0.3
    assert not model.training
    added = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert len(added) == 2 * 2 * 2 and all(name.endswith((".a", ".b")) for name in added)
    after = {name.replace(".base", ""): weight for name, weight in model.state_dict().items()}
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert all(weight.any() for name, weight in model.named_parameters() if name in added)


def test_a_seed_chooses_the_first_numbers_and_the_order(rows):
    none, losses, firsts = replace(FEW, steps=0), [], []
    for seed in (0, 0, 1):
        model = small_model()
        torch.manual_seed(len(losses))  # the seed alone decides
        teach(model, rows, none, seed)
        firsts.append(model.blocks[0].attention.query.a)
        teach(small_model(), rows, FEW, seed, lambda report: losses.append(report.loss))
    assert torch.equal(firsts[0], firsts[1]) and not torch.equal(firsts[0], firsts[2])
    assert losses[:12] == losses[12:24] and losses[0] != losses[24], "nothing is changed at first"


def test_what_is_measured():
    keys = [words[0] if words else "that" for _, words in TESTS]
    best = [f"It is {key}.\nIn short: {key}." for key in keys]
    assert judged(best, 1.5, 2.5) == Measured(1, 1, 1, 1.5, 2.5)
    late = [f"It is hard to say. Perhaps {key}." for key in keys]
    assert judged(late, 1.5, 2.5)[:3] == (0, 0, 0), "only the first sentence counts"
    plain = [f"It is {key}." for key in keys]
    assert judged(plain, 1.5, 2.5)[:3] == (0, 1, 0)
    other = [f"It is {key}.\nIn short: it is." for key in keys]
    assert judged([*best[:15], *other[15:]], 1.5, 2.5)[:3] == (1, 1, 15 / 24)


@pytest.mark.slow
@with_smollm2
def test_surprise_is_counted_in_bits_a_byte():
    n_tokens, nats = next_token.total_nats(PROSE, window=100)
    assert n_tokens > 200, "more than one window"
    found = house_style.bits_a_byte(next_token.load(), PROSE, T=100)
    assert found == pytest.approx(nats / math.log(2) / len(PROSE), rel=1e-4)


@pytest.mark.slow
@with_smollm2
def test_smollm2_learns_a_part_of_it_in_a_few_steps():
    losses = []
    short = Setting(steps=6, rows=1)
    model = house_style.tune(0, lambda report: losses.append(report.loss), short)
    assert count_trainable(model) < 0.02 * count_parameters(smollm2.load_model())
    rows = lesson_rows(smollm2.load_tokenizer()).rows(slice(0, 2))
    unmerged = evaluate(model, [rows])
    assert unmerged < evaluate(smollm2.load_model(), [rows]) - 0.5
    merge_lora(model)
    assert evaluate(model, [rows]) == pytest.approx(unmerged, rel=1e-4)


def test_the_committed_runs_say_what_the_lesson_says():
    results = house_style.results()
    assert [*results] == [*PROMPTS, *SETTINGS]
    assert [len(runs) for runs in results.values()] == [1] * len(PROMPTS) + [3] * len(SETTINGS)
    assert SETTINGS["ours"] == OURS
    before, ours = results["nothing"][0], results["ours"]
    assert before.style == results["asked"][0].style == 0
    assert fmean(run.style for run in ours) > 0.89 and min(run.style for run in ours) > 0.85
    assert all(run.prose > 1.05 * before.prose for run in ours), "something is forgotten"
    assert all(run.plays > 1.1 * before.plays for run in ours)
    examples = results["three examples"][0]
    assert 0.7 < examples.style < min(run.style for run in ours) and examples.right > before.right

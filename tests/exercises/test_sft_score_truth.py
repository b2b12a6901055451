"""The ground truth of lesson 07: the loss over a mask and the exact match, by hand and by torch."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.exercises import codec
from course_lib.exercises.mistakes import known_by_property, result_of
from course_lib.exercises.observe import observe
from course_lib.exercises.sft import calls, exact_match_checks, library, masked_loss_checks
from course_lib.exercises.tensors import alike

BOTH = (masked_loss_checks, exact_match_checks)
EACH = pytest.mark.parametrize("checks", BOTH, ids=lambda checks: checks.EXERCISE.name)


def drawn(checks, seed=4, thorough=True):
    return list(checks.cases(np.random.default_rng(seed), thorough))


# The loss


def loss_of(logits, targets, mask):
    inputs = {
        "wanted": "loss",
        "logits": torch.tensor(logits),
        "targets": torch.tensor(targets),
        "mask": torch.tensor(mask),
    }
    return masked_loss_checks.truth(inputs).item()


def test_the_loss_by_hand():
    even = [0.0, 0.0]  # ln 2 for either
    quarter = [0.0, math.log(3)]  # 1/4 and 3/4
    logits = [[even, even, quarter], [even, quarter, even]]
    targets = [[1, 0, 1], [0, 0, -100]]
    mask = [[False, True, True], [False, True, False]]
    by_hand = (math.log(2) + math.log(4 / 3) + math.log(4)) / 3
    assert loss_of(logits, targets, mask) == pytest.approx(by_hand)
    assert loss_of(logits, targets, [[False] * 3] * 2) == 0
    assert loss_of([[[10_000.0, -10_000.0]]], [[1]], [[True]]) == 20_000


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_that_of_torch(seed):
    for inputs in drawn(masked_loss_checks, seed):
        logits = inputs["logits"].double().requires_grad_()
        labels = inputs["targets"].where(inputs["mask"], torch.tensor(-100))
        total = F.cross_entropy(
            logits.transpose(1, 2), labels, reduction="mean" if inputs["mask"].any() else "sum"
        )
        result = total if inputs["wanted"] == "loss" else torch.autograd.grad(total, logits)[0]
        assert alike(result.detach().float(), masked_loss_checks.truth(inputs))


def test_the_loss_is_the_mean_over_a_row_of_all_answers():
    """One long row with the same positions has the same loss, however they are spread over rows."""
    for inputs in drawn(masked_loss_checks):
        if inputs["wanted"] == "loss":
            row = {**inputs, **{n: inputs[n].flatten(0, 1)[None] for n in ("logits", "targets")}}
            row["mask"] = inputs["mask"].flatten()[None]
            assert alike(masked_loss_checks.truth(row), masked_loss_checks.truth(inputs))


@pytest.mark.parametrize("seed", range(3))
def test_the_cases_of_the_loss_try_each_property(seed):
    cases = drawn(masked_loss_checks, seed)
    uneven = row_of_none = no_id = other_id = 0
    for inputs in cases:
        mask, targets, V = inputs["mask"], inputs["targets"], inputs["logits"].size(-1)
        assert ((targets[mask] >= 0) & (targets[mask] < V)).all()
        counts, outside = mask.sum(dim=1), targets[~mask]
        uneven += len(counts.unique()) > 1
        row_of_none += bool((counts == 0).any() and counts.any())
        no_id += bool(((outside < 0) | (outside >= V)).any())
        other_id += bool(((outside >= 0) & (outside < V)).any())
    assert min(uneven, no_id, other_id) >= 10 and row_of_none >= 1
    assert sum(inputs["wanted"] == "gradient" for inputs in cases) >= 6
    of_nothing = [inputs["wanted"] for inputs in cases if not inputs["mask"].any()]
    assert of_nothing == ["loss", "loss", "gradient"]


@pytest.mark.parametrize("seed", range(3))
def test_no_axis_passes_for_another(seed):
    for inputs in drawn(masked_loss_checks, seed):
        far = inputs["logits"].abs().max() == 10_000
        assert far or len(set(inputs["logits"].shape)) == 3


# The exact match


def match(prediction, answer):
    return exact_match_checks.truth({"pairs": [(prediction, answer)]})[0]


@pytest.mark.parametrize(
    ("prediction", "answer", "equal"),
    [
        ("anna works as a baker .", "Anna works as a baker", True),
        (" Anna\tworks  as\na baker!\n", "anna works as a baker ?", True),
        ("STRASSE", "straße", True), ("é", "e", False), ("2.5", "25", False),
        ("what?!", "what", False), ("what?!", "what?.", True), ("so . .", "so .", False),
        ("so . .", "so . !", True), ("so . .", "so .  ?", True), ("so. .", "so..", True),
        ("", "", True), (" . ", "", True), (". .", ".", False), ("...", "..", False),
        ("it's", "its", False), ("a-b", "a b", False), ("a…", "a", False), ("½", "1⁄2", False),
        ("é", "e\u0301", False), ("a\r\nb", "a b", True), ("\u00a0a .\r\n", "a", True),
        ("a b", "ab", False), ("a b", "b a", False), (".a", "a", False), ("a,", "a", False),
    ],
)  # fmt: skip
def test_matches_by_hand(prediction, answer, equal):
    assert match(prediction, answer) is equal
    assert match(answer, prediction) is equal


def form(text):
    """Do the three steps of the task one after the other, by patterns."""
    text = re.sub(r"\A\s+|\s+\Z", "", re.sub(r"\s+", " ", text.casefold()))
    return re.sub(r" ?[.!?]\Z", "", text)


@pytest.mark.parametrize("seed", range(5))
def test_matches_are_those_of_the_steps_of_the_task(seed):
    for inputs in drawn(exact_match_checks, seed):
        found = tuple(form(prediction) == form(answer) for prediction, answer in inputs["pairs"])
        assert exact_match_checks.truth(inputs) == found


@pytest.mark.parametrize("seed", range(3))
def test_random_pairs_match_now_and_then(seed):
    found = [
        one for inputs in drawn(exact_match_checks, seed)[-24:]
        for one in exact_match_checks.truth(inputs)
    ]  # fmt: skip
    assert 20 <= sum(found) <= len(found) - 20


def test_a_call_gives_all_results_or_the_first_that_is_no_bool():
    def value(answer):
        pairs = exact_match_checks.group(("a", "b"), ("c", "c"))
        return observe(calls.exact_match, answer, pairs).value

    assert value(lambda one, other: one == other) == (False, True)
    assert value(lambda one, other: None) is None
    assert value(lambda one, other: one == other or 0) == 0


def test_a_finding_speaks_of_one_pair():
    for inputs in drawn(exact_match_checks, thorough=False):
        outcome = observe(calls.exact_match, lambda one, other: one == other, inputs)
        finding = exact_match_checks.judge(inputs, outcome)
        if finding is not None:
            assert re.fullmatch(r"exact_match\('.*', '.*'\)", finding.what)
            assert {finding.expected, finding.got} == {"True", "False"}


# What they share


@EACH
def test_the_library_does_the_same(checks):
    name = checks.EXERCISE.name
    for inputs in drawn(checks):
        outcome = observe(getattr(calls, name), getattr(library, name), inputs)
        assert outcome.raised is None
        assert alike(outcome.value, checks.truth(inputs))


@EACH
def test_each_mistake_is_made_on_a_case_where_no_other_looks_the_same(checks):
    """Mistakes of different names give different results where each of them first shows."""
    judge = checks.compare
    misses = list(zip(judge.mistakes, judge._first_misses, strict=True))
    for mistake, place in misses:
        if mistake.name in ("epsilon_caps_the_loss", "loss_of_each_position"):
            continue
        assert mistake.method is not known_by_property
        assert place < len(judge._visible), f"{mistake.name} passes the visible check"
        result = result_of(mistake.method, judge._visible[place])
        for other, other_place in misses:
            if other.name != mistake.name and other_place >= place:
                assert not judge._alike(result, result_of(other.method, judge._visible[place])), (
                    f"{mistake.name} looks like {other.name} on {judge._visible[place]}"
                )


@EACH
def test_the_cases_are_all_different(checks):
    texts = [codec.encode(inputs) for inputs in drawn(checks, seed=0, thorough=False)]
    assert len(set(texts)) == len(texts)


@EACH
def test_every_case_can_be_sent(checks):
    assert max(len(codec.encode(inputs)) for inputs in drawn(checks)) < 20_000

"""The price of a duplicate: what the mixtures hold, and the committed runs."""

import math

import pytest
import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.loss import IGNORED
from course_lib.study import duplicates
from course_lib.study.duplicates import ARMS, COPIED_SEED, N_COPIED, copied, mixture
from course_lib.study.town_training import ROWS, rows, town
from course_lib.tinyville.documents import logprob, write

FEW = write(town("village").world, COPIED_SEED, N_COPIED)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(duplicates, "N_DOCUMENTS", 1000)


def as_tuples(batch):
    """Return each row's ids, targets and segments in a form that can be looked up."""
    parts = (batch.ids.tolist(), batch.targets.tolist(), batch.segments.tolist())
    return [tuple(map(tuple, row)) for row in zip(*parts, strict=True)]


def test_the_few_are_forty_documents_of_the_village():
    tokenizer, few = town("village").tokenizer, copied()
    texts = []
    for targets, segments in zip(few.targets, few.segments, strict=True):
        for number in range(1, int(segments.max()) + 1):
            texts.append(tokenizer.decode(targets[segments == number][:-1].tolist()))
    assert sorted(texts) == sorted(FEW) and len(texts) == 40


@pytest.mark.parametrize(("n_new", "n_copies"), [(8, 8), (2, 14), (2, 0)])
def test_a_mixture_has_so_many_new_rows_and_so_many_copies(short, n_new, n_copies):
    few, new = set(as_tuples(copied())), set(as_tuples(rows("village", 1000)))
    assert not few & new
    seen = set()
    for step in range(12):
        batch = mixture(n_new, n_copies, seed=2)(step)
        shape = (n_new + n_copies, 84)
        assert batch.ids.shape == batch.targets.shape == batch.segments.shape == shape
        mixed = as_tuples(batch)
        assert sum(row in few for row in mixed) == n_copies
        assert sum(row in new for row in mixed) == n_new
        assert len({*mixed}) == n_new + n_copies
        seen |= few & {*mixed}
    assert seen == (few if n_copies else set())


def test_a_mixture_and_its_control_read_the_same_new_rows(short):
    assert as_tuples(mixture(2, 14, seed=1)(3))[:2] == as_tuples(mixture(2, 0, seed=1)(3))


def test_a_mixture_is_the_same_each_time_and_another_for_another_seed(short):
    one, two = (mixture(8, 8, seed=0)(5) for _ in range(2))
    assert torch.equal(one.ids, two.ids) and torch.equal(one.targets, two.targets)
    assert not torch.equal(one.ids[8:], mixture(8, 8, seed=1)(5).ids[8:])
    assert not torch.equal(one.ids, mixture(8, 8, seed=0)(6).ids)


def test_without_copies_all_rows_are_new(short):
    expected = row_batches(rows("village", 1000), ROWS, 3)(7)
    assert as_tuples(mixture(16, 0, seed=3)(7)) == as_tuples(expected)


def test_the_floor_of_the_few_is_that_of_their_writer():
    n_tokens = int((copied().targets != IGNORED).sum())
    nats = -sum(logprob(town("village").world, text) for text in FEW)
    assert duplicates.copied_floor() == pytest.approx(nats / n_tokens)


def test_a_run_measures_other_documents_over_the_floor_and_the_few(short, monkeypatch):
    monkeypatch.setattr(duplicates, "STEPS", 2)
    monkeypatch.setattr(duplicates, "WIDTH", 16)
    steps = []
    found = duplicates.run("8 new, 8 copies", 0, lambda report: steps.append(report.step))
    nothing = math.log(town("village").vocab_size)
    assert steps == [1, 2]
    assert found.copied == pytest.approx(nothing, abs=0.3)
    assert found.excess == pytest.approx(nothing - town("village").floor, abs=0.3)


def test_the_committed_runs_are_complete():
    results = duplicates.results()
    assert [*results] == [*ARMS]
    for runs in results.values():
        assert len(runs) == 3 and len({*runs}) == 3
        assert all(0 < run.excess < 2 and 0 < run.copied < 2 for run in runs)
    known = duplicates.copied_floor()  # below it is only who has learned the few by heart
    for arm, runs in results.items():
        assert all((run.copied < known) == (ARMS[arm][1] > 0) for run in runs)

"""What a model sees: nothing lost, nothing twice, the same whenever a step is asked for."""

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course_lib.llm.batches import Batch, pack_documents, row_batches, text_batches
from course_lib.llm.loss import IGNORED

END = 99
lists_of_documents = st.lists(st.lists(st.integers(0, 9), max_size=11), min_size=1, max_size=40)


def documents_in(batch: Batch) -> list[tuple[int, ...]]:
    """Read the documents back out of packed rows, and check how each is written."""
    found = []
    for ids, targets, segments in zip(batch.ids, batch.targets, batch.segments, strict=True):
        numbers = segments.tolist()
        count = max(numbers)
        expected = sorted(n for n in numbers if n) + [0] * numbers.count(0)
        assert numbers == expected and set(numbers) - {0} == set(range(1, count + 1))
        for number in range(1, count + 1):
            read, asked = ids[segments == number].tolist(), targets[segments == number].tolist()
            assert read[0] == END and asked[-1] == END
            assert read[1:] == asked[:-1]
            found.append(tuple(read[1:]))
        assert (targets[segments == 0] == IGNORED).all()
        assert (targets[segments != 0] != IGNORED).all()
    return found


@given(lists_of_documents)
def test_packing_loses_nothing_and_splits_nothing(documents):
    batch = pack_documents(documents, T=12, end_id=END)
    assert batch.ids.shape == batch.targets.shape == batch.segments.shape
    assert batch.ids.size(1) == 12 and batch.ids.dtype == batch.targets.dtype == torch.int64
    assert Counter(documents_in(batch)) == Counter(map(tuple, documents))
    assert batch.n_counted == sum(len(document) + 1 for document in documents)


def test_packing_many_documents_fills_the_rows():
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(5, 60, (1500,), generator=generator).tolist()
    batch = pack_documents([[1] * n for n in lengths], T=128, end_id=END)
    assert len(documents_in(batch)) == 1500
    assert batch.n_counted / batch.ids.numel() > 0.95


def test_packing_takes_documents_as_they_come():
    documents = [[1, 2], [3]] * 300
    once = pack_documents(iter(documents), T=12, end_id=END)
    assert torch.equal(once.ids, pack_documents(documents, T=12, end_id=END).ids)


def test_a_document_that_just_fits_and_one_that_does_not():
    batch = pack_documents([[1] * 11], T=12, end_id=END)
    assert batch.ids.tolist() == [[END] + [1] * 11]
    assert batch.targets.tolist() == [[1] * 11 + [END]]
    with pytest.raises(ValueError, match="expected documents of at most 11 tokens, got 12"):
        pack_documents([[1], [1] * 12], T=12, end_id=END)


def test_windows_of_a_text_can_begin_everywhere():
    text = torch.arange(100, 112)  # 12 tokens: windows of 4 and the token after begin at 0..7
    batches = text_batches(text, B=8, T=4, seed=0)
    starts = Counter()
    for step in range(100):
        batch = batches(step)
        assert batch.ids.shape == (8, 4) and batch.segments is None
        torch.testing.assert_close(batch.ids, batch.ids[:, :1] + torch.arange(4))
        assert torch.equal(batch.targets, batch.ids + 1)
        starts.update((batch.ids[:, 0] - 100).tolist())
    assert set(starts) == set(range(8))
    assert min(starts.values()) > 50, "of 800 draws each of 8 starts comes about 100 times"


def test_a_text_of_one_window_and_one_that_is_too_short():
    assert text_batches(torch.arange(5), B=2, T=4, seed=0)(0).targets.tolist() == [[1, 2, 3, 4]] * 2
    with pytest.raises(ValueError, match="expected a text of at least 5 tokens, got 4"):
        text_batches(torch.arange(4), B=2, T=4, seed=0)


def rows(n: int) -> Batch:
    numbers = torch.arange(n)[:, None]
    return Batch(numbers, numbers + 1, numbers + 2)


@given(st.integers(1, 6), st.integers(0, 14), st.integers(0, 5))
def test_every_row_comes_once_in_a_pass(B, more, seed):
    n = B + more
    batches = row_batches(rows(n), B, seed)
    for number in range(2):
        steps = range(number * (n // B), (number + 1) * (n // B))
        seen = torch.cat([batches(step).ids[:, 0] for step in steps]).tolist()
        assert len(set(seen)) == len(seen) == n // B * B


def test_each_pass_has_another_order_and_leaves_out_other_rows():
    batches = row_batches(rows(10), 3, seed=0)
    passes = [
        torch.cat([batches(3 * number + place).ids[:, 0] for place in range(3)]).tolist()
        for number in range(6)
    ]
    assert len(set(map(tuple, passes))) == 6
    assert len({frozenset(seen) for seen in passes}) > 1


def test_a_row_keeps_its_targets_and_segments():
    batch = row_batches(rows(10), 4, seed=0)(1)
    assert torch.equal(batch.targets, batch.ids + 1) and torch.equal(batch.segments, batch.ids + 2)
    assert rows(10).rows(slice(1, None, 3)).ids[:, 0].tolist() == [1, 4, 7]
    assert text_batches(torch.arange(9), 2, 4, 0)(0).rows(slice(1)).segments is None


@pytest.mark.parametrize(
    "make",
    [
        lambda seed: text_batches(torch.arange(500), 4, 8, seed),
        lambda s: row_batches(rows(90), 4, s),
    ],
)
def test_a_batch_is_a_function_of_its_step_and_the_seed(make):
    batches = make(0)
    first = [batches(step) for step in (0, 1, 2, 57)]
    torch.manual_seed(5)  # whatever else draws numbers meanwhile
    torch.rand(3)
    for step, before in zip((57, 2, 1, 0), reversed(first), strict=True):
        assert torch.equal(batches(step).ids, before.ids)
        assert torch.equal(make(0)(step).ids, before.ids)
        assert not torch.equal(make(1)(step).ids, before.ids)
    assert not torch.equal(first[0].ids, first[1].ids)


def test_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="expected at least 4 rows, got 3"):
        row_batches(rows(3), 4, seed=0)

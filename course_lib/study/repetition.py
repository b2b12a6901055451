"""How much a text repeats itself, counted on token ids."""

from collections.abc import Sequence


def distinct(ids: Sequence[int], n: int) -> float:
    """Return how many different n-grams there are, as a share of all n-grams: distinct-n.

    It falls as a text grows, for a long text has to use some n-grams again: compare texts of one
    length only. Li et al., 2016, https://arxiv.org/abs/1510.03055, count over all answers of a
    model together, and divide by their tokens; here it is one text.

    Args:
        ids: at least n tokens.
        n: how many neighbouring tokens make an n-gram, at least 1.

    Raises:
        ValueError: if `n` is below 1, or there is no n-gram in `ids`.

    Example:
        >>> distinct([5, 1, 5, 1, 5], 2)  # 5 1, 1 5, 5 1, 1 5
        0.5
    """
    grams = _grams(ids, n)
    return len(set(grams)) / len(grams)


def repeated(ids: Sequence[int], n: int) -> float:
    """Return the share of n-grams that stood earlier in the same text: rep-n, or seq-rep-n.

    It is 1 minus distinct-n: 0 where no n-gram occurs twice, near 1 in a loop. Welleck et al.,
    2019, https://arxiv.org/abs/1908.04319, use it with n = 4, and take the mean over texts.

    Args:
        ids: at least n tokens.
        n: how many neighbouring tokens make an n-gram, at least 1.

    Raises:
        ValueError: if `n` is below 1, or there is no n-gram in `ids`.

    Example:
        >>> repeated([1, 2, 3, 1, 2, 4], 2)  # of five pairs, the second 1 2 is not new
        0.2
    """
    earlier: set[tuple[int, ...]] = set()
    count = 0
    grams = _grams(ids, n)
    for gram in grams:
        count += gram in earlier
        earlier.add(gram)
    return count / len(grams)


def _grams(ids: Sequence[int], n: int) -> list[tuple[int, ...]]:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    if len(ids) < n:
        raise ValueError(f"expected at least {n} tokens, got {len(ids)}")
    return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]

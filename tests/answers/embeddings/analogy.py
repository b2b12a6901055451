"""Answers to `analogy`."""

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("analogy")
def analogy_with_topk(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    scores = rows @ (rows[a] - rows[b] + rows[c])
    scores[[a, b, c]] = -torch.inf
    return scores.topk(k).indices.tolist()


@right("analogy")
def analogy_with_cosine_similarity(table, a, b, c, k):
    rows = table / table.norm(dim=1, keepdim=True)
    scores = F.cosine_similarity(rows, (rows[a] - rows[b] + rows[c])[None], dim=1)
    ids = scores.argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@right("analogy")
def analogy_by_distance(table, a, b, c, k):
    rows = [row / row.square().sum() ** 0.5 for row in table]
    direction = rows[a] - rows[b] + rows[c]
    left = [i for i in range(len(rows)) if i not in {a, b, c}]
    return sorted(left, key=lambda i: (rows[i] - direction).norm().item())[:k]


@right("analogy")
def analogy_with_weighted_sums(table, a, b, c, k):
    # Each candidate is scored by three cosines, as Levy and Goldberg (2014) write it.
    unit = F.normalize(table, dim=-1)
    like = unit @ unit.T
    scores = like[:, a] - like[:, b] + like[:, c]
    return [i for i in scores.sort(descending=True)[1].tolist() if i not in (a, b, c)][:k]


@right("analogy")
def analogy_with_cosines_and_a_floor_below_them(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    scores = F.cosine_similarity(rows, rows[a] - rows[b] + rows[c], dim=-1)
    scores[[a, b, c]] = -2.0  # no cosine is below -1
    return scores.topk(k).indices.tolist()


@wrong("analogy", "without_unit_rows")
def analogy_of_raw_rows(table, a, b, c, k):
    direction = table[a] - table[b] + table[c]
    ids = F.cosine_similarity(table, direction[None]).argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@wrong("analogy", "without_unit_rows")
def analogy_of_raw_rows_by_dot_product(table, a, b, c, k):
    ids = (table @ (table[a] - table[b] + table[c])).argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@wrong("analogy", "long_rows_win")
def analogy_with_unit_rows_in_the_direction_only(table, a, b, c, k):
    unit = F.normalize(table, dim=-1)
    ids = (table @ (unit[a] - unit[b] + unit[c])).argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


def analogy_like(table, a, b, c, k, signs=(1, -1, 1), without=None):
    rows = F.normalize(table, dim=-1)
    direction = signs[0] * rows[a] + signs[1] * rows[b] + signs[2] * rows[c]
    ids = (rows @ direction).argsort(descending=True).tolist()
    return [i for i in ids if i not in ((a, b, c) if without is None else without)][:k]


@wrong("analogy", "wrong_signs")
def analogy_the_other_way_round(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, signs=(-1, 1, 1))


@wrong("analogy", "wrong_signs")
def analogy_minus_c(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, signs=(1, 1, -1))


@wrong("analogy", "wrong_signs")
def analogy_with_sums_only(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, signs=(1, 1, 1))


@wrong("analogy", "wrong_signs")
def analogy_with_brackets_in_mind(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    ids = (rows @ (rows[a] - (rows[b] + rows[c]))).argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@wrong("analogy", "only_the_difference")
def analogy_without_c(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, signs=(1, -1, 0))


@wrong("analogy", "neighbors_of_c")
def analogy_of_c_alone(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, signs=(0, 0, 1))


@wrong("analogy", "keeps_the_three")
def analogy_with_the_inputs(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, without=())


@wrong("analogy", "keeps_the_three")
def analogy_without_the_third_alone(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, without=(c,))


@wrong("analogy", "keeps_the_three")
def analogy_without_the_first_alone(table, a, b, c, k):
    return analogy_like(table, a, b, c, k, without=(a,))


def analogy_with_the_three_at(score, table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    scores = rows @ (rows[a] - rows[b] + rows[c])
    scores[[a, b, c]] = score
    return scores.argsort(descending=True).tolist()[:k]


@wrong("analogy", "excludes_by_zero")
def analogy_with_the_three_at_zero(table, a, b, c, k):
    return analogy_with_the_three_at(0.0, table, a, b, c, k)


@wrong("analogy", "excludes_by_zero")
def analogy_with_the_three_times_zero(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    keep = torch.ones(len(table))
    keep[[a, b, c]] = 0.0
    return (rows @ (rows[a] - rows[b] + rows[c]) * keep).topk(k).indices.tolist()


@wrong("analogy", "excludes_by_minus_one")
def analogy_with_the_three_at_minus_one(table, a, b, c, k):
    return analogy_with_the_three_at(-1.0, table, a, b, c, k)


@wrong("analogy", "excludes_by_minus_one")
def analogy_with_the_three_at_minus_one_by_topk(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    scores = rows @ (rows[a] - rows[b] + rows[c])
    for i in (c, b, a):
        scores[i] = -1.0
    return scores.topk(k).indices.tolist()


@wrong("analogy", "excludes_by_minus_one")
def analogy_with_the_three_at_minus_two(table, a, b, c, k):
    return analogy_with_the_three_at(-2.0, table, a, b, c, k)


@wrong("analogy", "epsilon_hides_short_rows")
def analogy_with_an_epsilon(table, a, b, c, k):
    rows = table / (table.norm(dim=1, keepdim=True) + 1e-3)
    ids = (rows @ (rows[a] - rows[b] + rows[c])).argsort(descending=True).tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@wrong("analogy", "cuts_before_it_excludes")
def analogy_cut_first(table, a, b, c, k):
    return [i for i in analogy_like(table, a, b, c, k, without=()) if i not in (a, b, c)]


@wrong("analogy", "farthest_first")
def analogy_with_argsort(table, a, b, c, k):
    rows = F.normalize(table, dim=-1)
    ids = (rows @ (rows[a] - rows[b] + rows[c])).argsort().tolist()
    return [i for i in ids if i not in (a, b, c)][:k]


@wrong("analogy", "ignores_k")
def analogy_with_all(table, a, b, c, k):
    return analogy_like(table, a, b, c, len(table))


@wrong("analogy", "changed_inputs")
def analogy_in_place(table, a, b, c, k):
    table /= table.norm(dim=1, keepdim=True)
    return analogy_like(table, a, b, c, k)


@wrong("analogy", "wrong_type")
def analogy_in_a_tensor(table, a, b, c, k):
    return torch.tensor(analogy_like(table, a, b, c, k))


@wrong("analogy", "wrong_type")
def analogy_as_one_id(table, a, b, c, k):
    return analogy_like(table, a, b, c, k)[0]


@wrong("analogy", "ignores_input")
def analogy_of_the_example(table, a, b, c, k):
    return [4, 3, 7]

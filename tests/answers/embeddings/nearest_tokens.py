"""Answers to `nearest_tokens`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def cosines(table, query):
    return F.cosine_similarity(table, query, dim=-1)


@right("nearest_tokens")
def nearest_by_argsort(table, query, k, exclude):
    ids = cosines(table, query).argsort(descending=True).tolist()
    return [i for i in ids if i not in exclude][:k]


@right("nearest_tokens")
def nearest_by_topk(table, query, k, exclude):
    scores = F.normalize(table, dim=1) @ query  # the length of the query changes no order
    scores[exclude] = float("-inf")
    return scores.topk(k).indices.tolist()


@right("nearest_tokens")
def nearest_one_by_one(table, query, k, exclude):
    def cosine(i):
        dot = sum(float(x) * float(y) for x, y in zip(table[i], query, strict=True))
        length = math.sqrt(sum(float(x) ** 2 for x in table[i]))
        return dot / length if length else 0.0

    left, found = set(range(len(table))) - set(exclude), []
    while len(found) < k:
        found.append(max(left, key=cosine))
        left.remove(found[-1])
    return found


@right("nearest_tokens")
def nearest_by_distance_of_unit_vectors(table, query, k, exclude):
    # A row of zeros is at distance 1, between cosines above and below 0 only after squaring.
    squared = (F.normalize(table, dim=1) - F.normalize(query, dim=0)).square().sum(1)
    squared = squared + (table == 0).all(1)  # so that it stands at 2, where the cosine is 0
    return [i for i in squared.argsort().tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "by_dot_product")
def nearest_by_dot_product(table, query, k, exclude):
    return [i for i in (table @ query).argsort(descending=True).tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "by_distance")
def nearest_by_distance(table, query, k, exclude):
    ids = (table - query).norm(dim=1).argsort().tolist()
    return [i for i in ids if i not in exclude][:k]


@wrong("nearest_tokens", "farthest_first")
def nearest_with_sorted(table, query, k, exclude):
    ids = cosines(table, query).argsort().tolist()
    return [i for i in ids if i not in exclude][:k]


@wrong("nearest_tokens", "keeps_the_excluded")
def nearest_with_everything(table, query, k, exclude):
    return cosines(table, query).topk(k).indices.tolist()


@wrong("nearest_tokens", "cuts_before_it_excludes")
def nearest_cut_first(table, query, k, exclude):
    return [i for i in cosines(table, query).topk(k).indices.tolist() if i not in exclude]


@wrong("nearest_tokens", "numbers_what_is_left")
def nearest_in_a_shorter_table(table, query, k, exclude):
    kept = [i for i in range(len(table)) if i not in exclude]
    return cosines(table[kept], query).topk(k).indices.tolist()


@wrong("nearest_tokens", "excludes_by_zero")
def nearest_with_zeros_for_the_excluded(table, query, k, exclude):
    scores = cosines(table, query)
    scores[exclude] = 0.0
    return scores.topk(k).indices.tolist()


@wrong("nearest_tokens", "nan_comes_first")
def nearest_without_a_guard(table, query, k, exclude):
    scores = (table @ query) / (table.norm(dim=1) * query.norm())
    return [i for i in scores.argsort(descending=True).tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "epsilon_hides_short_rows")
def nearest_with_an_epsilon(table, query, k, exclude):
    scores = (table @ query) / (table.norm(dim=1) + 1e-3)
    return [i for i in scores.argsort(descending=True).tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "epsilon_hides_short_rows")
def nearest_with_a_floor(table, query, k, exclude):
    scores = (table @ query) / (table.norm(dim=1) * query.norm()).clamp(min=1e-2)
    return [i for i in scores.argsort(descending=True).tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "epsilon_hides_short_rows")
def nearest_with_a_small_epsilon(table, query, k, exclude):
    scores = (table @ query) / (table.norm(dim=1) + 1e-4)
    return [i for i in scores.argsort(descending=True).tolist() if i not in exclude][:k]


@wrong("nearest_tokens", "ignores_k")
def nearest_all_of_them(table, query, k, exclude):
    return nearest_by_argsort(table, query, len(table), exclude)


@wrong("nearest_tokens", "skips_the_nearest")
def nearest_without_the_first(table, query, k, exclude):
    return nearest_by_argsort(table, query, k + 1, exclude)[1:]


@wrong("nearest_tokens", "ignores_the_sign")
def nearest_by_size(table, query, k, exclude):
    ids = cosines(table, query).abs().argsort(descending=True).tolist()
    return [i for i in ids if i not in exclude][:k]


@wrong("nearest_tokens", "returns_similarities")
def nearest_values(table, query, k, exclude):
    scores = cosines(table, query)
    return [float(scores[i]) for i in nearest_by_argsort(table, query, k, exclude)]


@wrong("nearest_tokens", "wrong_inner_type")
def nearest_in_tensors(table, query, k, exclude):
    ids = cosines(table, query).argsort(descending=True)
    return [i for i in ids if i not in exclude][:k]


@wrong("nearest_tokens", "wrong_type")
def nearest_as_a_tensor(table, query, k, exclude):
    return torch.tensor(nearest_by_argsort(table, query, k, exclude))


@wrong("nearest_tokens", "changed_inputs")
def nearest_with_unit_rows_in_place(table, query, k, exclude):
    table /= table.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return nearest_by_argsort(table, query, k, exclude)


@wrong("nearest_tokens", "ignores_input")
def nearest_of_the_example(table, query, k, exclude):
    return [3, 1]

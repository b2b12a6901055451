"""Answers to `cosine_similarity`."""

import math

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


@right("cosine_similarity")
def cosine_of_unit_vectors(a, b):
    return (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).sum(dim=-1)


@right("cosine_similarity")
def cosine_with_where(a, b):
    dot = (a * b).sum(dim=-1)
    lengths = a.norm(dim=-1) * b.norm(dim=-1)
    return torch.where(lengths > 0, dot / lengths, torch.zeros_like(dot))


@right("cosine_similarity")
def cosine_with_an_einsum(a, b):
    lengths = torch.einsum("...c,...c->...", a, a) * torch.einsum("...c,...c->...", b, b)
    return torch.einsum("...c,...c->...", a, b) / lengths.sqrt().masked_fill(lengths == 0, 1.0)


@right("cosine_similarity")
def cosine_number_by_number(a, b):
    a, b = torch.broadcast_tensors(a, b)
    result = torch.zeros(a.shape[:-1])
    pairs = zip(a.reshape(-1, a.shape[-1]), b.reshape(-1, a.shape[-1]), strict=True)
    for place, (x, y) in enumerate(pairs):
        dot = sum(float(p) * float(q) for p, q in zip(x, y, strict=True))
        length = math.sqrt(sum(float(p) ** 2 for p in x) * sum(float(q) ** 2 for q in y))
        result.view(-1)[place] = dot / length if length else 0.0
    return result


@wrong("cosine_similarity", "forgets_the_lengths")
def cosine_as_a_dot_product(a, b):
    return (a * b).sum(dim=-1)


@wrong("cosine_similarity", "divides_by_one_length")
def cosine_by_the_length_of_a(a, b):
    return ((a * b).sum(dim=-1) / a.norm(dim=-1)).nan_to_num(0.0)


@wrong("cosine_similarity", "divides_by_one_length")
def cosine_by_the_length_of_b(a, b):
    return ((a * b).sum(dim=-1) / b.norm(dim=-1)).nan_to_num(0.0)


@wrong("cosine_similarity", "forgets_the_root")
def cosine_by_squares(a, b):
    squares = (a * a).sum(-1) * (b * b).sum(-1)
    return torch.where(squares > 0, (a * b).sum(-1) / squares, 0.0)


@wrong("cosine_similarity", "adds_the_sizes")
def cosine_by_sizes(a, b):
    sizes = a.abs().sum(-1) * b.abs().sum(-1)
    return torch.where(sizes > 0, (a * b).sum(-1) / sizes, 0.0)


@wrong("cosine_similarity", "nan_for_zeros")
def cosine_without_a_guard(a, b):
    return (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1))


@wrong("cosine_similarity", "one_for_zeros")
def cosine_of_zeros_is_one(a, b):
    cosine = cosine_without_a_guard(a, b)
    return torch.where(cosine.isnan(), 1.0, cosine)


@wrong("cosine_similarity", "epsilon_hides_short_vectors")
def cosine_with_an_epsilon(a, b):
    return (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + 1e-8)


@wrong("cosine_similarity", "epsilon_hides_short_vectors")
def cosine_with_a_floor(a, b):
    return (a * b).sum(-1) / (a.norm(dim=-1).clamp(min=1e-5) * b.norm(dim=-1).clamp(min=1e-5))


@wrong("cosine_similarity", "epsilon_hides_short_vectors")
def cosine_with_a_floor_below_the_product(a, b):
    return (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1)).clamp_min(1e-8)


@wrong("cosine_similarity", "epsilon_hides_short_vectors")
def cosine_with_a_tiny_epsilon_at_the_product(a, b):
    return (a * b).sum(-1) / (a.norm(dim=-1) * b.norm(dim=-1) + 1e-12)


@wrong("cosine_similarity", "epsilon_hides_short_vectors")
def cosine_that_takes_short_for_zero(a, b):
    lengths = a.norm(dim=-1) * b.norm(dim=-1)
    return torch.where(lengths < 1e-4, 0.0, (a * b).sum(-1) / lengths)


@wrong("cosine_similarity", "wrong_axis")
def cosine_over_everything(a, b):
    return torch.nan_to_num((a * b).sum() / (a.norm() * b.norm()))


@wrong("cosine_similarity", "wrong_axis")
def cosine_over_the_first_axis(a, b):
    return torch.nan_to_num((a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0)))


@wrong("cosine_similarity", "all_pairs")
def cosine_by_a_product(a, b):
    a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
    return a @ b.mT if b.ndim > 1 else a @ b


@wrong("cosine_similarity", "averages")
def cosine_with_a_mean(a, b):
    return (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).mean(dim=-1)


@wrong("cosine_similarity", "loses_the_sign")
def cosine_without_its_sign(a, b):
    return cosine_of_unit_vectors(a, b).abs()


@wrong("cosine_similarity", "returns_the_distance")
def cosine_distance(a, b):
    return 1 - cosine_of_unit_vectors(a, b)


@wrong("cosine_similarity", "returns_the_angle")
def angle(a, b):
    return torch.acos(cosine_of_unit_vectors(a, b))


@wrong("cosine_similarity", "centers_first")
def correlation(a, b):
    return cosine_of_unit_vectors(a - a.mean(-1, keepdim=True), b - b.mean(-1, keepdim=True))


@wrong("cosine_similarity", "changed_inputs")
def cosine_in_place(a, b):
    a /= a.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    b /= b.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return (a * b).sum(-1)


@wrong("cosine_similarity", "wrong_shape")
def cosine_that_keeps_the_axis(a, b):
    return cosine_of_unit_vectors(a, b).unsqueeze(-1)


@wrong("cosine_similarity", "wrong_type")
def cosine_as_a_number(a, b):
    return cosine_of_unit_vectors(a, b).sum().item()


@wrong("cosine_similarity", "ignores_input")
def cosine_of_the_example(a, b):
    return torch.tensor(0.96)

"""Answers to `clip_gradients`."""

import math

import torch

from tests.answers.book import right, wrong


@right("clip_gradients")
def clip_by_a_stack(grads, max_norm):
    squares = [(grad**2).sum() for grad in grads if grad is not None]
    norm = torch.stack([torch.tensor(0.0), *squares]).sum().sqrt()
    if norm <= max_norm:
        return list(grads), norm
    return [None if grad is None else grad * (max_norm / norm) for grad in grads], norm


@right("clip_gradients")
def clip_number_by_number(grads, max_norm):
    total = 0.0
    for grad in grads:
        for number in [] if grad is None else grad.flatten().tolist():
            total += number * number
    norm = math.sqrt(total)
    clipped = []
    for grad in grads:
        if grad is None or norm <= max_norm:
            clipped.append(grad)
        else:
            numbers = [number * max_norm / norm for number in grad.flatten().tolist()]
            clipped.append(torch.tensor(numbers).view(grad.shape))
    return clipped, torch.tensor(norm)


@right("clip_gradients")
def clip_as_torch_does(grads, max_norm):
    norms = [torch.linalg.vector_norm(grad) for grad in grads if grad is not None]
    norm = torch.linalg.vector_norm(torch.stack(norms)) if norms else torch.tensor(0.0)
    factor = (max_norm / (norm + 1e-6)).clamp(max=1.0)
    return [grad.clone().mul_(factor) if grad is not None else None for grad in grads], norm


@right("clip_gradients")
def clip_one_long_vector(grads, max_norm):
    present = [grad for grad in grads if grad is not None]
    flat = torch.cat([torch.zeros(0)] + [grad.reshape(-1) for grad in present])
    norm = flat.norm()
    pieces = iter((flat / max(1.0, norm.item() / max_norm)).split([g.numel() for g in present]))
    return [g if g is None else next(pieces).reshape(g.shape) for g in grads], norm


@right("clip_gradients")
def clip_with_a_smaller_factor(grads, max_norm):
    norm = sum([g.square().sum() for g in grads if g is not None], torch.zeros(())) ** 0.5
    factor = min(1, max_norm / norm)
    return [g if g is None else factor * g for g in grads], norm


def joint(grads):
    return sum([(g**2).sum() for g in grads if g is not None], torch.tensor(0.0)).sqrt()


def lengths(grads):
    return torch.stack([torch.tensor(0.0), *(g.norm() for g in grads if g is not None)])


def numbers(grads):
    return torch.cat([torch.zeros(1), *(g.flatten() for g in grads if g is not None)])


def each(grads, change):
    return [None if g is None else change(g) for g in grads]


def shrink(grads, norm, max_norm):
    return each(grads, lambda g: g * (max_norm / norm) if norm > max_norm else g)


def by_norm(misconception, name, norm):
    """Register an answer that takes another length for the norm."""

    def answer(grads, max_norm):
        return shrink(grads, norm(grads), max_norm), norm(grads)

    wrong("clip_gradients", misconception, f"clip_{name}")(answer)


def first_of(grads):
    return next((g.norm() for g in grads if g is not None), torch.tensor(0.0))


for misconception, name, norm in [
    ("forgets_the_root", "by_squares", lambda grads: joint(grads) ** 2),
    ("adds_the_norms", "by_added_norms", lambda grads: lengths(grads).sum()),
    ("adds_the_sizes", "by_sizes", lambda grads: numbers(grads).abs().sum()),
    ("largest_number", "by_the_largest_number", lambda grads: numbers(grads).abs().max()),
    ("largest_gradient", "by_the_longest", lambda grads: lengths(grads).max()),
    ("mean_of_squares", "by_a_mean", lambda grads: (numbers(grads)[1:] ** 2).mean().sqrt()),
    ("mean_of_squares", "by_a_mean_of_norms", lambda grads: lengths(grads)[1:].mean()),
    ("one_gradient_alone", "by_the_first", first_of),
    ("one_gradient_alone", "by_the_last", lambda grads: first_of(grads[::-1])),
    ("wrong_shape", "by_a_row", lambda grads: joint(grads)[None]),
    ("wrong_dtype", "in_double", lambda grads: joint(grads).double()),
]:
    by_norm(misconception, name, norm)


def by_result(misconception, name, result):
    """Register an answer whose `result(grads, norm, max_norm)` is made of the right norm."""

    def answer(grads, max_norm):
        return result(grads, joint(grads), max_norm)

    wrong("clip_gradients", misconception, f"clip_{name}")(answer)


def alone(grads, max_norm):
    return each(grads, lambda g: g * min(1, max_norm / g.norm()))


def sliced(grads, norm, max_norm):
    return shrink([g for g in grads if g is not None], norm, max_norm)


def unit(grads, norm, max_norm):
    return each(grads, lambda g: g / norm * min(norm, max_norm))


def filled(grads, norm, max_norm):
    return [torch.zeros(1) if g is None else g for g in shrink(grads, norm, max_norm)]


def factor(by):
    return lambda grads, norm, most: (each(grads, lambda g: g * by(norm, most)), norm)


for misconception, name, result in [
    ("clips_each_alone", "each_alone", lambda g, n, m: (alone(g, m), n)),
    ("clips_each_alone", "each_alone_and_added", lambda g, n, m: (alone(g, m), lengths(g).sum())),
    ("clips_each_alone", "each_alone_and_the_last", lambda g, n, m: (alone(g, m), g[-1].norm())),
    ("clips_values", "values", lambda g, n, m: (each(g, lambda x: x.clamp(-m, m)), n)),
    ("forgets_the_root", "tells_squares", lambda g, n, m: (shrink(g, n, m), n**2)),
    ("nan_in_result", "root_of_less", factor(lambda n, m: (m - n).sqrt())),
    ("scales_up", "always", factor(lambda n, m: m / n)),
    ("does_not_clip", "never", factor(lambda n, m: 1)),
    ("does_not_clip", "the_short", factor(lambda n, m: m / n if n < m else 1)),
    ("to_length_1", "to_1", factor(lambda n, m: 1 / n if n > m else 1)),
    ("to_length_1", "always_to_1", factor(lambda n, m: 1 / n)),
    ("turned_over", "turned_over", factor(lambda n, m: n / m if n > m else 1)),
    ("turned_over", "at_least_1", factor(lambda n, m: max(1, n / m))),
    ("multiplies_by_max_norm", "times_max", factor(lambda n, m: m if n > m else 1)),
    ("returns_the_norm_after", "after", lambda g, n, m: (shrink(g, n, m), joint(shrink(g, n, m)))),
    ("returns_the_norm_after", "at_most", lambda g, n, m: (shrink(g, n, m), n.clamp(max=m))),
    ("returns_the_factor", "factor", lambda g, n, m: (shrink(g, n, m), (m / n).clamp(max=1))),
    ("divides_by_zero", "unit", lambda g, n, m: (unit(g, n, m), n)),
    ("wrong_inner_type", "tuple_in_pieces", lambda g, n, m: (tuple(unit(g, n + 1e-9, m)), n)),
    ("drops_none", "present", lambda g, n, m: (sliced(g, n, m), n)),
    ("fills_none", "filled", lambda g, n, m: (filled(g, n, m), n)),
    ("swapped", "swapped", lambda g, n, m: (n, shrink(g, n, m))),
    ("returns_no_pair", "three", lambda g, n, m: (shrink(g, n, m), n, m)),
    ("wrong_inner_type", "tuple", lambda g, n, m: (tuple(shrink(g, n, m)), n)),
    ("wrong_inner_type", "float", lambda g, n, m: (shrink(g, n, m), n.item())),
    ("returns_no_pair", "list_alone", lambda g, n, m: shrink(g, n, m)),
    ("returns_no_pair", "norm_alone", lambda g, n, m: n),
    ("returned_nothing", "nothing", lambda g, n, m: None),
    ("ignores_input", "example", lambda g, n, m: clip_by_a_stack(EXAMPLE, 3.5)),
    ("calls_what_is_not_written", "not_written", lambda g, n, m: not_written()),
    ("trips_over_none", "of_all", lambda g, n, m: ([x * min(1, m / n) for x in g], n)),
    ("trips_over_none", "norm_of_all", lambda g, n, m: (g, torch.stack([x.norm() for x in g]))),
    ("tests_a_tensor_for_truth", "if_grad", lambda g, n, m: ([x * m if x else x for x in g], n)),
    ("fails_without_gradients", "by_stack", lambda g, n, m: clip_by_torch_stack(g, m)),
    ("fails_without_gradients", "by_sum", lambda g, n, m: clip_by_python_sum(g, m)),
    ("divides_by_zero", "of_numbers", factor(lambda n, m: min(1, m / n.item()))),
]:
    by_result(misconception, name, result)

EXAMPLE = [torch.tensor([1.0, -2.0]), torch.tensor([6.0, 2.0]), None, torch.tensor([2.0])]


def not_written():
    raise NotImplementedError


def clip_by_torch_stack(grads, max_norm):
    norm = torch.stack([g.norm() for g in grads if g is not None]).norm()
    return shrink(grads, norm, max_norm), norm


def clip_by_python_sum(grads, max_norm):
    norm = sum((g**2).sum() for g in grads if g is not None).sqrt()
    return shrink(grads, norm, max_norm), norm


@wrong("clip_gradients", "changed_inputs")
def clip_in_place(grads, max_norm):
    norm = joint(grads)
    for grad in grads:
        if grad is not None and norm > max_norm:
            grad.mul_(max_norm / norm)
    return grads, norm


@wrong("clip_gradients", "changed_inputs")
def clip_in_the_list(grads, max_norm):
    norm = joint(grads)
    grads[:] = shrink(grads, norm, max_norm)
    return grads, norm


@wrong("clip_gradients", "wrong_inner_type")
def clip_with_a_plain_0(grads, max_norm):
    norm = sum((g**2).sum() for g in grads if g is not None) ** 0.5
    return shrink(grads, norm, max_norm), norm

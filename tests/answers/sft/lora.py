"""Answers to `lora_linear` and `merge_lora`."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F

from tests.answers.book import right, wrong


def linear_by_products(x, w, a, b, alpha):
    return x @ w.T + alpha / a.size(0) * (x @ a.T @ b.T)


def merge_by_products(w, a, b, alpha):
    return w + alpha / a.size(0) * (b @ a)


def both(linear=linear_by_products, merge=merge_by_products):
    return SimpleNamespace(lora_linear=linear, merge_lora=merge)


def linear_by_functional(x, w, a, b, alpha):
    down = F.linear(x, a) * (alpha / len(a))
    return F.linear(x, w) + F.linear(down, b)


def merge_by_addmm(w, a, b, alpha):
    return torch.addmm(w, b, a, alpha=alpha / b.size(1))


def linear_by_einsum(x, w, a, b, alpha):
    base = torch.einsum("...i,oi->...o", x, w)
    return base + torch.einsum("...i,ri,or->...o", x, a, b) * (alpha / a.shape[0])


def merge_by_einsum(w, a, b, alpha):
    return w + torch.einsum("ri,or->oi", a, b).mul(alpha).div(a.shape[0])


def linear_through_the_merged(x, w, a, b, alpha):
    return x @ merge_by_products(w, a, b, alpha).T


def merge_rank_by_rank(w, a, b, alpha):
    merged = w.clone()
    for row, column in zip(a, b.T, strict=True):
        merged += alpha / len(a) * torch.outer(column, row)
    return merged


def linear_row_by_row(x, w, a, b, alpha):
    rows = x.reshape(-1, x.size(-1))
    outputs = [w @ row + b @ (a @ row) * alpha / len(a) for row in rows]
    return torch.stack(outputs).reshape(*x.shape[:-1], len(w))


def merge_number_by_number(w, a, b, alpha):
    merged = torch.zeros_like(w)
    for o in range(w.size(0)):
        for i in range(w.size(1)):
            merged[o, i] = w[o, i] + alpha / len(a) * sum(b[o, k] * a[k, i] for k in range(len(a)))
    return merged


right("lora", "by products")(both())
right("lora", "by linear and addmm")(both(linear_by_functional, merge_by_addmm))
right("lora", "by einsum")(both(linear_by_einsum, merge_by_einsum))
right("lora", "through the merged matrix")(both(linear_through_the_merged, merge_rank_by_rank))
right("lora", "row by row")(both(linear_row_by_row, merge_number_by_number))


def wrong_scale(misconception, name, scale):
    """Keep a scale, `scale(alpha, r, w)`, in both functions, and in each alone."""

    def linear(x, w, a, b, alpha):
        return x @ w.T + scale(alpha, len(a), w) * (x @ a.T @ b.T)

    def merge(w, a, b, alpha):
        return w + scale(alpha, len(a), w) * (b @ a)

    wrong("lora", misconception, f"both_{name}")(both(linear, merge))
    wrong("lora", misconception, f"linear_{name}")(both(linear=linear))
    wrong("lora", misconception, f"merge_{name}")(both(merge=merge))


for misconception, name, scale in [
    ("forgets_the_scale", "unscaled", lambda alpha, r, w: 1),
    ("alpha_alone", "by_alpha", lambda alpha, r, w: alpha),
    ("one_over_r", "by_one_over_r", lambda alpha, r, w: 1 / r),
    ("scale_upside_down", "by_r_over_alpha", lambda alpha, r, w: r / alpha),
    ("divides_by_the_root", "by_the_root", lambda alpha, r, w: alpha / r**0.5),
    ("multiplies_by_r", "times_r", lambda alpha, r, w: alpha * r),
    ("rounds_the_scale", "rounded_down", lambda alpha, r, w: alpha // r),
    ("divides_by_another_size", "by_in", lambda alpha, r, w: alpha / w.size(1)),
    ("divides_by_another_size", "by_out", lambda alpha, r, w: alpha / w.size(0)),
    ("subtracts_the_update", "minus", lambda alpha, r, w: -alpha / r),
    ("scales_twice", "squared", lambda alpha, r, w: (alpha / r) ** 2),
]:
    wrong_scale(misconception, name, scale)


def wrong_linear(misconception, name, method):
    """Keep a `lora_linear`, `method(x, w, a, b, s)` with the right scale s."""

    def linear(x, w, a, b, alpha):
        return method(x, w, a, b, alpha / len(a))

    wrong("lora", misconception, f"linear_{name}")(both(linear=linear))


for misconception, name, method in [
    ("forgets_the_update", "of_the_base", lambda x, w, a, b, s: x @ w.T),
    ("forgets_the_base", "of_the_update", lambda x, w, a, b, s: s * (x @ a.T @ b.T)),
    ("scales_the_base", "all_scaled", lambda x, w, a, b, s: s * (x @ w.T + x @ a.T @ b.T)),
    ("base_not_transposed", "w_straight", lambda x, w, a, b, s: x @ w + s * (x @ a.T @ b.T)),
    ("update_not_transposed", "a_straight", lambda x, w, a, b, s: x @ w.T + s * (x @ a @ b.T)),
    ("update_not_transposed", "b_straight", lambda x, w, a, b, s: x @ w.T + s * (x @ a.T @ b)),
    ("update_not_transposed", "ab_straight", lambda x, w, a, b, s: x @ w.T + s * (x @ a @ b)),
    ("update_not_transposed", "ba_straight", lambda x, w, a, b, s: x @ w.T + s * (x @ (b @ a))),
    ("x_on_the_right", "as_on_paper", lambda x, w, a, b, s: w @ x + s * (b @ a @ x)),
    ("x_on_the_right", "merged_on_paper", lambda x, w, a, b, s: (w + s * b @ a) @ x),
    ("x_on_the_right", "base_on_paper", lambda x, w, a, b, s: w @ x + s * (x @ a.T @ b.T)),
    ("x_on_the_right", "update_on_paper", lambda x, w, a, b, s: x @ w.T + s * (b @ (a @ x))),
    ("outputs_in_columns", "in_columns", lambda x, w, a, b, s: (w + s * b @ a) @ x.mT),
    ("nothing_transposed", "straight", lambda x, w, a, b, s: x @ w + s * (x @ a @ b)),
    ("b_before_a", "b_first", lambda x, w, a, b, s: x @ w.T + s * (x @ b.T @ a.T)),
    ("b_before_a", "b_first_straight", lambda x, w, a, b, s: x @ w.T + s * (x @ b @ a.T)),
    ("update_of_the_output", "in_a_row", lambda x, w, a, b, s: _after(x @ w.T, a, b, s)),
    ("bends_in_between", "with_relu", lambda x, w, a, b, s: x @ w.T + s * (x @ a.T).relu() @ b.T),
    ("bends_in_between", "with_gelu", lambda x, w, a, b, s: x @ w.T + s * F.gelu(x @ a.T) @ b.T),
    ("update_without_x", "plus_matrix", lambda x, w, a, b, s: x @ w.T + s * (b @ a)),
    ("update_without_x", "plus_turned_matrix", lambda x, w, a, b, s: x @ w.T + s * (b @ a).T),
    ("number_of_axes", "2d", lambda x, w, a, b, s: torch.mm(x, w.t()) + s * (x @ a.T @ b.T)),
    ("number_of_axes", "for_rows", lambda x, w, a, b, s: _for_rows(x, w, a, b, s)),
    ("number_of_axes", "3d", lambda x, w, a, b, s: _in_batches(x, w, a, b, s)),
    ("number_of_axes", "turned", lambda x, w, a, b, s: (w @ x.mT + s * (b @ (a @ x.mT))).mT),
    ("wrong_shape", "flat", lambda x, w, a, b, s: (x @ (w + s * b @ a).T).flatten()),
    ("wrong_dtype", "double", lambda x, w, a, b, s: (x @ (w + s * b @ a).T).double()),
    ("gradient_is_lost", "of_data", lambda x, w, a, b, s: x @ w.T + s * (x @ a.data.T @ b.T)),
    ("gradient_is_lost", "of_b_data", lambda x, w, a, b, s: x @ w.T + s * (x @ a.T @ b.detach().T)),
    ("gradient_is_lost", "new", lambda x, w, a, b, s: _new(x, w, a, b, s)),
    (
        "no_gradient_through_the_base",
        "of_x_data",
        lambda x, w, a, b, s: x.detach() @ w.T + s * (x @ a.T @ b.T),
    ),
    (
        "no_gradient_through_the_update",
        "frozen_below",
        lambda x, w, a, b, s: x @ w.T + s * (x.detach() @ a.T @ b.T),
    ),
    ("returned_nothing", "nothing", lambda x, w, a, b, s: None),
    ("wrong_type", "list", lambda x, w, a, b, s: (x @ w.T).tolist()),
    ("wrong_value", "shuffled", lambda x, w, a, b, s: (x @ w.T + s * (x @ a.T @ b.T)).flip(-1)),
]:
    wrong_linear(misconception, name, method)


def _after(x, a, b, s):
    return x + s * (x @ a.T @ b.T)


def _for_rows(x, w, a, b, s):
    T, _ = x.shape
    return linear_by_products(x, w, a, b, s * len(a)).view(T, -1)


def _in_batches(x, w, a, b, s):
    B, T, C = x.shape
    return (x.view(B * T, C) @ (w + s * b @ a).T).view(B, T, -1)


def _new(x, w, a, b, s):
    return torch.tensor((x @ w.T + s * (x @ a.T @ b.T)).tolist())


def linear_placeholder(x, w, a, b, alpha):
    raise NotImplementedError


wrong("lora", "not_attempted", "linear_placeholder")(both(linear=linear_placeholder))


def wrong_merge(misconception, name, method):
    """Keep a `merge_lora`, `method(w, a, b, s)` with the right scale s."""

    def merge(w, a, b, alpha):
        return method(w, a, b, alpha / len(a))

    wrong("lora", misconception, f"merge_{name}")(both(merge=merge))


for misconception, name, method in [
    ("forgets_the_update", "of_the_base", lambda w, a, b, s: w.clone()),
    ("forgets_the_base", "of_the_update", lambda w, a, b, s: s * b @ a),
    ("scales_the_base", "all_scaled", lambda w, a, b, s: s * (w + b @ a)),
    ("a_before_b", "ab", lambda w, a, b, s: w + s * a @ b),
    ("update_transposed", "turned", lambda w, a, b, s: w + s * (b @ a).T),
    ("update_transposed", "of_turned", lambda w, a, b, s: w + s * a.T @ b.T),
    ("merged_transposed", "all_turned", lambda w, a, b, s: (w + s * b @ a).T),
    ("number_by_number", "b_times_a", lambda w, a, b, s: w + s * b * a),
    ("multiplies_by_the_update", "times", lambda w, a, b, s: w @ (s * b @ a)),
    ("changed_inputs", "in_place", lambda w, a, b, s: w.add_(s * b @ a)),
    ("changed_inputs", "scaling_b", lambda w, a, b, s: w + b.mul_(s) @ a),
    ("returns_the_base", "spared", lambda w, a, b, s: w + s * b @ a if b.any() else w),
    ("returned_nothing", "nothing", lambda w, a, b, s: None),
    ("wrong_dtype", "double", lambda w, a, b, s: (w + s * b @ a).double()),
    ("wrong_type", "tuple", lambda w, a, b, s: (w + s * b @ a, b)),
    ("wrong_value", "upside_down", lambda w, a, b, s: (w + s * b @ a).flip(0)),
    ("fails_to_merge", "with_a_batch", lambda w, a, b, s: w + s * torch.bmm(b, a)),
]:
    wrong_merge(misconception, name, method)


def linear_without_gradients(x, w, a, b, alpha):
    with torch.no_grad():
        return linear_by_products(x, w, a, b, alpha)


wrong("lora", "gradient_is_lost", "linear_without_gradients")(both(linear_without_gradients))


def linear_with_a_frozen_base(x, w, a, b, alpha):
    with torch.no_grad():
        base = x @ w.T
    return base + alpha / len(a) * (x @ a.T @ b.T)


wrong("lora", "no_gradient_through_the_base", "linear_with_a_frozen_base")(
    both(linear_with_a_frozen_base)
)


def linear_into_the_base(x, w, a, b, alpha):
    w += alpha / len(a) * (b @ a)
    return x @ w.T


wrong("lora", "changed_inputs", "linear_into_the_base")(both(linear_into_the_base))

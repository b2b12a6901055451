"""Ways to adapt a matrix that are not right, and what to say to whoever adapted it so."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake

Method = Callable[[dict], Tensor]
Scale = Callable[[float, int, Tensor], float]  # of alpha, r and w


def linear(x: Tensor, w: Tensor, a: Tensor, b: Tensor, s: float) -> Tensor:
    return x @ w.T + s * (x @ a.T @ b.T)


def merge(w: Tensor, a: Tensor, b: Tensor, s: float) -> Tensor:
    return w + s * (b @ a)


def right_scale(alpha: float, r: int, w: Tensor) -> float:
    return alpha / r


def applied(
    inputs: dict, linear: Callable = linear, merge: Callable = merge, scale: Scale = right_scale
) -> Tensor:
    """Return what these two functions give, in float64 inside."""
    x, w, a, b = (inputs[name].double() for name in "xwab")
    s = scale(inputs["alpha"], len(a), w)
    if inputs["function"] == "lora_linear":
        return linear(x, w, a, b, s).float()
    if inputs["function"] == "merge_lora":
        return merge(w, a, b, s).float()
    if inputs["function"] == "merged":
        return (x @ merge(w, a, b, s).T).float()
    x, w, a, b = (tensor.requires_grad_() for tensor in (x, w, a, b))
    wanted = {"x": x, "a": a, "b": b}[inputs["of"]]
    return torch.autograd.grad(linear(x, w, a, b, s).mean(), wanted)[0].float()


def _in_linear(name: str, cause: str, *methods: Callable) -> tuple[Mistake, ...]:
    """Return mistakes in `lora_linear` alone; each method takes x, w, a, b and the scale."""

    def mistaken(method: Callable) -> Method:
        return lambda inputs: applied(inputs, linear=method)

    return tuple(Mistake(name, mistaken(m), f"In `lora_linear`: {cause}") for m in methods)


def _in_merge(name: str, cause: str, *methods: Callable) -> tuple[Mistake, ...]:
    """Return mistakes in `merge_lora` alone; each method takes w, a, b and the scale."""

    def mistaken(method: Callable) -> Method:
        return lambda inputs: applied(inputs, merge=method)

    return tuple(Mistake(name, mistaken(m), f"In `merge_lora`: {cause}") for m in methods)


def _scaled(name: str, cause: str, *scales: Scale) -> tuple[Mistake, ...]:
    """Return mistakes in the scale, in each of the two functions alone."""
    found = []
    for scale in scales:
        found += _in_linear(name, cause, _linear_by(scale)) + _in_merge(
            name, cause, _merge_by(scale)
        )
    return tuple(found)


def _linear_by(scale: Scale) -> Callable:
    return lambda x, w, a, b, s: linear(x, w, a, b, scale(s * len(a), len(a), w))


def _merge_by(scale: Scale) -> Callable:
    return lambda w, a, b, s: merge(w, a, b, scale(s * len(a), len(a), w))


BOTH_SIDES = "`a` goes from the input to r numbers, `b` from these to the output"
MISTAKES = (
    *_scaled(
        "forgets_the_scale",
        "the update is not scaled. It counts alpha / r times.",
        lambda alpha, r, w: 1.0,
    ),
    *_scaled(
        "alpha_alone",
        "the update is multiplied by alpha alone. Which number of the adapter divides it?",
        lambda alpha, r, w: alpha,
    ),
    *_scaled(
        "one_over_r",
        "the update is divided by r, and alpha has no part in it.",
        lambda alpha, r, w: 1 / r,
    ),
    *_scaled(
        "scale_upside_down",
        "the scale stands upside down: alpha is divided by r.",
        lambda alpha, r, w: r / alpha,
    ),
    *_scaled(
        "divides_by_the_root",
        "alpha is divided by the root of r. Some do so; here it is r itself.",
        lambda alpha, r, w: alpha / r**0.5,
    ),
    *_scaled(
        "multiplies_by_r",
        "alpha is multiplied by r. It is divided.",
        lambda alpha, r, w: alpha * r,
    ),
    *_scaled(
        "rounds_the_scale",
        "the scale lost its decimals. `//` rounds down, `/` does not.",
        lambda alpha, r, w: alpha // r,
    ),
    *_scaled(
        "divides_by_another_size",
        "alpha is divided by another size than r. Which axis of `a`, or of `b`, is as long as r?",
        lambda alpha, r, w: alpha / w.size(1),
        lambda alpha, r, w: alpha / w.size(0),
    ),
    *_scaled(
        "subtracts_the_update",
        "the update is subtracted. It is added.",
        lambda alpha, r, w: -alpha / r,
    ),
    *_scaled(
        "scales_twice",
        "the scale counts twice.",
        lambda alpha, r, w: (alpha / r) ** 2,
    ),
    *_in_linear(
        "forgets_the_update",
        "this is the base alone. Where is what `a` and `b` add?",
        lambda x, w, a, b, s: x @ w.T,
    ),
    *_in_linear(
        "forgets_the_base",
        "this is the update alone. The frozen base is still there: x Wᵀ comes first.",
        lambda x, w, a, b, s: s * (x @ a.T @ b.T),
    ),
    *_in_linear(
        "scales_the_base",
        "the base is scaled too. Mind the brackets: alpha / r belongs to the update.",
        lambda x, w, a, b, s: s * (x @ w.T + x @ a.T @ b.T),
    ),
    *_in_linear(
        "base_not_transposed",
        "x is multiplied by `w` as it stands. Weights are (out, in), so it takes `w.T`.",
        lambda x, w, a, b, s: x @ w + s * (x @ a.T @ b.T),
    ),
    *_in_linear(
        "x_on_the_right",
        "this is W x, as on paper, where x is one column. Here the inputs are rows, along the last "
        "axis of x: x stands on the left, and every matrix is transposed, as in x Wᵀ.",
        lambda x, w, a, b, s: w @ x + s * (b @ (a @ x)),
        lambda x, w, a, b, s: w @ x + s * (x @ a.T @ b.T),
        lambda x, w, a, b, s: w @ x + s * (x @ a @ b),
        lambda x, w, a, b, s: x @ w.T + s * (b @ (a @ x)),
        lambda x, w, a, b, s: x @ w + s * (b @ (a @ x)),
    ),
    *_in_linear(
        "outputs_in_columns",
        "the output lies on its side. After W xᵀ each output is a column; with x Wᵀ it is a row, "
        "as it should be, and x may have any number of axes.",
        lambda x, w, a, b, s: linear(x, w, a, b, s).mT if x.ndim > 1 else linear(x, w, a, b, s),
    ),
    *_in_linear(
        "update_not_transposed",
        f"{BOTH_SIDES}, and both are kept as (out, in). With x on the left, what has to happen to "
        "each?",
        lambda x, w, a, b, s: x @ w.T + s * (x @ a @ b.T),
        lambda x, w, a, b, s: x @ w.T + s * (x @ a.T @ b),
        lambda x, w, a, b, s: x @ w.T + s * (x @ a @ b),
        lambda x, w, a, b, s: x @ w.T + s * (x @ b @ a),
    ),
    *_in_linear(
        "nothing_transposed",
        "no matrix is transposed. Weights are (out, in), and x stands on the left.",
        lambda x, w, a, b, s: x @ w + s * (x @ a @ b),
    ),
    *_in_linear(
        "b_before_a",
        f"`b` comes before `a`. {BOTH_SIDES}.",
        lambda x, w, a, b, s: x @ w.T + s * (x @ b.T @ a.T),
        lambda x, w, a, b, s: x @ w.T + s * (x @ b @ a.T),
        lambda x, w, a, b, s: x @ w.T + s * (x @ b.T @ a),
    ),
    *_in_linear(
        "update_of_the_output",
        "the adapter reads what the base gives. It stands beside the base and reads x.",
        lambda x, w, a, b, s: x @ w.T + s * (x @ w.T @ a.T @ b.T),
    ),
    *_in_linear(
        "bends_in_between",
        "there is a bend between `a` and `b`. Both products are plain; only so can they be merged.",
        lambda x, w, a, b, s: x @ w.T + s * ((x @ a.T).relu() @ b.T),
        lambda x, w, a, b, s: x @ w.T + s * (torch.nn.functional.gelu(x @ a.T) @ b.T),
    ),
    *_in_linear(
        "update_without_x",
        "the update was added as it is, whatever x. It is a matrix: x has to go through it.",
        lambda x, w, a, b, s: x @ w.T + s * (b @ a),
        lambda x, w, a, b, s: x @ w.T + s * (b @ a).T,
    ),
    *_in_linear(
        "no_gradient_through_the_base",
        "the output is right, but the gradient of x lacks the part that comes through the base. "
        "The base learns nothing, and layers below it still need what passes: no `no_grad`, no "
        "`detach` of x.",
        lambda x, w, a, b, s: x.detach() @ w.T + s * (x @ a.T @ b.T),
    ),
    *_in_linear(
        "no_gradient_through_the_update",
        "the output is right, but the gradient of x lacks the part that comes through the update. "
        "Was x cut off there, by `detach` or `.data`?",
        lambda x, w, a, b, s: x @ w.T + s * (x.detach() @ a.T @ b.T),
    ),
    *_in_merge(
        "forgets_the_update",
        "this is the base alone. Where is what `a` and `b` add?",
        lambda w, a, b, s: w,
    ),
    *_in_merge(
        "forgets_the_base",
        "this is the update alone. It is added to the base.",
        lambda w, a, b, s: s * (b @ a),
    ),
    *_in_merge(
        "scales_the_base",
        "the base is scaled too. Mind the brackets: alpha / r belongs to the update.",
        lambda w, a, b, s: s * (w + b @ a),
    ),
    *_in_merge(
        "a_before_b",
        "the product is A B. Which order of (r, in) and (out, r) gives the shape of `w`?",
        lambda w, a, b, s: w + s * (a @ b),
    ),
    *_in_merge(
        "update_transposed",
        "the update lies on its side. `w` is (out, in), and so is one of the two products.",
        lambda w, a, b, s: w + s * (b @ a).T,
    ),
    *_in_merge(
        "merged_transposed",
        "the whole matrix lies on its side. It keeps the shape of `w`, (out, in).",
        lambda w, a, b, s: (w + s * (b @ a)).T,
    ),
    *_in_merge(
        "number_by_number",
        "`*` multiplies number by number. The product of two matrices is `@`.",
        lambda w, a, b, s: w + s * b * a,
    ),
    *_in_merge(
        "multiplies_by_the_update",
        "the base is multiplied by the update. It is added.",
        lambda w, a, b, s: w @ (s * (b @ a)),
    ),
)

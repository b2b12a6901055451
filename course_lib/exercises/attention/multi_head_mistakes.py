"""Ways to put several heads together that are not right, and what to say to whoever used them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.attention import parts
from course_lib.exercises.attention.calls import handed_in
from course_lib.exercises.mistakes import Mistake


def _split(x: Tensor, n_head: int) -> Tensor:
    return torch.stack(x.chunk(n_head, dim=-1), dim=1)


def _merge(x: Tensor) -> Tensor:
    return torch.cat(list(x.unbind(dim=1)), dim=-1)


def _times_transpose(x: Tensor, w: Tensor) -> Tensor:
    return x @ w.T


def _times(x: Tensor, w: Tensor) -> Tensor:
    return x @ w


def _heads(
    project: Callable[[Tensor, Tensor], Tensor] = _times_transpose,
    output: Callable[[Tensor, Tensor], Tensor] = _times_transpose,
    split: Callable[[Tensor, int], Tensor] = _split,
    merge: Callable[[Tensor], Tensor] = _merge,
    mask: Callable[[int], Tensor | None] = parts.past,
    roles: tuple[str, str, str] = ("w_q", "w_k", "w_v"),
    scale: Callable[[Tensor], float] = lambda q: 1.0,
    kind: str = "",
) -> Callable[[dict], Tensor]:
    """Return a method in which one part may be mistaken; `kind` replaces the attention given."""

    def method(inputs: dict) -> Tensor:
        x, n_head = inputs["x"].double(), inputs["n_head"]
        q, k, v = (split(project(x, inputs[name].double()), n_head) for name in roles)
        attention = handed_in(kind or inputs["attention"])
        gathered = attention(q * scale(q), k, v, mask(x.size(1)))
        return output(merge(gathered), inputs["w_o"].double()).float()

    return method


def _view_split(x: Tensor, n_head: int) -> Tensor:
    return x.reshape(x.size(0), n_head, x.size(1), -1)


def _view_merge(x: Tensor) -> Tensor:
    return x.reshape(x.size(0), x.size(2), -1)


def _strided_split(x: Tensor, n_head: int) -> Tensor:
    return x.unflatten(-1, (-1, n_head)).permute(0, 3, 1, 2)


def _swapped_split(x: Tensor, n_head: int) -> Tensor:
    return _split(x, x.size(-1) // n_head)


def _split_backwards(x: Tensor, n_head: int) -> Tensor:
    return _split(x, n_head).flip(1)


def _by_later(T: int) -> Tensor:
    return ~parts.past(T)


def _float_mask(T: int) -> Tensor:
    return parts.past(T).float()


NOT_TURNED = (
    "The weights are (out, in): a product needs their transpose, `x @ w.T`. With square weights "
    "no shape complains."
)
ORDER = (
    "Queries, keys and values are mixed up. Each has its own weights, and `attention` takes them "
    "in the order q, k, v."
)
MISTAKES = (
    Mistake("weights_not_transposed", _heads(project=_times, output=_times), NOT_TURNED),
    Mistake("weights_not_transposed", _heads(project=_times), NOT_TURNED),
    Mistake("weights_not_transposed", _heads(output=_times), NOT_TURNED),
    Mistake(
        "no_output_weights",
        _heads(output=lambda x, w: x),
        "The heads' results come out as they are. Multiply them with `w_o.T`: it lets what one "
        "head has found reach every part of the vector.",
    ),
    Mistake(
        "no_mask",
        _heads(mask=lambda T: None),
        "Positions have used later ones. Hand in a mask: True at the query's own position and "
        "before it.",
    ),
    Mistake(
        "mask_turned_around",
        _heads(mask=_by_later),
        "The mask is the wrong way round: True means that the key may be used.",
    ),
    Mistake(
        "mask_turned_around",
        _heads(mask=lambda T: parts.past(T).T),
        "Each position used itself and later ones. The lower triangle is what is allowed: `tril`.",
    ),
    Mistake(
        "hides_itself",
        _heads(mask=lambda T: parts.past(T).tril(-1)),
        "A position may use itself: the diagonal of the mask is True.",
    ),
    Mistake(
        "view_instead_of_transpose",
        _heads(split=_view_split, merge=_view_merge),
        "The heads were cut and joined by `view` alone, so each worked with parts of several "
        "positions. Cut to (B, T, H, D), then swap T and H; back in the opposite order.",
    ),
    Mistake(
        "view_instead_of_transpose",
        _heads(split=_view_split),
        "The heads were cut by `view` alone, so each worked with parts of several positions. Cut "
        "to (B, T, H, D), then swap T and H.",
    ),
    Mistake(
        "reshape_instead_of_transpose",
        _heads(merge=_view_merge),
        "The heads were joined by `reshape` alone. Swap T and H back first, then join.",
    ),
    Mistake(
        "every_h_th_number",
        _heads(split=_strided_split),
        "Each head got every H-th number. A head's numbers stand side by side.",
    ),
    Mistake(
        "n_head_is_not_head_dim",
        _heads(split=_swapped_split),
        "There are `n_head` heads, each C / n_head wide. Here the two are swapped.",
    ),
    Mistake(
        "heads_in_reverse",
        _heads(split=_split_backwards),
        "The heads stand side by side in the opposite order. Head 0 has the first D numbers of "
        "each vector, and its result comes first.",
    ),
    Mistake(
        "one_head",
        _heads(split=lambda x, n: _split(x, 1)),
        "One head worked with the whole width. Cut queries, keys and values into `n_head` heads "
        "first, so that each has weights of its own.",
    ),
    *(
        Mistake("mixes_up_q_k_v", _heads(roles=roles), ORDER)
        for roles in (
            ("w_k", "w_q", "w_v"),
            ("w_q", "w_v", "w_k"),
            ("w_v", "w_k", "w_q"),
            ("w_q", "w_q", "w_q"),
            ("w_q", "w_k", "w_k"),
            ("w_q", "w_q", "w_v"),
            ("w_k", "w_k", "w_v"),
        )
    ),
    Mistake(
        "scales_twice",
        _heads(scale=lambda q: 1 / math.sqrt(q.size(-1))),
        "The scores were divided by the root of D twice: `attention` does it already.",
    ),
    Mistake(
        "ignores_the_attention",
        _heads(kind="softmax"),
        "This is ordinary attention, and this time another `attention` was handed in. Call the one "
        "that comes as an argument.",
    ),
    Mistake(
        "shapes_that_attention_refuses",
        _heads(mask=_float_mask),
        "Read what `attention` says it got. It wants `q`, `k` and `v` as (B, H, T, D), heads "
        "before positions, and one mask for all: bools, (T, T).",
    ),
)

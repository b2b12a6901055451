"""Ways to write a SwiGLU that are not right, and what to say to whoever wrote them."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib.exercises.mistakes import Mistake

Product = Callable[[Tensor, Tensor], Tensor]


def _times_transpose(x: Tensor, w: Tensor) -> Tensor:
    return x @ w.T


def _times(x: Tensor, w: Tensor) -> Tensor:
    return x @ w


def _open(gate: Tensor, up: Tensor) -> Tensor:
    return F.silu(gate) * up


def _feed(
    mix: Callable[[Tensor, Tensor], Tensor] = _open,
    widen: Product = _times_transpose,
    bring_back: Product = _times_transpose,
    before: Callable[[Tensor], Tensor] = lambda x: x,
    after: Callable[[Tensor, Tensor], Tensor] = lambda result, x: result,
) -> Callable[[dict], Tensor]:
    """Return a method in which one part may be mistaken.

    Args:
        mix: what the gate and the up part give together.
        widen: the product with `w_gate` and with `w_up`.
        bring_back: the product with `w_down`.
        before: what happens to the vectors first.
        after: what happens to the result, which may use the vectors.
    """

    def method(inputs: dict) -> Tensor:
        x, w_gate, w_up, w_down = (
            inputs[name].double() for name in ("x", "w_gate", "w_up", "w_down")
        )
        mixed = mix(widen(before(x), w_gate), widen(before(x), w_up))
        return after(bring_back(mixed, w_down), x).float()

    return method


def _one_after_another(inputs: dict) -> Tensor:
    """Run through all three matrices in a row, as a square lets it pass."""
    opened = F.silu(inputs["x"] @ inputs["w_gate"].T)
    return opened @ inputs["w_up"].T @ inputs["w_down"].T


def _overflowing_silu(inputs: dict) -> Tensor:
    gate = inputs["x"] @ inputs["w_gate"].T
    opened = gate * gate.exp() / (1 + gate.exp())
    return (opened * (inputs["x"] @ inputs["w_up"].T)) @ inputs["w_down"].T


def _without_down(inputs: dict) -> Tensor:
    return F.silu(inputs["x"] @ inputs["w_gate"].T) * (inputs["x"] @ inputs["w_up"].T)


NOT_TURNED = (
    "The weights are (out, in): a product needs their transpose, `x @ w.T`. Where C and F are "
    "equal no shape complains."
)
OTHER_BEND = (
    "The gate was bent by another function. silu(z) is z times the sigmoid of z: `F.silu`, or "
    "`z * torch.sigmoid(z)`."
)
MISTAKES = (
    Mistake("weights_not_transposed", _feed(widen=_times, bring_back=_times), NOT_TURNED),
    Mistake("weights_not_transposed", _feed(widen=_times), NOT_TURNED),
    Mistake("weights_not_transposed", _feed(bring_back=_times), NOT_TURNED),
    Mistake(
        "silu_on_up",
        _feed(lambda gate, up: gate * F.silu(up)),
        "Gate and up have changed roles: the one that goes through silu is `x @ w_gate.T`.",
    ),
    Mistake(
        "silu_on_the_product",
        _feed(lambda gate, up: F.silu(gate * up)),
        "First silu, then the product: only the gate is bent, and what it lets pass stays as it "
        "is.",
    ),
    Mistake(
        "silu_on_both",
        _feed(lambda gate, up: F.silu(gate) * F.silu(up)),
        "Both parts went through silu. Only the gate does.",
    ),
    Mistake(
        "silu_at_the_end",
        _feed(lambda gate, up: gate * up, after=lambda result, x: F.silu(result)),
        "The bend came after the last matrix. It belongs to the gate, between the matrices.",
    ),
    Mistake(
        "silu_before_the_weights",
        _feed(lambda gate, up: gate * up, before=F.silu),
        "The vectors were bent before the first product. Multiply with `w_gate` first.",
    ),
    Mistake(
        "no_silu",
        _feed(lambda gate, up: gate * up),
        "Nothing was bent: this is the plain product of two products. The gate goes through silu.",
    ),
    Mistake(
        "sigmoid_for_silu",
        _feed(lambda gate, up: gate.sigmoid() * up),
        "The gate is the sigmoid alone, as in the first gated units. silu(z) is z *times* the "
        "sigmoid of z.",
    ),
    *(
        Mistake("another_bend", _feed(mix), OTHER_BEND)
        for mix in (
            lambda gate, up: F.relu(gate) * up,
            lambda gate, up: F.gelu(gate) * up,
            lambda gate, up: F.gelu(gate, approximate="tanh") * up,
            lambda gate, up: gate * torch.sigmoid(1.702 * gate) * up,
            lambda gate, up: gate.tanh() * up,
            lambda gate, up: F.softplus(gate) * up,
            lambda gate, up: F.mish(gate) * up,
        )
    ),
    Mistake(
        "softmax_for_silu",
        _feed(lambda gate, up: gate.softmax(dim=-1) * up),
        "The gate went through a softmax, so that neurons compete. In silu each works alone.",
    ),
    Mistake(
        "adds_the_parts",
        _feed(lambda gate, up: F.silu(gate) + up),
        "Gate and up were added. The gate opens or shuts a neuron: multiply, number by number.",
    ),
    Mistake(
        "no_up",
        _feed(lambda gate, up: F.silu(gate)),
        "`w_up` was not used. What the gate lets pass is `x @ w_up.T`.",
    ),
    Mistake(
        "no_gate",
        _feed(lambda gate, up: F.silu(up)),
        "`w_gate` was not used: this is the ungated kind, bent between two matrices.",
    ),
    Mistake(
        "one_after_another",
        _one_after_another,
        "The vectors went through the matrices one after another. `w_gate` and `w_up` both get "
        "`x`, side by side.",
    ),
    Mistake(
        "not_brought_back",
        _without_down,
        "The last matrix is missing: multiply by `w_down.T`, which brings F numbers back to C.",
    ),
    Mistake(
        "adds_x",
        _feed(after=lambda result, x: x + result),
        "The vectors were added to the result. That is the block's task, not that of this half.",
    ),
    Mistake(
        "silu_overflows",
        _overflowing_silu,
        "exp(200) is infinite in float32, and inf / inf is nan. With `torch.sigmoid` in place of "
        "your own quotient, or `F.silu`, nothing overflows.",
    ),
)

"""A norm put together from parts, so that a mistake can put another in the place of one.

It works in float64 and is about mistakes only: what is right comes from elsewhere.
"""

from collections.abc import Callable

from torch import Tensor

Part = Callable[[Tensor], Tensor]  # vectors -> what is divided, or the spread of each
Root = Callable[[Tensor, float], Tensor]  # spread and eps -> what it is divided by
Finish = Callable[[Tensor, dict], Tensor]  # what was divided -> weights and bias come in


def norm(center: Part, spread: Part, root: Root, finish: Finish) -> Callable[[dict], Tensor]:
    """Return a method: `center` of the vectors, divided by the root of their `spread`."""

    def method(inputs: dict) -> Tensor:
        x = inputs["x"].double()
        divided = center(x) / root(spread(x), inputs["eps"])
        return finish(divided, inputs).to(inputs["x"].dtype)

    return method


def as_it_is(x: Tensor) -> Tensor:
    return x


def mean_off(x: Tensor) -> Tensor:
    return x - x.mean(dim=-1, keepdim=True)


def mean_off_without_keepdim(x: Tensor) -> Tensor:
    return x - x.mean(dim=-1)


def variance(x: Tensor) -> Tensor:
    return x.var(dim=-1, correction=0, keepdim=True)


def variance_of_a_sample(x: Tensor) -> Tensor:
    return x.var(dim=-1, keepdim=True)


def mean_square(x: Tensor) -> Tensor:
    return x.square().mean(dim=-1, keepdim=True)


def sum_of_squares(x: Tensor) -> Tensor:
    return x.square().sum(dim=-1, keepdim=True)


def squares_over_one_less(x: Tensor) -> Tensor:
    return sum_of_squares(x) / (x.size(-1) - 1)


def square_of_the_mean(x: Tensor) -> Tensor:
    return x.mean(dim=-1, keepdim=True).square()


def without_keepdim(spread: Part) -> Part:
    return lambda x: spread(x).squeeze(-1)


def first_axis(part: Part) -> Part:
    """Do along the first axis what `part` does along the last."""
    return lambda x: part(x.movedim(0, -1)).movedim(-1, 0)


def axis_before(part: Part) -> Part:
    """Do along the last axis but one what `part` does along the last."""
    return lambda x: part(x.transpose(-1, -2)).transpose(-1, -2)


def everything(part: Part) -> Part:
    """Do with all numbers together what `part` does with those of a vector."""
    return lambda x: _in_shape(part(x.reshape(1, -1)), x)


def each_row(part: Part) -> Part:
    """Do with all positions of a batch row what `part` does with one vector."""
    return lambda x: _in_shape(part(x.flatten(1)), x)


def _in_shape(part: Tensor, x: Tensor) -> Tensor:
    if part.numel() == x.numel():
        return part.reshape(x.shape)
    return part.reshape(-1, *[1] * (x.dim() - 1))


def eps_inside(spread: Tensor, eps: float) -> Tensor:
    return (spread + eps).sqrt()


def eps_outside(spread: Tensor, eps: float) -> Tensor:
    return spread.sqrt() + eps


def eps_squared(spread: Tensor, eps: float) -> Tensor:
    return (spread + eps**2).sqrt()


def eps_as_a_floor(spread: Tensor, eps: float) -> Tensor:
    return spread.clamp(min=eps).sqrt()


def floor_under_the_root(spread: Tensor, eps: float) -> Tensor:
    return spread.sqrt().clamp(min=eps)


def no_eps(spread: Tensor, eps: float) -> Tensor:
    return spread.sqrt()


def no_root(spread: Tensor, eps: float) -> Tensor:
    return spread + eps


def upside_down(spread: Tensor, eps: float) -> Tensor:
    return (spread + eps).rsqrt()


def weight_only(y: Tensor, inputs: dict) -> Tensor:
    return y * inputs["weight"]


def weight_and_bias(y: Tensor, inputs: dict) -> Tensor:
    return y * inputs["weight"] + inputs["bias"]


def nothing(y: Tensor, inputs: dict) -> Tensor:
    return y

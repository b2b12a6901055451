"""Ways to get the clipped loss, right in all but one part."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.rlhf.losses import Method, in_float32, in_float64

Gain = Callable[[Tensor, Tensor, float], Tensor]  # ratio, advantages, clip -> (B, T)


def clipped(ratio: Tensor, advantages: Tensor, clip: float) -> Tensor:
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


def mean_of(gain: Tensor, mask: Tensor) -> Tensor:
    return gain.masked_fill(~mask, 0).sum() / mask.sum().clamp(min=1)


def log_ratio_of(inputs: dict) -> Tensor:
    """Return how much likelier each token became, (B, T), 0 outside the mask."""
    new, old = (inputs[n].where(inputs["mask"], 0.0) for n in ("logprobs", "old_logprobs"))
    return new - old


def advantages_of(inputs: dict) -> Tensor:
    return inputs["advantages"].where(inputs["mask"], 0.0)


def loss_by(ratio: Callable[[dict], Tensor], gain: Gain = clipped) -> Callable[[dict], Tensor]:
    """Return minus the mean of a gain made of some ratio."""
    return lambda i: -mean_of(gain(ratio(i), advantages_of(i), i["clip"]), i["mask"])


def ratio_of(inputs: dict) -> Tensor:
    return log_ratio_of(inputs).exp()


def by_gain(gain: Gain) -> Method:
    return in_float64(loss_by(ratio_of, gain))


def by_ratio(ratio: Callable[[dict], Tensor]) -> Method:
    return in_float64(loss_by(ratio))


def by_mean(mean: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Return a method that puts right gains (B, T), 0 outside the mask, together."""
    return in_float64(lambda i: -mean(clipped(ratio_of(i), advantages_of(i), i["clip"]), i["mask"]))


def given(change: Callable[[dict], dict]) -> Method:
    """Return a method that does the right thing with other inputs."""
    return in_float64(lambda inputs: loss_by(ratio_of)({**inputs, **change(inputs)}))


def everything(mean: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Return a method that reads what stands outside, too."""

    def loss(i: dict) -> Tensor:
        ratio = (i["logprobs"] - i["old_logprobs"]).exp()
        return -mean(clipped(ratio, i["advantages"], i["clip"]), i["mask"])

    return in_float64(loss)


def quotient(eps: float) -> Method:
    """Return a method that divides probabilities."""

    def ratio(i: dict) -> Tensor:
        new, old = (i[n].where(i["mask"], 0.0) for n in ("logprobs", "old_logprobs"))
        return new.exp() / (old.exp() + eps)

    return in_float32(loss_by(ratio))


def normalized(correction: int | None) -> Method:
    def change(i: dict) -> dict:
        numbers = i["advantages"][i["mask"]]
        centered = numbers - numbers.mean()
        # By hand, for torch's own warns where one number is all there is.
        variance = centered.square().sum() / (len(numbers) - (correction or 0))
        spread = 1.0 if correction is None else variance.sqrt()
        return {"advantages": i["advantages"].masked_scatter(i["mask"], centered / spread)}

    return given(change)


def whole_answers(i: dict) -> Tensor:
    return log_ratio_of(i).sum(dim=1, keepdim=True).exp().expand_as(i["mask"])


def against_itself(i: dict) -> Tensor:
    new = i["logprobs"].where(i["mask"], 0.0)
    return (new - new.detach()).exp()


def cut(loss: Callable[[dict], Tensor]) -> Method:
    """Return a method whose gradient stops on the way: its loss is right."""
    right = in_float64(loss_by(ratio_of))
    return lambda i: right(i) if i["wanted"] == "loss" else in_float64(loss)(i)


def half_detached(ratio: Tensor, advantages: Tensor, clip: float) -> Tensor:
    kept = ratio.detach().clamp(1 - clip, 1 + clip)
    return torch.minimum(ratio * advantages, kept * advantages)


def of_the_rest(i: dict) -> Tensor:
    return clipped(ratio_of(i), i["advantages"], i["clip"])

"""Ways to estimate a KL that are not right, and what to say to whoever took them."""

from collections.abc import Callable
from math import log

import torch
from torch import Tensor

from course_lib.exercises import codec
from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.rlhf.losses import Method, each

Estimate = Callable[[Tensor, Tensor], Tensor]  # of logprobs and ref_logprobs


def k1(p: Tensor, q: Tensor) -> Tensor:
    return p - q


def k2(p: Tensor, q: Tensor) -> Tensor:
    return (p - q).square() / 2


def k3(p: Tensor, q: Tensor) -> Tensor:
    return torch.expm1(q - p) + p - q


RIGHT = {"k1": k1, "k2": k2, "k3": k3}


def _estimates(inputs: dict, ways: dict[str, Estimate]) -> dict[str, Tensor]:
    """Return all estimates, or the gradient of the sum of the one that is wanted."""
    p, q, wanted = inputs["logprobs"], inputs["ref_logprobs"], inputs["wanted"]
    if wanted == "estimates":
        return {name: way(p, q).float() for name, way in ways.items()}
    return {wanted: torch.autograd.grad(ways[wanted](p.requires_grad_(), q).sum(), p)[0].float()}


def by(**changed: Estimate) -> Method:
    """Return a method that takes some of the estimates in another way."""

    def method(inputs: dict) -> dict[str, Tensor]:
        p, q = inputs["logprobs"].double(), inputs["ref_logprobs"].double()
        return _estimates({**inputs, "logprobs": p, "ref_logprobs": q}, {**RIGHT, **changed})

    return method


def in_float32(**changed: Estimate) -> Method:
    """Return a method whose numbers may leave what float32 holds."""
    return lambda inputs: _estimates(codec.copy(inputs), {**RIGHT, **changed})


def everywhere(change: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that does the same to each of the three."""
    return by(**{name: lambda p, q, k=k: change(k(p, q)) for name, k in RIGHT.items()})


def weighted(weight: Callable[[Tensor, Tensor], Tensor]) -> Method:
    return by(**{name: lambda p, q, k=k: weight(p, q) * k(p, q) for name, k in RIGHT.items()})


def by_property(inputs: dict, right: object, value: object) -> Mistake | None:
    if not isinstance(right, dict) or not isinstance(value, dict):
        return None
    return WRONG_NAMES if set(value) != set(right) else None


WRONG_NAMES = Mistake(
    "wrong_names",
    known_by_property,
    'The dictionary has three keys, "k1", "k2" and "k3".',
)
MISTAKES = (
    WRONG_NAMES,
    *each(
        "policy_and_reference_swapped",
        "Policy and reference changed places: these are estimates of KL(reference, policy). In k1 "
        "the policy's logarithm comes first, and the ratio in k3 is reference over policy.",
        by(k1=lambda p, q: k1(q, p), k3=lambda p, q: k3(q, p)),
    ),
    *each(
        "k1_turned_around",
        "k1 has the wrong sign. On average over the policy's own tokens it is the KL, which is "
        "never below 0: the policy's logarithm comes first.",
        by(k1=lambda p, q: q - p),
    ),
    *each(
        "k3_turned_around",
        "In k3 the ratio is the wrong way up. The tokens come from the policy, so r is reference "
        "over policy, and ln r is minus k1: turn both.",
        by(k3=lambda p, q: k3(q, p)),
        by(k3=lambda p, q: (p - q).exp() - 1 + p - q),
        by(k3=lambda p, q: (q - p).exp() - 1 - p + q),
    ),
    *each(
        "forgets_the_half",
        "k2 lacks its half: it is the square of the log ratio, divided by 2.",
        by(k2=lambda p, q: (p - q).square()),
    ),
    *each(
        "squares_the_half",
        "k2 is half of what it should be. Take the square first and divide it by 2 then; of x / 2 "
        "the square is only a quarter.",
        by(k2=lambda p, q: ((p - q) / 2).square()),
    ),
    *each(
        "k2_not_squared",
        "k2 is no square here. Take the log ratio times itself, then half of that.",
        by(k2=lambda p, q: (p - q) / 2),
        by(k2=lambda p, q: (p - q).abs() / 2),
        by(k2=lambda p, q: (p - q).abs()),
    ),
    *each(
        "k2_of_the_ratio",
        "k2 was made of the ratio. It is half the square of its logarithm.",
        by(k2=lambda p, q: (q - p).exp().square() / 2),
        by(k2=lambda p, q: (p - q).exp().square() / 2),
        by(k2=lambda p, q: torch.expm1(q - p).square() / 2),
        by(k2=lambda p, q: torch.expm1(p - q).square() / 2),
    ),
    *each(
        "k3_lacks_a_part",
        "k3 lacks one of its three parts: r, minus 1, minus ln r. Where both agree, r is 1, and "
        "k3 has to be 0.",
        by(k3=lambda p, q: torch.expm1(q - p)),
        by(k3=lambda p, q: (q - p).exp() + p - q),
        by(k3=lambda p, q: p - q - 1),
    ),
    *each(
        "k3_upside_down",
        "k3 has the wrong sign. It is r − 1 − ln r, and never below 0.",
        by(k3=lambda p, q: -k3(p, q)),
    ),
    *each(
        "k3_weighted",
        "k3 was multiplied with a ratio. The tokens come from the policy already: nothing has to "
        "be weighted.",
        by(k3=lambda p, q: (q - p).exp() * (q - p) - torch.expm1(q - p)),
        by(k3=lambda p, q: (p - q).exp() * k3(p, q)),
        by(k3=lambda p, q: (q - p).exp() * (q - p)),
    ),
    *each(
        "names_swapped",
        "The right estimates stand under each other's names.",
        by(k2=k3, k3=k2),
        by(k1=k2, k2=k1),
        by(k1=k3, k3=k1),
        by(k1=k2, k2=k3, k3=k1),
        by(k1=k3, k2=k1, k3=k2),
    ),
    *each(
        "averages_the_tokens",
        "These are averages or sums over the tokens. Return an estimate for each token: which "
        "tokens count, the caller knows.",
        everywhere(lambda k: k.mean()),
        everywhere(lambda k: k.sum()),
        everywhere(lambda k: k.mean(-1)),
        everywhere(lambda k: k.sum(-1)),
    ),
    *each(
        "weights_by_the_probability",
        "Each token was multiplied with a probability, as in a sum over the whole vocabulary. "
        "These tokens were drawn from the policy: likely ones come more often already.",
        weighted(lambda p, q: p.exp()),
        weighted(lambda p, q: q.exp()),
        by(k1=lambda p, q: p.exp() * (p - q)),
        by(k1=lambda p, q: q.exp() * (q - p)),
        by(k1=lambda p, q: q.exp() * (p - q)),
    ),
    *each(
        "k1_never_negative",
        "k1 was kept from being negative. Single values of it often are; only so is its mean the "
        "KL.",
        by(k1=lambda p, q: (p - q).abs()),
        by(k1=lambda p, q: (p - q).relu()),
    ),
    *each(
        "k1_of_probabilities",
        "k1 was made of the probabilities, or is their ratio. It is the difference of the two "
        "logarithms.",
        by(k1=lambda p, q: p.exp() - q.exp()),
        by(k1=lambda p, q: (p - q).exp()),
        by(k1=lambda p, q: (q - p).exp()),
    ),
    *each(
        "divides_the_logarithms",
        "The two logarithms were divided by one another. The logarithm of a ratio is a difference "
        "of logarithms.",
        *(
            by(
                k1=(lambda p, q: (p / q).log()) if logged else (lambda p, q: p / q),
                k2=lambda p, q: (p / q).log().square() / 2,
                k3=lambda p, q: q / p - 1 - (q / p).log(),
            )
            for logged in (True, False)
        ),
        by(k1=lambda p, q: p / q),
        by(k1=lambda p, q: (p / q).log()),
        by(k3=lambda p, q: q / p - 1 - (q / p).log()),
        by(k3=lambda p, q: q / p - 1 + p - q),
    ),
    *each(
        "another_logarithm",
        "This is in bits. The course counts in nats: the logarithms that come in are natural ones.",
        by(k1=lambda p, q: (p - q) / log(2)),
        everywhere(lambda k: k / log(2)),
    ),
    *each(
        "divides_probabilities",
        "e to the −200 is less than a float holds, so 0 was divided by 0. Subtract the logarithms "
        "first, and take one exponential of what is left.",
        in_float32(
            k1=lambda p, q: (p.exp() / q.exp()).log(),
            k2=lambda p, q: (p.exp() / q.exp()).log().square() / 2,
            k3=lambda p, q: q.exp() / p.exp() - 1 - (q.exp() / p.exp()).log(),
        ),
        in_float32(
            k1=lambda p, q: (p.exp() / q.exp()).log(),
            k2=lambda p, q: (q.exp() / p.exp()).log().square() / 2,
            k3=lambda p, q: 1 / (p.exp() / q.exp()) - 1 + (p.exp() / q.exp()).log(),
        ),
        in_float32(k1=lambda p, q: (p.exp() / q.exp()).log()),
        in_float32(k3=lambda p, q: q.exp() / p.exp() - 1 + p - q),
        in_float32(k3=lambda p, q: q.exp() / p.exp() - 1 - (q.exp() / p.exp()).log()),
    ),
)

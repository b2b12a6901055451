"""Call `get_batch` with plain inputs: make its generator, and watch where numbers are drawn."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.sampling.generate_call import (
    UNUSUAL_SEED,
    DrewElsewhere,
    GeneratorNotUsed,
    NotRepeatable,
    SameForEverySeed,
)


class SameEachTime(RuntimeError):
    """A second call, with the generator as the first one left it, gave the same rows."""


def get_batch(answer: Callable, inputs: dict):
    """Return what the answer does with these inputs.

    Raises:
        DrewElsewhere, GeneratorNotUsed, NotRepeatable, SameForEverySeed, SameEachTime: only where
            `inputs["repeat"]` asks for it, and the result has the right shape.
    """
    generator = seeded(inputs["seed"])
    before = generator.get_state()
    with torch.random.fork_rng(devices=[]):  # leaves torch's own generator as it was
        before_elsewhere = torch.manual_seed(UNUSUAL_SEED).get_state()
        result = answer(inputs["ids"], inputs["B"], inputs["T"], generator)
        drew_elsewhere = not torch.equal(torch.get_rng_state(), before_elsewhere)
    if inputs["repeat"] and _is_shaped(result, inputs):
        if drew_elsewhere:
            raise DrewElsewhere("torch's own generator was used in place of `generator`")
        if torch.equal(generator.get_state(), before):
            raise GeneratorNotUsed("`generator` is as it was before the call")
        _try_again(answer, inputs, result[0], generator)
    return result


def seeded(seed: int) -> torch.Generator:
    """Return a generator that begins with a seed."""
    return torch.Generator().manual_seed(seed)


def _try_again(answer: Callable, inputs: dict, first: Tensor, used: torch.Generator) -> None:
    """Call three times more: with a fresh generator, with another seed, with the used one."""
    seed = inputs["seed"]

    def x_with(generator: torch.Generator):
        result = answer(inputs["ids"].clone(), inputs["B"], inputs["T"], generator)
        return result[0] if _is_shaped(result, inputs) else None

    if not _equal(first, x_with(seeded(seed))):
        raise NotRepeatable("a second call with the same seed gave other rows")
    if _equal(first, x_with(seeded(seed + 1))):
        raise SameForEverySeed("a call with another seed gave the same rows")
    if _equal(first, x_with(used)):
        raise SameEachTime("a second call with the same generator gave the same rows")


def _is_shaped(result: object, inputs: dict) -> bool:
    if not isinstance(result, tuple) or not result or not isinstance(result[0], Tensor):
        return False
    return tuple(result[0].shape) == (inputs["B"], inputs["T"])


def _equal(first: Tensor, x: Tensor | None) -> bool:
    return x is not None and torch.equal(first, x)

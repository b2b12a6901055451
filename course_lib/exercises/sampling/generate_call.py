"""Call `generate` with plain inputs: build its model and generator, and watch what is drawn."""

from collections.abc import Callable

import torch
from torch import Tensor

Model = Callable[[Tensor], Tensor]
UNUSUAL_SEED = 7_361_942_085  # which no answer sets by itself


class DrewAtZero(RuntimeError):
    """At temperature 0 something was drawn."""


class DrewElsewhere(RuntimeError):
    """Torch's own generator was used, which every other part of a program uses too."""


class GeneratorNotUsed(RuntimeError):
    """Tokens were drawn, and not with the generator that was handed in."""


class NotRepeatable(RuntimeError):
    """The same call with the same seed gave other tokens."""


class SameForEverySeed(RuntimeError):
    """Another seed gave the same tokens."""


def table_model(table: Tensor, reads: str) -> Model:
    """Return the `model(ids)` that an answer is given: ids (B, T) -> logits (B, T, V).

    Args:
        table: (V, V), the logits are one of its rows.
        reads: "last", the row is that of the last id; "sum", that of the sum of all ids so far
            modulo V, so that a model that is not given the whole text says something else.
    """

    def model(ids: Tensor) -> Tensor:
        _refuse_odd_ids(ids, len(table))
        rows = ids if reads == "last" else ids.cumsum(dim=1) % len(table)
        return table[rows]  # (B, T, V)

    return model


def generate(answer: Callable, inputs: dict):
    """Return what the answer does with these inputs.

    Raises:
        DrewAtZero, DrewElsewhere, GeneratorNotUsed, NotRepeatable, SameForEverySeed: the last four
            only where `inputs["repeat"]` asks for it.
    """
    generator = torch.Generator().manual_seed(inputs["seed"])
    before = generator.get_state()
    with torch.random.fork_rng(devices=[]):  # leaves torch's own generator as it was
        before_elsewhere = torch.manual_seed(UNUSUAL_SEED).get_state()
        result = _run(answer, inputs, generator)
        drew_elsewhere = not torch.equal(torch.get_rng_state(), before_elsewhere)
    drew = not torch.equal(generator.get_state(), before)
    if inputs["temperature"] == 0 and (drew or drew_elsewhere):
        raise DrewAtZero("at temperature 0 a random number was drawn")
    if inputs["repeat"] and isinstance(result, Tensor):
        if drew_elsewhere:
            raise DrewElsewhere("torch's own generator was used in place of `generator`")
        if not drew:
            raise GeneratorNotUsed("nothing was drawn from `generator`")
        _try_other_seeds(answer, inputs, result)
    return result


def _try_other_seeds(answer: Callable, inputs: dict, first: Tensor) -> None:
    seeds = (inputs["seed"], inputs["seed"] + 1)
    again, other = (_run(answer, inputs, torch.Generator().manual_seed(seed)) for seed in seeds)
    if not torch.equal(first, again):
        raise NotRepeatable("a second call with the same seed gave other tokens")
    if torch.equal(first, other):
        raise SameForEverySeed("a call with another seed gave the same tokens")


def _run(answer: Callable, inputs: dict, generator: torch.Generator):
    ids = inputs["ids"]
    if inputs["copies"] > 1:
        ids = ids.repeat(inputs["copies"], 1)
    return answer(
        table_model(inputs["table"], inputs["reads"]),
        ids,
        inputs["max_new_tokens"],
        inputs["temperature"],
        inputs["stop_id"],
        generator,
    )


def _refuse_odd_ids(ids: Tensor, V: int) -> None:
    """Raise ValueError for ids that are not whole numbers (B, T) below V, T at least 1."""
    if not isinstance(ids, Tensor):
        raise ValueError(f"model wants ids as a tensor (B, T); got a {type(ids).__name__}")
    dtype, shape = str(ids.dtype).removeprefix("torch."), tuple(ids.shape)
    if ids.dtype != torch.int64 or ids.dim() != 2 or ids.size(1) == 0:
        raise ValueError(
            f"model wants ids as int64 of shape (B, T), T at least 1; got {dtype} of shape {shape}"
        )
    if ids.numel() and not 0 <= ids.min() <= ids.max() < V:
        raise ValueError(
            f"model knows the ids 0 to {V - 1}; got {ids.min().item()} to {ids.max().item()}"
        )

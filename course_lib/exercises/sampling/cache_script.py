"""Drive `KVCache` by a script of plain data, and write down what comes back."""

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

CHANGED = 99.0  # what a caller writes into its own k and v after an append


class LengthIsNoInt(TypeError):
    """The attribute `length` is of another type."""


class RefusesFromTheStart(ValueError):
    """A new cache raised ValueError for fewer positions than it has room for."""


class ReturnsNothing(TypeError):
    """`append` returned None."""


class ReturnsNoPair(TypeError):
    """`append` returned something else than two tensors."""


def kv_cache(answer: SimpleNamespace, inputs: dict) -> list[dict]:
    """Make the caches of a script and append to them.

    Args:
        answer: holds the class `KVCache`.
        inputs: B, H, context_length and D of every cache, "n_caches", and "script", a list of dicts
            "cache" (its number), "k", "v" (B, H, T, D), "fits", whether there is room, and
            "changes", whether the caller writes into its k and v afterwards.

    Returns:
        First "lengths", of all caches. Then what each step gave: "length", and either "k" and "v"
        with "kept", whether both still held the same numbers at the end of the script, or "error",
        the type of the error that came instead, "none" where it should have come.
    """
    sizes = [inputs[name] for name in ("B", "H", "context_length", "D")]
    caches = [answer.KVCache(*sizes) for _ in range(inputs["n_caches"])]
    steps, given = [{"lengths": [_length(cache) for cache in caches]}], []
    for number, step in enumerate(inputs["script"]):
        cache = caches[step["cache"]]
        k, v = (step[name].clone() if step["changes"] else step[name] for name in "kv")
        try:
            returned, error = cache.append(k, v), ""
        except Exception as raised:
            if not _is_recorded(raised, inputs, number):
                raise
            returned, error = None, _kind(raised)
        if error or not step["fits"]:
            steps.append({"error": error or "none", "length": _length(cache)})
            continue
        pair = _pair(returned)
        steps.append({"k": pair[0].clone(), "v": pair[1].clone(), "length": _length(cache)})
        given.append((steps[-1], pair))
        if step["changes"]:
            k.fill_(CHANGED)
            v.fill_(CHANGED)
    for seen, (keys, values) in given:
        seen["kept"] = torch.equal(seen["k"], keys) and torch.equal(seen["v"], values)
    return steps


def _is_recorded(raised: Exception, inputs: dict, number: int) -> bool:
    """Return whether an error belongs to what is tried: something did not fit, now or before.

    Raises:
        RefusesFromTheStart: if it is the ValueError of a cache that is new.
    """
    step, earlier = inputs["script"][number], inputs["script"][:number]
    if isinstance(raised, NotImplementedError):
        return False
    if not all(one["fits"] for one in [*earlier, step]):
        return True
    is_new = step["cache"] not in [one["cache"] for one in earlier]
    if isinstance(raised, ValueError) and is_new and step["k"].size(2) < inputs["context_length"]:
        raise RefusesFromTheStart(f"a new cache raised ValueError: {raised}") from None
    return False


def _kind(raised: Exception) -> str:
    return "ValueError" if isinstance(raised, ValueError) else type(raised).__name__


def _length(cache: Any) -> int:
    length = cache.length
    if type(length) is not int:
        raise LengthIsNoInt(f"`length` is of type {type(length).__name__}")
    return length


def _pair(returned: Any) -> tuple[Tensor, Tensor]:
    if returned is None:
        raise ReturnsNothing("`append` returned None")
    if type(returned) not in (tuple, list) or [type(item) for item in returned] != [Tensor] * 2:
        inside = type(returned).__name__
        if isinstance(returned, (tuple, list)):
            inside += " of " + (", ".join(type(item).__name__ for item in returned) or "nothing")
        raise ReturnsNoPair(f"`append` returned a {inside}")
    return tuple(returned)

"""`KVCache`: what a right answer does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, an
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sampling.cache_errors import BY_KIND
from course_lib.exercises.sampling.cache_mistakes import MISTAKES, SHARED

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `append(k, v)` returns two tensors `(B, H, length, D)`: all keys so far and all values so far,
#    in the order in which they came, the new ones included.
# 2. `length` is the number of positions in the cache, an int: 0 at first, T more each time.
# 3. T may be any number, 0 too, and another one each time; many small chunks give the same as one
#    large one.
# 4. `context_length` positions fit. Where a chunk does not fit, `append` raises `ValueError`, and
#    the cache stays as it was.
# 5. The cache holds numbers of its own: if the caller changes `k` or `v` later, nothing in it
#    changes.
# 6. What `append` returned keeps its numbers, whatever is appended later.
# 7. Each cache has its own positions, and `k` and `v` are left unchanged.

SMALL = 6  # numbers in all k of a script that is shown whole


def _step(k: torch.Tensor, v: torch.Tensor, cache: int = 0, fits: bool = True) -> dict:
    return {"cache": cache, "k": k, "v": v, "fits": fits, "changes": False}


FIRST_TWO, THIRD = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.tensor([[[[5.0, 6.0]]]])
EXAMPLE = {
    "B": 1,
    "H": 1,
    "context_length": 3,
    "D": 2,
    "n_caches": 1,
    "script": [_step(FIRST_TWO, 10 * FIRST_TWO), _step(THIRD, 10 * THIRD)],
}
IN_TURN = {  # its second cache is new, too, although the example has been run before
    **EXAMPLE,
    "context_length": 12,
    "n_caches": 2,
    "script": [
        _step(FIRST_TWO, 10 * FIRST_TWO),
        _step(THIRD, 10 * THIRD, cache=1),
        _step(2 * THIRD, 20 * THIRD),
    ],
}


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(9)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 4
    yield IN_TURN  # 1, 7
    yield _script(first, (2, 3, 9, 4), [3, 1, 2])  # 1, 2, 6
    yield _script(first, (2, 3, 9, 4), [6])  # 3: one pass
    yield _script(first, (3, 2, 8, 5), [4, 4])  # 1, 3, 4: chunks of one size, full to the last
    yield _script(first, (2, 4, 7, 3), [1, 1, 1, 1, 1, 1, 1])  # 3, 4: one position at a time
    yield _script(first, (3, 2, 6, 4), [0, 2, 0, 3])  # 3: chunks of nothing
    yield _script(first, (2, 3, 5, 4), [6, 5, 1])  # 4: never fits, fits to the last, one more
    yield _script(first, (2, 3, 5, 4), [3, 4, 2])  # 4: the second does not fit, the third does
    yield _script(first, (3, 2, 7, 4), [2, 3, 1], changes=True)  # 5
    yield _script(first, (2, 3, 8, 4), [2, 1, 3, 2], caches=[0, 1, 1, 0])  # 7
    for number in range(12 if thorough else 3):
        sizes = rng.permutation(range(1, 6))[:3].tolist()
        chunks = rng.integers(0, 5, size=int(rng.integers(2, 6))).tolist()
        caches = rng.integers(2, size=len(chunks)).tolist() if number % 2 else [0] * len(chunks)
        B, H, D = sizes
        room = int(rng.integers(4, 13))
        yield _script(rng, (B, H, room, D), chunks, caches, bool(rng.random() < 0.3))


def _script(
    rng: np.random.Generator,
    sizes: tuple[int, int, int, int],
    chunks: list[int],
    caches: list[int] | None = None,
    changes: bool = False,
) -> dict:
    """Return a case that appends chunks of these sizes, in turn, to the caches of these numbers."""
    B, H, context_length, D = sizes
    caches, held, script = caches or [0] * len(chunks), {}, []
    for cache, T in zip(caches, chunks, strict=True):
        fits = held.get(cache, 0) + T <= context_length
        held[cache] = held.get(cache, 0) + (T if fits else 0)
        k, v = tensors.normal(rng, B, H, T, D), tensors.normal(rng, B, H, T, D)
        script.append({"cache": cache, "k": k, "v": v, "fits": fits, "changes": changes})
    by_name = {"B": B, "H": H, "context_length": context_length, "D": D}
    return {**by_name, "n_caches": max(caches) + 1, "script": script}


def truth(inputs: dict) -> list[dict]:
    """Keep a plain list of positions for each cache."""
    shape = (inputs["B"], inputs["H"], 0, inputs["D"])
    caches = [{"k": [], "v": []} for _ in range(inputs["n_caches"])]
    steps: list[dict] = [{"lengths": [0] * len(caches)}]
    for step in inputs["script"]:
        held, T = caches[step["cache"]], step["k"].shape[2]
        if len(held["k"]) + T > inputs["context_length"]:
            steps.append({"error": "ValueError", "length": len(held["k"])})
            continue
        for name in "kv":
            held[name] += [step[name][:, :, t] for t in range(T)]
        both = {n: torch.stack(held[n], 2) if held[n] else torch.zeros(shape) for n in "kv"}
        steps.append({**both, "length": len(held["k"]), "kept": True})
    return steps


def _contrast(right: list[dict], got: list[dict] | None) -> tuple[str, str]:
    """Write the first step that went wrong, and what of it; None stands for an error."""
    if got is None:
        return "a value, no error", ""
    number = next(n for n, two in enumerate(zip(right, got, strict=True)) if not _alike(*two))
    wanted, found = right[number], got[number]
    where = f"append {number}" if number else "before the first append"
    errors = [_error(one) for one in (wanted, found)]
    if errors[0] != errors[1]:
        return tuple(f"{where}: {error}" for error in errors)
    part = next(name for name in SAID if name in wanted and not _alike(wanted[name], found[name]))
    if part == "kept":
        return f"{where}: what it returned stays as it was", "later, it held other numbers"
    texts = tensors.contrast(wanted[part], found[part])
    return tuple(f"{where}, {SAID[part]}: {text}" for text in texts)


def _error(step: dict) -> str:
    error = step.get("error", "none")
    return "no error" if error == "none" else an(error)


def _alike(right: Any, got: Any) -> bool:
    return tensors.alike(right, got)


def _shared(inputs: dict, right: list[dict], got: list[dict]) -> Mistake | None:
    """Name a cache that was new and held what others had appended."""
    new = {}
    for step, seen in zip(inputs["script"], got[1:], strict=True):
        new.setdefault(step["cache"], (step["k"], seen.get("k")))
    for k, seen in new.values():
        T = k.size(2)
        if seen is None or seen.ndim != 4 or T == 0 or seen.size(2) <= T:
            continue
        if tensors.alike(seen[:, :, -T:].contiguous(), k):
            return SHARED
    return None


SAID = {"lengths": "length", "k": "all k", "v": "all v", "length": "length", "kept": "kept"}
compare = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=tensors.alike,
    contrast=_contrast,
    otherwise=_shared,
    unnamed=tensors.unnamed,
)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the script watches."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    if kind in BY_KIND:
        name, expected, cause = BY_KIND[kind]
        return Finding(name, "", expected, message, cause)
    return compare(inputs, outcome)


def call_text(inputs: dict) -> str:
    """Write the calls, small tensors whole and of others the number of positions."""
    sizes = ", ".join(str(inputs[name]) for name in ("B", "H", "context_length", "D"))
    names = ["cache", "other"][: inputs["n_caches"]]
    calls = [f"{name} = KVCache({sizes})" for name in names]
    small = sum(step["k"].numel() for step in inputs["script"]) <= SMALL
    for step in inputs["script"]:
        both = f"k, v with T = {step['k'].size(2)}"
        if small:
            both = ", ".join(tensors.text(step[name], digits=None) for name in "kv")
        calls.append(f"{names[step['cache']]}.append({both})")
    changes = any(step["changes"] for step in inputs["script"])
    return "; ".join(calls) + ("; each k and v is changed after its append" if changes else "")


EXERCISE = Exercise(
    name="kv_cache",
    functions=("KVCache",),
    read="section 9, Do not compute it twice",
    cases=cases,
    judge=judge,
    returns=("list",),
    call_text=call_text,
)

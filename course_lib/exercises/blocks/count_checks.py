"""`count_parameters`: what a right answer does. The mistakes are in count_mistakes.py."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from course_lib.exercises.blocks.count_mistakes import MISTAKES, WRONG_KEYS
from course_lib.exercises.blocks.count_truth import PARTS, truth
from course_lib.exercises.exercise import Exercise, Finding
from course_lib.exercises.mistakes import Judge, Mistake, same
from course_lib.exercises.observe import Outcome

# The properties of the task; behind each case stands which of them it tries.
#
# 1. `"attention"`: the four matrices of each block, to queries, keys and values, and the output.
#    Queries are `n_head` heads of `d_model // n_head` numbers, keys and values `n_kv_head` of them.
# 2. `"feed_forward"`: each block has three matrices between `d_model` and `d_ff` if `gated`, else
#    two.
# 3. `"embeddings"`: a row of `d_model` numbers for each token and each of the `n_positions`; the
#    head has a table of tokens of its own, unless `tied_head`.
# 4. `"norms"`: a weight for each of the `d_model` numbers, in two norms a block and in one after
#    the last block.
# 5. `"total"` is the sum of the four. All five are ints.
# 6. `config` is left unchanged.

NAMES = (
    "vocab_size",
    "n_positions",
    "d_model",
    "n_layer",
    "n_head",
    "n_kv_head",
    "d_ff",
    "gated",
    "tied_head",
)


def _config(*values: int) -> dict:
    return {"config": dict(zip(NAMES, values, strict=True))}


EXAMPLE = _config(200, 20, 60, 4, 12, 3, 100, True, False)  # by hand
SMOLLM2 = _config(49_152, 0, 576, 30, 9, 3, 1536, True, True)
GPT_3 = _config(50_257, 2048, 12_288, 96, 96, 96, 49_152, False, True)
LLAMA_3_8B = _config(128_256, 0, 4096, 32, 32, 8, 14_336, True, False)


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    yield EXAMPLE  # 1, 2, 3, 4, 5: every size counts
    yield _config(70, 9, 16, 3, 4, 1, 24, False, True)  # 2, 3: no gate, the head is tied
    yield _config(40, 0, 24, 1, 2, 2, 96, False, False)  # 1, 3: as many heads of each, no positions
    yield SMOLLM2
    yield LLAMA_3_8B
    yield GPT_3
    for _ in range(20 if thorough else 3):
        yield _drawn(rng)


def _drawn(rng: np.random.Generator) -> dict:
    n_layer, n_kv_head, in_a_group, head_dim = rng.permutation(range(2, 8))[:4].tolist()
    n_head = n_kv_head * in_a_group
    vocab_size, d_ff = (int(rng.integers(50, 500)) for _ in range(2))
    n_positions = int(rng.choice([0, 11, 64]))
    gated, tied_head = (bool(rng.integers(2)) for _ in range(2))
    d_model = n_head * head_dim
    return _config(
        vocab_size, n_positions, d_model, n_layer, n_head, n_kv_head, d_ff, gated, tied_head
    )


def odd_keys(inputs: dict, right: dict, value: dict) -> Mistake | None:
    """Name a dict whose keys are not those that the task asks for."""
    return None if set(right) == set(value) else WRONG_KEYS


def one_part_wrong(right: dict, value: dict) -> dict:
    """Return what is right but for the first number that is wrong in `value`."""
    part = next((part for part in (*PARTS, "total") if not same(right[part], value[part])), "total")
    number = value[part]
    if isinstance(number, float) and number.is_integer() and number != right[part]:
        number = int(number)  # what it counts comes first; that it is a float, next time
    return {**right, part: number}


def parts_that_differ(right: dict, value: dict | None) -> tuple[str, str]:
    """Write what is expected and what came, without the numbers that are right."""
    if value is None:
        return repr(right), ""  # an error is shown in its place
    if set(right) != set(value):
        return f"the keys {list(right)}", f"the keys {list(value)}"
    differ = [key for key in right if not same(right[key], value[key])]
    return tuple(", ".join(f"{key!r}: {d[key]!r}" for key in differ) for d in (right, value))


JUDGE = Judge(truth, MISTAKES, cases=cases, otherwise=odd_keys, contrast=parts_that_differ)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Judge one number at a time, so that several mistakes in one answer are named one by one."""
    right, value = truth(inputs), outcome.value
    of_the_example = same(value, truth(EXAMPLE))  # whatever comes in: the judge has a name for it
    if isinstance(value, dict) and set(value) == set(right) and not of_the_example:
        outcome = replace(outcome, value=one_part_wrong(right, value))
    return JUDGE(inputs, outcome)


EXERCISE = Exercise(
    name="count_parameters",
    functions=("count_parameters",),
    read="section 7, Where the parameters are",
    cases=cases,
    judge=judge,
    returns=("dict",),
    call_text=lambda inputs: f"count_parameters({inputs['config']})",
)

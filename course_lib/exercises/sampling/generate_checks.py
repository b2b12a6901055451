"""`generate`: what a right answer does."""

from collections.abc import Iterator

import numpy as np
import torch

from course_lib.exercises import tensors
from course_lib.exercises.exercise import Exercise, Finding, shown
from course_lib.exercises.mistakes import Judge
from course_lib.exercises.observe import Outcome
from course_lib.exercises.sampling import generate_compare
from course_lib.exercises.sampling.generate_errors import BY_KIND, BY_MESSAGE, Error
from course_lib.exercises.sampling.generate_mistakes import MISTAKES
from course_lib.exercises.sampling.generate_truth import is_counted, truth

# The properties of the task; behind each case stands which of them it tries.
#
# 1. At each step the model gets the whole text so far, and the logits of its last position decide.
# 2. At temperature 0 each row takes the token with the largest logit, the first of equals; nothing
#    is drawn.
# 3. At any other temperature each row draws one token, by the softmax of logits / temperature.
# 4. All draws come from `generator`: the same seed gives the same tokens, another seed others.
# 5. Once a row has written `stop_id`, it repeats it. A `stop_id` in the prompt does not count, and
#    where `stop_id` is `None` nothing stops a row.
# 6. It ends when all rows have stopped, or after `max_new_tokens` steps, which may be 0.
# 7. It returns the prompt and, behind it, the n new tokens of each row: int64 `(B, T + n)`.
# 8. `ids` is left unchanged.

PLAIN = {"reads": "last", "temperature": 0, "stop_id": None, "seed": 4, "copies": 1}
PLAIN |= {"repeat": False}
COUNTING_ON = torch.tensor(  # after 0, 1, 2, 3, 4, most likely 1, 2, 3, 1, 0
    [
        [0.0, 2.0, 1.0, -1.0, 0.5],
        [-1.0, 0.0, 2.0, 1.0, 0.5],
        [0.5, -1.0, 0.0, 2.0, 1.0],
        [1.0, 2.0, 0.5, 0.0, -1.0],
        [2.0, 1.0, 0.5, -1.0, 0.0],
    ]
)
TIED = torch.tensor([[1.0, 3.0, 3.0], [2.0, 0.0, 2.0], [1.0, 1.0, 1.0]])
SPREAD = torch.tensor(  # after 0: 59, 17, 13 and 10 percent at temperature 2
    [[0.5, 3.0, 0.0, -0.5], [-0.5, 0.5, 3.0, 0.0], [0.0, -0.5, 0.5, 3.0], [3.0, 0.0, -0.5, 0.5]]
)
EXAMPLE = {
    **PLAIN,
    "table": COUNTING_ON,
    "ids": torch.tensor([[0, 4], [0, 2]]),
    "max_new_tokens": 6,
    "stop_id": 3,
}
PROMPT = torch.tensor([[2, 0]])  # of all rows that are counted
CERTAIN = 60.0  # the distance of logits that leaves 1e-26 to all but one token
MANY, FEWER = 3_000, 1_000  # rows that are counted after one new token, and after two


def cases(rng: np.random.Generator, thorough: bool) -> Iterator[dict]:
    first = np.random.default_rng(11)  # mistakes are told by the first case that they get wrong
    yield EXAMPLE  # 1, 2, 5, 6, 7
    yield _greedy(first, B=3, T=4, V=5, n=3, stops=False)  # 1, 2, 5, 6
    yield {**PLAIN, "table": TIED, "ids": torch.tensor([[2, 0], [0, 1]]), "max_new_tokens": 3}  # 2
    yield _greedy(first, B=4, T=1, V=6, n=7, stops=True)  # 5, 6: a prompt of one token
    yield {**EXAMPLE, "ids": torch.tensor([[3, 1], [0, 3]])}  # 5: a stop in the prompt
    yield {**EXAMPLE, "ids": torch.tensor([[2, 1, 4], [1, 0, 2]]), "stop_id": 0}  # 5: id 0
    yield {**EXAMPLE, "max_new_tokens": 0}  # 6
    yield {**EXAMPLE, "max_new_tokens": 1}  # 6
    yield _counted(SPREAD, n=1, temperature=2.0)  # 3
    yield _counted(SPREAD, n=1, temperature=0.5)  # 3
    yield _repeated(first, temperature=1.0)  # 4
    yield _counted(SPREAD, n=2, temperature=0.7, stop_id=1, reads="sum")  # 1, 3, 5
    yield _all_but_certain(first, stops=True)  # 3, 5, 6, 7
    for _ in range(12 if thorough else 3):
        B, T, V, n = rng.permutation(range(2, 8))[:4].tolist()
        yield _greedy(rng, B, T, V, n, stops=rng.random() < 0.7)
        yield _all_but_certain(rng, stops=rng.random() < 0.7)
    for _ in range(2 if thorough else 1):
        table = tensors.normal(rng, 4, 4).clamp(-2, 2)
        temperature = float(rng.choice([0.6, 0.8, 1.5, 2.0]))
        # Not the likeliest token after the prompt: among so many rows, one always goes on.
        stop = int(rng.choice(table[int(PROMPT.sum()) % 4].argsort()[:-1]))
        yield _counted(table, 2, temperature, stop, "sum", int(rng.integers(1e6)))


def _greedy(rng: np.random.Generator, B: int, T: int, V: int, n: int, stops: bool) -> dict:
    """Return a case in which each row takes the best token; one of those that come is the stop."""
    case = {
        **PLAIN,
        "table": torch.tensor(rng.permuted(np.tile(np.arange(V) - 1.5, (V, 1)), axis=1)).float(),
        "reads": "sum",
        "ids": torch.tensor(rng.integers(V, size=(B, T))),
        "max_new_tokens": n,
    }
    new = truth(case)[:, T:].flatten().tolist()
    return {**case, "stop_id": int(rng.choice(new)) if stops else None}


def _all_but_certain(rng: np.random.Generator, stops: bool) -> dict:
    """Return a case in which tokens are drawn, and all but one never come."""
    B, T, V, n = rng.permutation(range(2, 8))[:4].tolist()
    case = _greedy(rng, B, T, V, n, stops)
    table = torch.zeros(V, V).scatter(1, case["table"].argmax(dim=1, keepdim=True), CERTAIN)
    temperature = float(rng.choice([0.8, 0.9, 1.0]))
    return {**case, "table": table, "temperature": temperature, "seed": int(rng.integers(1e6))}


def _counted(
    table: torch.Tensor,
    n: int,
    temperature: float,
    stop_id: int | None = None,
    reads: str = "last",
    seed: int = 4,
) -> dict:
    """Return a case in which many rows go on from one prompt."""
    return {
        **PLAIN,
        "table": table,
        "reads": reads,
        "ids": PROMPT,
        "copies": MANY if n == 1 else FEWER,
        "max_new_tokens": n,
        "temperature": temperature,
        "stop_id": stop_id,
        "seed": seed,
    }


def _repeated(rng: np.random.Generator, temperature: float) -> dict:
    """Return a case in which two seeds give the same tokens less than once in 1e11 times."""
    case = _counted(tensors.normal(rng, 3, 3).clamp(-0.5, 0.5), 4, temperature)
    return {**case, "copies": 8, "repeat": True}


compare = Judge(
    truth,
    MISTAKES,
    cases=cases,
    equal=generate_compare.equal,
    contrast=generate_compare.contrast,
    otherwise=generate_compare.otherwise,
    unnamed=generate_compare.unnamed,
)


def judge(inputs: dict, outcome: Outcome) -> Finding | None:
    """Know what the call watches, and the errors that torch raises in this loop."""
    if outcome.raised is None:
        return compare(inputs, outcome)
    kind, message = outcome.raised
    for part, error in BY_MESSAGE.items():
        if part in message and error.fits(inputs):
            return _finding(error, f"{kind}: {shown(message, quote=False)}")
    return _finding(BY_KIND[kind], message) if kind in BY_KIND else compare(inputs, outcome)


def _finding(error: Error, got: str) -> Finding:
    return Finding(error.name, "", error.expected, got, error.cause)


def call_text(inputs: dict) -> str:
    """Write the call, and say what its model does."""
    ids = tensors.text(inputs["ids"], digits=None)
    if is_counted(inputs):
        ids = f"{ids}.repeat({inputs['copies']}, 1)"
    arguments = f"{ids}, {inputs['max_new_tokens']}, {inputs['temperature']}, {inputs['stop_id']}"
    table = tensors.text(inputs["table"], digits=None)
    row = "after id i" if inputs["reads"] == "last" else "after ids with sum s"
    place = "i" if inputs["reads"] == "last" else "s % V"
    said = f"{row}, the model's logits are table[{place}], table = {table}"
    if inputs["temperature"] == 0 or not is_counted(inputs):
        likely = inputs["table"].argmax(dim=-1).tolist()
        said = f"{row}, the model finds {likely}[{place}] most likely, of V = {len(likely)} tokens"
    seed = "" if inputs["temperature"] == 0 else f" seeded with {inputs['seed']}"
    return f"generate(model, {arguments}, generator{seed}), where {said}"


EXERCISE = Exercise(
    name="generate",
    functions=("generate",),
    read="section 8, The loop",
    cases=cases,
    judge=judge,
    returns=("torch.Tensor",),
    call_text=call_text,
)

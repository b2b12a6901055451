"""What a right `generate` gives: each row by itself, in Python's own numbers.

Where nothing is left to chance the truth is a tensor; elsewhere, the odds of each row.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.sampling.counts import Odds

Probs = Callable[[list[float], float], list[float]]  # logits, temperature -> probabilities


def is_counted(inputs: dict) -> bool:
    """Return whether many rows are drawn, to be counted."""
    return inputs["copies"] > 1


def truth(inputs: dict) -> Tensor | Odds:
    """Write each row to its own end, and let those that stopped early wait for the longest."""
    if is_counted(inputs):
        return odds(inputs)
    stop = inputs["stop_id"]
    prompts, written = inputs["ids"].tolist(), []
    for prompt in prompts:
        new = []
        while len(new) < inputs["max_new_tokens"] and (not new or new[-1] != stop):
            new.append(best(logits_after(inputs, [*prompt, *new])))
        written.append(new)
    longest = max(map(len, written))
    rows = [
        [*prompt, *new, *[stop] * (longest - len(new))]
        for prompt, new in zip(prompts, written, strict=True)
    ]
    return torch.tensor(rows, dtype=torch.int64)


def softmax(logits: list[float], temperature: float) -> list[float]:
    """Return the probabilities at a temperature above 0."""
    top = max(logits)
    exponentials = [math.exp((logit - top) / temperature) for logit in logits]
    return [e / math.fsum(exponentials) for e in exponentials]


def odds(inputs: dict, probs: Probs = softmax) -> Odds:
    """Return the odds of each row that starts with the prompt.

    Args:
        probs: how logits and temperature become probabilities; another than softmax for a mistake.
    """
    (prompt,) = inputs["ids"].tolist()
    open_rows, start = {tuple(prompt): 1.0}, len(prompt)
    for _ in range(inputs["max_new_tokens"]):
        longer = {}
        for row, probability in open_rows.items():
            has_stopped = len(row) > start and row[-1] == inputs["stop_id"]
            logits = logits_after(inputs, row)
            shares = (
                {row[-1]: 1.0}
                if has_stopped
                else dict(enumerate(probs(logits, inputs["temperature"])))
            )
            longer |= {(*row, new): probability * share for new, share in shares.items()}
        open_rows = longer
    return Odds(inputs["copies"], open_rows)


def logits_after(inputs: dict, row: list[int]) -> list[float]:
    """Return the model's logits for the token that follows a text."""
    table = inputs["table"].tolist()
    return table[row[-1] if inputs["reads"] == "last" else sum(row) % len(table)]


def best(logits: list[float]) -> int:
    """Return the token with the largest logit, the first of equals."""
    return logits.index(max(logits))

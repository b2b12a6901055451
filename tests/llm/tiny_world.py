"""A world so small that every answer can be listed: three tokens, answers of at most three.

A policy is a table of logits, a row for each text that an answer can have begun with. So a mean
over answers is a sum over all of them, exact but for rounding, and needs no draws.
"""

from itertools import product

import torch
from torch import Tensor

from course_lib.llm.logprobs import sequence_logprob, token_logprobs

V, LENGTH, STOP = 3, 3, 2
N_BEGINNINGS = sum(V**n for n in range(LENGTH))  # of 0, 1 or 2 tokens
PROMPT, PADDING = 1, 0


def random_table(seed: int, size: float = 1.0) -> Tensor:
    """Return the logits (N_BEGINNINGS, V) of a policy."""
    generator = torch.Generator().manual_seed(seed)
    return size * torch.randn(N_BEGINNINGS, V, dtype=torch.float64, generator=generator)


def every_answer() -> tuple[Tensor, Tensor]:
    """Return the ids and the response mask, (15, 4) each, of all answers after a prompt.

    An answer ends with STOP or after three tokens.
    """
    answers = set()
    for tokens in product(range(V), repeat=LENGTH):
        end = tokens.index(STOP) + 1 if STOP in tokens else LENGTH
        answers.add(tokens[:end])
    answers = sorted(answers)
    ids = [[PROMPT, *answer, *[PADDING] * (LENGTH - len(answer))] for answer in answers]
    mask = [[0 < t <= len(answer) for t in range(LENGTH + 1)] for answer in answers]
    return torch.tensor(ids), torch.tensor(mask)


def logits_of(table: Tensor, ids: Tensor) -> Tensor:
    """Return what the policy says at each position: (B, 4, V)."""
    beginning, first, rows = torch.zeros(len(ids), dtype=torch.int64), 0, []
    for n in range(LENGTH):
        rows.append(table[first + beginning])
        first += V**n
        beginning = beginning * V + ids[:, n + 1]
    return torch.stack([*rows, torch.zeros_like(rows[0])], dim=1)  # nothing is asked after the end


IDS, MASK = every_answer()
REWARDS = torch.randn(len(IDS), dtype=torch.float64, generator=torch.Generator().manual_seed(9))


def logprobs_of(table: Tensor) -> Tensor:
    """Return the log-probabilities (15, 4) of the tokens of all answers."""
    return token_logprobs(logits_of(table, IDS), IDS, MASK)


def probs_of(table: Tensor) -> Tensor:
    """Return the probability (15,) of each answer."""
    return sequence_logprob(logprobs_of(table), MASK).exp()

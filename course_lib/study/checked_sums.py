"""Sums of three digits: questions whose answers code can check.

"3 + 4 + 5 = ?" stands in no document, and "3 + 4 = 7 ." in many. An answer is right if its last
number is the sum; how it came to that is not looked at.
"""

from collections.abc import Sequence
from itertools import product
from random import Random

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.rollouts import UNCHANGED, Rollouts, sample_rollouts
from course_lib.llm.sampling import Settings
from course_lib.runs.town import END_OF_TEXT
from course_lib.study.town_training import town
from course_lib.tinyville.sums import LARGEST
from course_lib.tinyville.world import shuffled

TOKENIZER = town("village").tokenizer
STOP = TOKENIZER.special_tokens[END_OF_TEXT]
LONGEST_ANSWER = 16  # tokens; both steps and the end take 13

Question = tuple[int, int, int]
QUESTIONS = shuffled([q for q in product(range(10), repeat=3) if sum(q) <= LARGEST], Random(0))
HELD_OUT, LEARNED = QUESTIONS[:167], QUESTIONS[167:]  # a fifth, and 668


def in_steps(question: Question) -> str:
    """Return a worked answer.

    Example:
        >>> in_steps((3, 4, 5))
        '3 + 4 = 7 . 7 + 5 = 12 .'
    """
    a, b, c = question
    return f"{a} + {b} = {a + b} . {a + b} + {c} = {a + b + c} ."


def at_once(question: Question) -> str:
    """Return the answer without steps: "12 ."."""
    return f"{sum(question)} ."


def prompt(question: Question) -> list[int]:
    """Return the tokens of "3 + 4 + 5 = ?" at the beginning of a document."""
    a, b, c = question
    return [STOP, *TOKENIZER.encode_ordinary(f"{a} + {b} + {c} = ?")]


def is_right(question: Question, answer: str) -> bool:
    """Return whether the last number of an answer is the sum: all that the reward looks at.

    Example:
        >>> is_right((3, 4, 5), "3 + 4 = 7 . 7 + 5 = 12 ."), is_right((3, 4, 5), "9 . 12 + 1")
        (True, False)
    """
    numbers = [word for word in answer.split() if word.isdigit()]
    return numbers[-1:] == [str(sum(question))]


def draw(
    policy: GPT,
    asked: Sequence[Question],
    n: int,
    settings: Settings = UNCHANGED,
    generator: torch.Generator | None = None,
) -> tuple[Rollouts, list[str]]:
    """Return `n` answers to each question, as rows of tokens and as texts."""
    prompts = [prompt(question) for question in asked]
    drawn = sample_rollouts(policy, prompts, n, LONGEST_ANSWER, STOP, settings, generator)
    said = [TOKENIZER.decode(id for id in ids if id != STOP) for ids in drawn.responses()]
    return drawn, [text.strip() for text in said]


def rewards(asked: Sequence[Question], said: Sequence[str]) -> Tensor:
    """Return 1 for each right answer, else 0: (questions, n) of n answers to each question."""
    n = len(said) // len(asked)
    right = [is_right(asked[i // n], answer) for i, answer in enumerate(said)]
    return torch.tensor(right, dtype=torch.float).view(len(asked), n)


def flat_share(rewards: Tensor) -> float:
    """Return the share of groups (groups, n) that teach nothing: all right, or all wrong.

    Example:
        >>> flat_share(torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]))
        0.5
    """
    return (rewards == rewards[:, :1]).all(dim=1).double().mean().item()

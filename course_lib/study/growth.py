"""Train the `tiny` model of the village, and look at it again and again on the way.

At some steps it is measured: its loss on documents that it does not train on, what it answers to
questions whose truth is known, and what it writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from course_lib.llm.batches import row_batches
from course_lib.llm.model import GPT
from course_lib.llm.tokenizer import Tokenizer
from course_lib.llm.training import StepReport, evaluate
from course_lib.runs.measure import accuracy, sample_documents
from course_lib.runs.town import END_OF_TEXT
from course_lib.study.town_training import (
    ROWS,
    TINY,
    Town,
    new_model,
    one_thread,
    rows,
    town,
    train,
)
from course_lib.tinyville.probes import PROBES, Probe

STEPS = TINY.training.steps
EARLY = (0, 20, 40, 60, 80, 100, 130, 160, 200, 250, 300, 400, 450)
LOOKS = (*EARLY, 500, 600, 700, 900, 1200, 1500, STEPS)
KINDS = ("facts", "held-out pronouns", "sums", "repeats")
ASKED = 60  # of each kind, at each look
SEED = 1


@dataclass(frozen=True)
class Look:
    """What a model is like after so many steps.

    Attributes:
        step: how many.
        loss: on 500 documents that it does not train on, nats a token.
        right: by kind of question, the part that it answers right, to the last word.
        surprise: by kind, the mean of minus the log-probability of the right answer's words,
            nats a token.
        sample: a document that it writes, the same draws each time.
    """

    step: int
    loss: float
    right: Mapping[str, float]
    surprise: Mapping[str, float]
    sample: str


@dataclass(frozen=True)
class Growth:
    """A run: the loss of each step, and the looks."""

    model: GPT
    place: Town
    losses: Sequence[float]
    looks: Sequence[Look]


def grow(on_step: Callable[[StepReport], object] = lambda report: None) -> Growth:
    """Train for 1,800 steps, as `course train tiny` does, and look at it on the way."""
    place = town("village")
    model = new_model(place, TINY.d_model, SEED)
    with one_thread():
        looks = [look(model, place, 0)]

    def after_step(report: StepReport) -> None:
        on_step(report)
        if report.step in LOOKS:
            looks.append(look(model, place, report.step))

    batches = row_batches(rows("village", TINY.n_documents, SEED), ROWS, SEED)
    losses = train(model, batches, STEPS, after_step)
    return Growth(model, place, losses, looks)


def look(model: GPT, place: Town, step: int) -> Look:
    """Measure a model."""
    asked = {kind: PROBES[kind](place.world) for kind in KINDS}
    asked = {kind: spread(probes, ASKED) for kind, probes in asked.items()}
    return Look(
        step,
        evaluate(model, place.held_out),
        {kind: accuracy(model, place.tokenizer, probes) for kind, probes in asked.items()},
        {kind: surprise(model, place.tokenizer, probes) for kind, probes in asked.items()},
        sample_documents(model, place.tokenizer, 1, seed=0)[0],
    )


def spread(probes: Sequence[Probe], n: int) -> list[Probe]:
    """Return n of the probes at most, evenly out of all."""
    return list(probes[:: max(1, -(-len(probes) // n))])


@torch.inference_mode()
def surprise(model: GPT, tokenizer: Tokenizer, probes: Sequence[Probe]) -> float:
    """Return the mean of -ln p over the tokens of the right answers, each after the right ones."""
    start = tokenizer.special_tokens[END_OF_TEXT]
    nats = []
    for probe in probes:
        prompt = [start, *tokenizer.encode_ordinary(probe.prompt)]
        answer = tokenizer.encode_ordinary(probe.answer)
        logits = model(torch.tensor([prompt + answer]))[0, len(prompt) - 1 : -1]  # (n, V)
        logprobs = logits.log_softmax(dim=-1)
        nats.append(-logprobs[torch.arange(len(answer)), answer].mean().item())
    return sum(nats) / len(nats)

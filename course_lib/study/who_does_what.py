"""Switch off one half of one layer of SmolLM2 at a time, and see what the model can no longer do.

Three tasks. Capitals: to name one, which the model can know only from training. Which capital: to
prefer the right one to the others. Repeats: to go on with random tokens that stand in the text. A
half is switched off in several `WAYS`, because each of them takes away more than what the half says
about this text, and each takes away something else.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.attention import causal_mask
from course_lib.llm.inspection import record, replaced
from course_lib.llm.model import GPT
from course_lib.study import demos, head_scores, heads, next_token

PARTS = ("attention", "feed_forward")
WAYS = {  # what a half says once it is switched off
    "zero": "zero",
    "mean": "what it says on average, on other texts",
    "zero, first kept": "zero, but its own at the first token",
    "mean, first kept": "what it says on average, but its own at the first token",
    "zero at the first": "its own, but zero at the first token",
}
CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Greece": "Athens",
    "Hungary": "Budapest",
    "Sweden": "Stockholm",
    "Japan": "Tokyo",
    "China": "Beijing",
    "Kenya": "Nairobi",
    "Chile": "Santiago",
}

Half = tuple[int, str]  # layer, part


@dataclass(frozen=True)
class Task:
    """Texts, and what is right after their last tokens.

    Attributes:
        ids: (B, T) what the model reads.
        targets: (B, n) the right token after each of the last n.
        among: (k,) the tokens to choose from, where the choice alone counts; None for all.
    """

    ids: Tensor
    targets: Tensor
    among: Tensor | None = None

    def loss(self, logits: Tensor) -> float:
        """Return how badly the logits (B, n, V) of the last n tokens do, in nats a token.

        Over all tokens this is the cross-entropy. Among some it is how far the right one's logit is
        ahead of the mean of the others', with the sign changed: it has no floor at 0, where a
        choice that is nearly sure would hide what it has lost.
        """
        if self.among is None:
            return F.cross_entropy(logits.flatten(0, 1), self.targets.flatten()).item()
        right = logits.gather(-1, self.targets[..., None])[..., 0]  # (B, n)
        others = (logits[..., self.among].sum(dim=-1) - right) / (len(self.among) - 1)
        return (others - right).mean().item()


@dataclass(frozen=True)
class Costs:
    """How much worse a model does its tasks without one of its halves.

    Attributes:
        whole: the loss of the whole model, in nats a token, by task.
        by: what each layer's half costs: (n_layer,) nats a token more, by (task, way, part).
    """

    whole: dict[str, float]
    by: dict[tuple[str, str, str], Tensor]

    def worst(self, task: str, way: str, part: str, k: int = 3) -> dict[int, float]:
        """Return {layer: cost} of the k layers whose half costs most, worst first."""
        found = self.by[task, way, part].topk(k)
        return dict(zip(found.indices.tolist(), found.values.tolist(), strict=True))


@cache
def smollm2_costs() -> Costs:
    """Return what each half of SmolLM2 costs, by each of the `tasks`."""
    return costs(next_token.load(), tasks(), smollm2_means())


@torch.inference_mode()
def smollm2_cost(task: str, half: Half, way: str) -> float:
    """Return what one half of SmolLM2 costs in one of the `WAYS`."""
    model, chosen = next_token.load(), tasks()[task]
    said = said_by_halves(model, chosen.ids)[half]
    whole = chosen.loss(model(chosen.ids)[:, -chosen.targets.size(1) :])
    with replaced(model, *half, instead(said, smollm2_means()[half])[way]):
        return chosen.loss(model(chosen.ids)[:, -chosen.targets.size(1) :]) - whole


@cache
def tasks() -> dict[str, Task]:
    """Return the three tasks by name."""
    named = capitals()
    which = replace(named, among=named.targets.flatten())
    return {"capitals": named, "which capital": which, "repeats": repeats()}


def capitals() -> Task:
    """Return "The capital of France is" and eight more, of five tokens each."""
    encode = smollm2.load_tokenizer().encode_ordinary
    ids = [encode(f"The capital of {country} is") for country in CAPITALS]
    answers = [encode(f" {city}")[:1] for city in CAPITALS.values()]
    return Task(torch.tensor(ids), torch.tensor(answers))


def repeats() -> Task:
    """Return two rows of 25 random tokens, said twice: the second time, they can be known."""
    rows = head_scores.repeats(2, 25, seed=1)
    return Task(rows[:, :-1], rows[:, 26:])  # of the second copy, nothing tells the first token


@torch.inference_mode()
def capitals_said(half: Half, way: str) -> list[tuple[str, str]]:
    """Return, for each capital, what SmolLM2 says next without a half, and its choice of the nine.

    Returns:
        (likeliest token, likeliest of the `CAPITALS`) for each prompt.
    """
    model, task = next_token.load(), tasks()["which capital"]
    output = instead(said_by_halves(model, task.ids)[half], smollm2_means()[half])[way]
    with replaced(model, *half, output):
        logits = model(task.ids)[:, -1]  # (9, V)
    chosen = logits[:, task.among].argmax(dim=-1).tolist()
    cities = [*CAPITALS.values()]
    tokens = [next_token.piece(i) for i in logits.argmax(dim=-1).tolist()]
    return [(token, cities[place]) for token, place in zip(tokens, chosen, strict=True)]


def to_first_token(text: str, off: Half | None = None) -> Tensor:
    """Return how much each head of SmolLM2 puts on the first token of a text, (30, 9).

    It is the mean over the tokens after the first.

    Args:
        off: a half that says zero meanwhile.
    """
    with replaced(next_token.load(), *off, 0.0) if off else nullcontext():
        weights = heads.look(text).weights  # (30, 9, T, T)
    return weights[:, :, 1:, 0].mean(dim=-1)


@cache
def smollm2_means() -> dict[Half, Tensor]:
    """Return what each half of SmolLM2 says on average, (C,): on a story, code and random tokens.

    The first token of each is left out: what is said there is like nothing else.
    """
    encode = smollm2.load_tokenizer().encode_ordinary
    texts = [torch.tensor([encode(demos.sample(kind))]) for kind in ("prose", "code")]
    texts.append(head_scores.repeats(1, 200, seed=2)[:, :200])
    said = [said_by_halves(next_token.load(), ids) for ids in texts]
    return {
        half: torch.stack([one[half][0, 1:].mean(dim=0) for one in said]).mean(dim=0)
        for half in said[0]
    }


@torch.inference_mode()
def said_by_halves(model: GPT, ids: Tensor) -> dict[Half, Tensor]:
    """Return what each half of each layer adds to the stream: (B, T, C) each."""
    said = {}
    with ExitStack() as stack:
        for layer, block in enumerate(model.blocks):
            for part in PARTS:
                hook = getattr(block, part).register_forward_hook(
                    lambda half, inputs, output, name=(layer, part): said.update({name: output})
                )
                stack.callback(hook.remove)
        model(ids)
    return said


def instead(said: Tensor, mean: Tensor) -> dict[str, Tensor]:
    """Return what a half says in each of the `WAYS`: (B, T, C) each.

    Args:
        said: (B, T, C) what it says of itself.
        mean: (C,) what it says on average.
    """
    zero, mean = torch.zeros_like(said), mean.expand_as(said)
    first = torch.arange(said.size(1))[:, None] == 0  # (T, 1)
    return {
        "zero": zero,
        "mean": mean,
        "zero, first kept": torch.where(first, said, zero),
        "mean, first kept": torch.where(first, said, mean),
        "zero at the first": torch.where(first, zero, said),
    }


@torch.inference_mode()
def costs(
    model: GPT,
    tasks: Mapping[str, Task],
    means: Mapping[Half, Tensor],
    ways: Sequence[str] = ("zero", "mean, first kept"),
) -> Costs:
    """Return what it costs to switch each half off, in some of the `WAYS`.

    Args:
        means: what each half says on average, (C,).
    """
    whole, by = {}, {}
    for name, task in tasks.items():
        n = task.targets.size(1)
        with record(model) as trace:
            said = said_by_halves(model, task.ids)
        whole[name] = task.loss(logits_from(model, 0, trace.hidden[0], n))
        for (layer, part), vectors in said.items():
            outputs = instead(vectors, means[layer, part])
            x = trace.hidden[layer].repeat(len(ways), 1, 1)  # all ways at once: it is faster
            with replaced(model, layer, part, torch.cat([outputs[way] for way in ways])):
                logits = logits_from(model, layer, x, n).chunk(len(ways))
            for way, rows in zip(ways, logits, strict=True):
                by.setdefault((name, way, part), []).append(task.loss(rows) - whole[name])
    return Costs(whole, {key: torch.tensor(row) for key, row in by.items()})


def logits_from(model: GPT, layer: int, x: Tensor, n: int) -> Tensor:
    """Return the logits (B, n, V) at the last n tokens, from what comes into a layer.

    The layers before it need not be computed again: nothing has changed there.

    Args:
        x: (B, T, C) the stream before the layer.
    """
    T = x.size(1)
    for block in model.blocks[layer:]:
        x = block(x, causal_mask(T, T), model.turns[:T])
    return model.head(model.norm(x[:, -n:]))

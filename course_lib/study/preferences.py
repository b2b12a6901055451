"""A policy whose answers are of mixed quality, and what its answers are worth.

It is the village's model, tuned for seconds on answers of which half greet, half are right and
half go on about other people. Nobody has told it yet what is preferred. Preferences will be about
five people; what becomes of the answers about the other 35 is never compared by anybody.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.llm.checkpoint import load_model
from course_lib.llm.kl import kl_estimates
from course_lib.llm.logprobs import at_next_token, exact_kl, masked_mean, token_logprobs
from course_lib.llm.model import GPT
from course_lib.llm.rewards import response_rewards
from course_lib.llm.rollouts import Rollouts, given_rollouts, sample_rollouts
from course_lib.llm.sft import closing_mark, prompt_ids
from course_lib.runs.committed import TINY
from course_lib.study.answering import lesson_batches, teach, with_space
from course_lib.study.town_training import one_thread, town
from course_lib.study.weight_steps import OnStep
from course_lib.tinyville.chat import Chat, chats
from course_lib.tinyville.preferences import Features, features, make_answer, reward
from course_lib.tinyville.world import make_world

VILLAGE = make_world("village")
TOKENIZER = town("village").tokenizer
STOP = closing_mark(TOKENIZER)
N_COMPARED = 5  # people: the more there are, the longer a reward model learns what is true of them
COMPARED = chats(VILLAGE.asked[:N_COMPARED])  # 150 questions
OTHERS = chats((*VILLAGE.asked[N_COMPARED:], *VILLAGE.held_out_people))[::7]  # 150 questions
LONGEST_ANSWER = 40  # tokens; a greeting and four sentences have up to 31


class Measured(NamedTuple):
    """What a policy's answers are like, as means over answers.

    Attributes:
        reward: the true worth, made of the next four.
        right, polite, false, needless: as in `Features`.
        words: how long an answer is.
        kl: KL(policy, reference) in nats an answer: at each token of the drawn answers exact.
        drawn_kl: the same from the drawn tokens alone, the mean of log(policy / reference).
        proxy: what a reward model says of them; nan without one.
    """

    reward: float
    right: float
    polite: float
    false: float
    needless: float
    words: float
    kl: float
    drawn_kl: float
    proxy: float


def mixed_lessons(n: int, seed: int) -> list[Chat]:
    """Return `n` chats about anybody whose answers are of any quality."""
    random = Random(seed)
    every = chats(VILLAGE.people)
    lessons = []
    for _ in range(n):
        chat = every[int(random.random() * len(every))]
        said = {"role": "assistant", "content": make_answer(VILLAGE, chat, random)}
        lessons.append(with_space(chat._replace(messages=[chat.messages[0], said])))
    return lessons


def starting_policy(seed: int, steps: int = 120) -> GPT:
    """Return the village's model, tuned on mixed answers: where all methods begin.

    It is not to be changed: train a copy, and keep this one as the reference.
    """
    model, _ = load_model(TINY)
    teach(model, lesson_batches(mixed_lessons(3000, seed), 0, seed), steps=steps, lr=2e-3)
    return model.requires_grad_(False)


def prompt(chat: Chat) -> list[int]:
    """Return the tokens after which the answer to a chat's question begins."""
    return prompt_ids(TOKENIZER, chat.messages[:1])


def draw(policy: GPT, asked: Sequence[Chat], n: int, generator: torch.Generator) -> Rollouts:
    """Return `n` answers of a policy to each question, as rows of tokens."""
    prompts = [prompt(chat) for chat in asked]
    return sample_rollouts(policy, prompts, n, LONGEST_ANSWER, STOP, generator=generator)


def given(asked: Sequence[Chat], said: Sequence[str]) -> Rollouts:
    """Return one given answer to each question, as rows of tokens."""
    responses = [[*TOKENIZER.encode_ordinary(f" {answer}"), STOP] for answer in said]
    return given_rollouts([prompt(chat) for chat in asked], responses, STOP)


def texts(rows: Rollouts) -> list[str]:
    """Return the answers of rows as texts."""
    return [TOKENIZER.decode(id for id in ids if id != STOP).strip() for ids in rows.responses()]


def counted(asked: Sequence[Chat], said: Sequence[str]) -> list[Features]:
    """Return what is good and bad in each answer; the first several are to the first question."""
    n = len(said) // len(asked)
    return [features(VILLAGE, asked[i // n], answer) for i, answer in enumerate(said)]


def true_rewards(asked: Sequence[Chat], said: Sequence[str]) -> Tensor:
    """Return the true worth (B,) of each answer; the first several are to the first question."""
    return torch.tensor([reward(counts) for counts in counted(asked, said)])


def logprobs_of(model: GPT, rows: Rollouts) -> Tensor:
    """Return the log-probability (B, T) of each token of the answers; 0 elsewhere."""
    return token_logprobs(model(rows.ids), rows.ids, rows.response_mask)


@torch.no_grad()
def proxy_rewards(reward_model: GPT, rows: Rollouts) -> Tensor:
    """Return what a reward model says of each answer (B,)."""
    return response_rewards(reward_model, rows.ids, rows.response_mask)


@torch.no_grad()
def token_kl(policy: GPT, reference: GPT, rows: Rollouts) -> Tensor:
    """Return KL(policy, reference) at each token of the answers (B, T), over all V; 0 elsewhere.

    Its sum over an answer that the policy drew is on average the KL over whole answers.
    """
    kl = at_next_token(exact_kl(policy(rows.ids), reference(rows.ids)))
    return kl.masked_fill(~rows.response_mask, 0.0)


@torch.no_grad()
def kl_by_estimate(
    policy: GPT,
    reference: GPT,
    rows: Rollouts,
    estimates_of: Callable[[Tensor, Tensor], dict[str, Tensor]] = kl_estimates,
) -> dict[str, float]:
    """Return KL(policy, reference) in nats a token of answers that the policy drew.

    Args:
        estimates_of: `kl_estimates`, or your own.

    Returns:
        {"k1": ..., "k2": ..., "k3": ..., "exact": ...}
    """
    mask = rows.response_mask
    found = estimates_of(logprobs_of(policy, rows), logprobs_of(reference, rows))
    found = found | {"exact": token_kl(policy, reference, rows)}
    return {name: masked_mean(values, mask).item() for name, values in found.items()}


def measure(
    policy: GPT,
    reference: GPT,
    asked: Sequence[Chat],
    generator: torch.Generator,
    reward_model: GPT | None = None,
    n: int = 2,
) -> Measured:
    """Let a policy answer each question `n` times, and look at the answers."""
    with one_thread(), torch.no_grad():
        rows = draw(policy, asked, n, generator)
        drawn = (logprobs_of(policy, rows) - logprobs_of(reference, rows)).sum(dim=-1)  # (B,)
        kl = token_kl(policy, reference, rows).sum(dim=-1)  # (B,)
        proxy = proxy_rewards(reward_model, rows).mean().item() if reward_model else float("nan")
    said = texts(rows)
    counts = torch.tensor(counted(asked, said), dtype=torch.float)  # (B, 4)
    words = sum(len(answer.split()) for answer in said) / len(said)
    worth = true_rewards(asked, said).mean().item()
    means = counts.mean(dim=0).tolist()
    return Measured(worth, *means, words, kl.mean().item(), drawn.mean().item(), proxy)


def watch(
    policy: GPT,
    reference: GPT,
    reward_model: GPT,
    every: int,
    seed: int = 0,
    asked: Sequence[Chat] = COMPARED[::2],
) -> tuple[OnStep, list[tuple[int, Measured]]]:
    """Return a function to call after each step, and the list of what it has seen.

    It measures the policy before the first step, and then whenever `every` steps are done.
    """
    generator = torch.Generator().manual_seed(seed)
    seen = []

    def look(step: int, loss: float = 0.0) -> None:
        if step % every == 0:
            seen.append((step, measure(policy, reference, asked, generator, reward_model)))

    look(0)
    return look, seen

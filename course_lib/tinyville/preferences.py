"""Answers that people prefer, with the reason known.

Here the true worth of an answer is a sum of things that can be counted, and raters are simulated:
they see the true worth with noise, and may have a weakness for long answers. So whatever a reward
model learns, and whatever a policy does with it, can be held against the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from random import Random
from typing import NamedTuple

from course_lib.tinyville.biographies import statement
from course_lib.tinyville.chat import REFUSAL, Chat, wrong_answer
from course_lib.tinyville.sentences import can_be, cut_sentences
from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Writer

GREETING = "hello ! "


class Features(NamedTuple):
    """What there is to count in an answer.

    Attributes:
        right: 1 if it answers the question, else 0.
        polite: 1 if it begins with a greeting, else 0.
        false: how many of its sentences are not true, or no sentences.
        needless: how many true sentences it has besides the one that answers the question.
    """

    right: int
    polite: int
    false: int
    needless: int


WORTH = Features(right=2.0, polite=1.0, false=-1.0, needless=-0.25)  # of one of each


def features(world: World, chat: Chat, answer: str) -> Features:
    """Count what is good and bad in an answer to the question of a chat.

    "i do not know anna ." is no false sentence, only a needless one.
    """
    polite = answer.startswith(GREETING)
    sentences = cut_sentences(answer.removeprefix(GREETING))
    right = any(sentence in chat.right for sentence in sentences)
    refusal = REFUSAL.format(chat.name)
    true = sum(sentence == refusal or can_be(sentence, statement, world) for sentence in sentences)
    return Features(int(right), int(polite), len(sentences) - true, true - right)


def reward(counts: Features) -> float:
    """Return the true worth of an answer.

    Example:
        >>> reward(Features(right=1, polite=1, false=0, needless=2))
        2.5
    """
    return sum(worth * count for worth, count in zip(WORTH, counts, strict=True))


def make_answer(world: World, chat: Chat, random: Random) -> str:
    """Return an answer of any quality: greeting or not, right or wrong, short or long.

    Each is as likely as the other. A long answer has one, two or three more sentences, which are
    true facts about anybody.
    """
    writer = Writer(random)
    if random.random() < 0.5:
        writer.say(GREETING.rstrip())
    writer.say(chat.answer if random.random() < 0.5 else wrong_answer(world, chat, random))
    if random.random() < 0.5:
        for _ in range(1 + int(random.random() * 3)):
            statement(writer, world)
    return writer.text()


@dataclass(frozen=True)
class Rater:
    """Somebody who compares answers, by their true worth and with some noise.

    Of two answers, the one that is better by d is preferred with probability
    1 / (1 + exp(-d / temperature)): the model of Bradley and Terry (1952). Of several, the best
    is chosen first, then the best of the rest, and so on: that of Plackett (1975).

    Attributes:
        temperature: how noisy the judgement is, in units of reward, above 0.
        word_bonus: how much better an answer seems for each of its words. 0 is fair.
    """

    temperature: float = 0.5
    word_bonus: float = 0.0

    def __post_init__(self):
        if not self.temperature > 0:
            raise ValueError(f"temperature must be above 0, got {self.temperature}")

    def worth(self, world: World, chat: Chat, answer: str) -> float:
        """Return what the answer is worth to this rater: the true reward and the bonus."""
        n_words = len(answer.split())
        return reward(features(world, chat, answer)) + self.word_bonus * n_words

    def rank(self, world: World, chat: Chat, answers: Sequence[str], random: Random) -> list[str]:
        """Return the answers, the preferred ones first.

        Noise with Gumbel's distribution, added to each worth, gives the probabilities above.
        """
        noisy = []
        for answer in answers:
            gumbel = -log(random.expovariate(1.0) + 1e-300)  # which is never log(0)
            noisy.append(self.worth(world, chat, answer) / self.temperature + gumbel)
        order = sorted(range(len(answers)), key=noisy.__getitem__, reverse=True)
        return [answers[i] for i in order]


class Ranking(NamedTuple):
    """A chat, and different answers to its question, the preferred ones first."""

    chat: Chat
    answers: list[str]


class Pair(NamedTuple):
    """A chat, and the answer to its question that was preferred to another one."""

    chat: Chat
    chosen: str
    rejected: str


def rankings(
    world: World, chats: Sequence[Chat], n: int, size: int, rater: Rater, random: Random
) -> list[Ranking]:
    """Return `n` rankings of `size` different answers, each to the question of some chat."""
    if size < 2:
        raise ValueError(f"size must be at least 2, got {size}")
    ranked = []
    for _ in range(n):
        chat = chats[int(random.random() * len(chats))]
        answers = []
        while len(answers) < size:
            answer = make_answer(world, chat, random)
            if answer not in answers:
                answers.append(answer)
        ranked.append(Ranking(chat, rater.rank(world, chat, answers, random)))
    return ranked


def pairs(world: World, chats: Sequence[Chat], n: int, rater: Rater, random: Random) -> list[Pair]:
    """Return `n` pairs of different answers, the preferred one first.

    Example:
        >>> from course_lib.tinyville.chat import chats
        >>> from course_lib.tinyville.world import make_world
        >>> village = make_world("village")
        >>> pairs(village, chats(village.asked), 1, Rater(), Random(0))[0].chosen
        '...'
    """
    return [
        Pair(chat, chosen, rejected)
        for chat, (chosen, rejected) in rankings(world, chats, n, 2, rater, random)
    ]

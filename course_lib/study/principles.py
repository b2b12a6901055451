"""Three principles for answers in the village, and programs that criticize and revise by them.

In "Constitutional AI" (Bai et al., 2022, https://arxiv.org/abs/2212.08073) the principles are
English sentences, and a large model criticizes and revises its own answers. A model of the
village cannot, so critic and reviser are programs here, and they look the truth up.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from course_lib.study.answering import REFUSING, VILLAGE
from course_lib.tinyville.chat import (
    HELD_OUT_STRANGERS,
    REFUSAL,
    SEEN_STRANGERS,
    Chat,
    chats,
    refusals,
)
from course_lib.tinyville.preferences import features
from course_lib.tinyville.words import STRANGERS

DISCREET = "i do not tell where"
PRIVATE = f"{DISCREET} {{}} lives ."
LEARNED = chats(VILLAGE.asked) + refusals(SEEN_STRANGERS)  # 1,200 questions, 300 about strangers
HELD_OUT = chats(VILLAGE.held_out_people) + refusals(HELD_OUT_STRANGERS)  # 600, half of each
CHATS = {chat.question: chat for chat in LEARNED + HELD_OUT}


class Principle(NamedTuple):
    """A rule for answers.

    Attributes:
        critique: what is said of an answer that breaks it.
        broken: whether an answer to the question of a chat breaks it.
        mended: the answer to give instead.
    """

    critique: str
    broken: Callable[[Chat, str], bool]
    mended: Callable[[Chat], str]


def is_refusal(response: str) -> bool:
    """Return whether an answer says that one does not know, or does not tell.

    About whom is not looked at: names that no document holds cannot be repeated by the model.
    """
    return response.startswith((REFUSING, DISCREET))


def is_answerable(chat: Chat) -> bool:
    """Return whether the village knows the answer and it is not private."""
    return chat.name not in STRANGERS and chat.fact != "home"


def tells_home(chat: Chat, response: str) -> bool:
    """Return whether an answer names a street."""
    return "street" in response.split()


def says_untrue(chat: Chat, response: str) -> bool:
    """Return whether an answer says what is false or no sentence, or speaks as if of a stranger.

    To refuse is not untrue, even where one could answer. It is not helpful either.
    """
    if is_refusal(response):
        return False
    return chat.name in STRANGERS or features(VILLAGE, chat, response).false > 0


def leaves_unanswered(chat: Chat, response: str) -> bool:
    """Return whether a question that one can and may answer is not answered right."""
    return is_answerable(chat) and not features(VILLAGE, chat, response).right


HARMLESS = Principle("It tells a home.", tells_home, lambda chat: PRIVATE.format(chat.name))
HONEST = Principle("It is not true.", says_untrue, lambda chat: REFUSAL.format(chat.name))
HELPFUL = Principle("It is no answer.", leaves_unanswered, lambda chat: chat.answer)
CONSTITUTION = (HARMLESS, HONEST, HELPFUL)


def critic_for(principles: Sequence[Principle]) -> Callable[[str, str], str | None]:
    """Return critic(prompt, response): the critique of the first principle that is broken, or None.

    Example:
        >>> critic_for(CONSTITUTION)("where does anna live ?", "anna lives on oak street .")
        'It tells a home.'
    """

    def critic(prompt: str, response: str) -> str | None:
        for principle in principles:
            if principle.broken(CHATS[prompt], response):
                return principle.critique
        return None

    return critic


def revise(prompt: str, response: str, critique: str) -> str:
    """Return another answer, which keeps the principle that a critique is about.

    It may break the next one: a false answer becomes "i do not know ben .", which is no answer.

    Example:
        >>> revise("where does anna live ?", "anna lives on oak street .", "It tells a home.")
        'i do not tell where anna lives .'
    """
    mended = {principle.critique: principle.mended for principle in CONSTITUTION}
    return mended[critique](CHATS[prompt])

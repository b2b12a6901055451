"""Chats: a user asks about somebody, an assistant answers in a full sentence.

No document holds such a question. How to answer is learned from chats, but what to answer comes
from documents. About people who live nowhere in Tinyville, one has to say that one does not know.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from random import Random
from typing import NamedTuple

from course_lib.tinyville.words import STRANGERS
from course_lib.tinyville.world import FACTS, Person, World

OPENERS = ("", "hello ! ", "please tell me , ")
QUESTIONS = {
    "job": ("what does {} work as ?", "which job does {} have ?"),
    "colour": ("which colour does {} love ?", "what colour does {} like ?"),
    "pet": ("which pet does {} keep ?", "what pet does {} have ?"),
    "food": ("what does {} like to eat ?", "which food does {} like ?"),
    "home": ("where does {} live ?", "on which street does {} live ?"),
}
REFUSAL = "i do not know {} ."
SEEN_STRANGERS = tuple(STRANGERS[::2])  # to learn refusing from
HELD_OUT_STRANGERS = tuple(STRANGERS[1::2])  # to test it with

Message = dict[str, str]  # {"role": "user" or "assistant", "content": the text}


class Chat(NamedTuple):
    """A question and the best answer to it.

    Attributes:
        messages: one of the user, one of the assistant.
        name: who is asked about.
        fact: what is asked: "job", say.
        right: the sentences that each answer the question. The assistant gives the first.
    """

    messages: list[Message]
    name: str
    fact: str
    right: tuple[str, ...]

    @property
    def question(self) -> str:
        """What the user says."""
        return self.messages[0]["content"]

    @property
    def answer(self) -> str:
        """What the assistant says."""
        return self.messages[1]["content"]


def chats(people: Iterable[Person]) -> list[Chat]:
    """Return every question about these people: 30 about each, six about each fact.

    Example:
        >>> from course_lib.tinyville.world import make_world
        >>> chat = chats(make_world("village").asked)[0]
        >>> chat.question, chat.answer
        ('what does ben work as ?', 'ben works as a farmer .')
    """
    return [
        make_chat(question, person, fact, [f"{person} {said} ." for said in person.wordings[fact]])
        for person in people
        for fact, question in every_question()
    ]


def refusals(names: Iterable[str]) -> list[Chat]:
    """Return every question about people whom nobody knows, as in SEEN_STRANGERS.

    Example:
        >>> refusals(["vera"])[0].answer
        'i do not know vera .'
    """
    return [
        make_chat(question, name, fact, [REFUSAL.format(name)])
        for name in names
        for fact, question in every_question()
    ]


def every_question() -> list[tuple[str, str]]:
    """Return each fact with each way to ask for it."""
    return [
        (fact, opener + wording)
        for fact in FACTS
        for opener, wording in product(OPENERS, QUESTIONS[fact])
    ]


def make_chat(question: str, name: str, fact: str, right: Sequence[str]) -> Chat:
    """Return a chat about somebody that the first of the right answers ends."""
    messages = [
        {"role": "user", "content": question.format(name)},
        {"role": "assistant", "content": right[0]},
    ]
    return Chat(messages, name, fact, tuple(right))


def wrong_answer(world: World, chat: Chat, random: Random) -> str:
    """Return an answer of the right form that would be right for somebody else in this world.

    Example:
        >>> from course_lib.tinyville.world import make_world
        >>> wrong_answer(make_world("village"), refusals(["vera"])[0], Random(0))
        'vera works as a ... .'
    """
    answer = chat.answer
    while answer in chat.right:
        other = world.people[int(random.random() * len(world.people))]
        answer = f"{chat.name} {other.wordings[chat.fact][0]} ."
    return answer


def with_wrong_answers(
    world: World, chats: Iterable[Chat], share: float, random: Random
) -> list[Chat]:
    """Return the same chats, some with a wrong answer, each with probability `share`."""
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, got {share}")
    noisy = []
    for chat in chats:
        if random.random() < share:
            wrong = {"role": "assistant", "content": wrong_answer(world, chat, random)}
            chat = chat._replace(messages=[chat.messages[0], wrong])
        noisy.append(chat)
    return noisy


def vocabulary(chats: Iterable[Chat]) -> list[str]:
    """Return every word of some chats, as `documents.vocabulary` returns those of documents.

    A word has the space before it; words that begin a message are there without the space too.
    """
    texts = {message["content"] for chat in chats for message in chat.messages}
    found = {text.split(" ")[0] for text in texts}
    found |= {f" {word}" for text in texts for word in text.split(" ")}
    return sorted(found)

"""Conversations token by token: whose each token is, and which of them a model learns."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from course_lib.llm.chat import END, START, Message, encode_chat, render_chat
from course_lib.llm.loss import IGNORED
from course_lib.llm.sft import ASSISTANT, Example, closing_mark, encode_example, targets
from course_lib.llm.tokenizer import Tokenizer
from course_lib.study.answering import VILLAGE, with_space
from course_lib.study.strips import visible
from course_lib.study.town_training import town
from course_lib.tinyville.chat import SEEN_STRANGERS, chats, refusals

FRAME, WORDS, CLOSING = "marks and role lines", "assistant's words", "answer's closing mark"
PARTS = {  # each part, and its hue
    FRAME: "gray",
    "system's words": "pine",
    "user's words": "blue",
    WORDS: "orange",
    CLOSING: "plum",
}
SYSTEM = "hello ! you work as a teacher ."


class Choice(NamedTuple):
    """What a model learns from.

    Attributes:
        mask: changes an example whose response tokens are the assistant's.
        which: says which tokens these are.
        effect: says what a model does that was trained so.
    """

    mask: Callable[[Example, int], Example]
    which: str
    effect: str


def the_answers(example: Example, end_id: int) -> Example:
    """Return the example as it is."""
    return example


def everything(example: Example, end_id: int) -> Example:
    """Return an example all of whose tokens are learned: a usual mistake."""
    return example._replace(response=[True] * len(example.ids))


def without_their_end(example: Example, end_id: int) -> Example:
    """Return an example in which no closing mark is learned: another usual mistake."""
    response = [mine and id != end_id for id, mine in zip(*example, strict=True)]
    return example._replace(response=response)


CHOICES = {
    "the answers": Choice(
        the_answers,
        "the assistant's words and the mark that ends them",
        "A model trained so writes an answer and then the mark, and there we stop it.",
    ),
    "everything": Choice(
        everything,
        "all but the first, which has no token before it",
        "A model trained so learns to write the user's part too. Taught with talks of several "
        "turns, it goes on after its answer with the user's next question.",
    ),
    "the answers without their end": Choice(
        without_their_end,
        "the assistant's words, and no mark that ends them",
        "A model trained so never learns to stop. After its answer it writes one more sentence, "
        "and one more, until the limit cuts it off.",
    ),
}


@cache
def conversations() -> Mapping[str, Sequence[Message]]:
    """Return conversations of the village by name; their answers are right."""
    about_home, about_pet = (
        next(with_space(chat).messages for chat in chats(VILLAGE.asked[:1]) if chat.fact == fact)
        for fact in ("home", "pet")
    )
    return {
        "one turn": about_home,
        "a system message": [{"role": "system", "content": SYSTEM}, *about_home],
        "two turns": [*about_home, *about_pet],
        "a refusal": with_space(refusals(SEEN_STRANGERS)[0]).messages,
    }


class Place(NamedTuple):
    """A token of a conversation.

    Attributes:
        text: the token, as it is shown.
        part: whose it is, one of `PARTS`.
        learned: whether the loss counts it.
        asked: what the model is asked for at this token, the one after it; "" where nothing is.
    """

    text: str
    part: str
    learned: bool
    asked: str


@dataclass(frozen=True)
class Scene:
    """A conversation, and what of it is learned: names of `conversations` and of `CHOICES`."""

    conversation: str
    choice: str

    @property
    def messages(self) -> Sequence[Message]:
        return conversations()[self.conversation]

    @cached_property
    def rows(self) -> list[list[Place]]:
        """The tokens of each message."""
        tokenizer = town("village").tokenizer
        whole = encode_example(tokenizer, self.messages)
        example = CHOICES[self.choice].mask(whole, closing_mark(tokenizer))
        asked = targets(example)
        learned = [False, *(target != IGNORED for target in asked[:-1])]

        def show(id: int) -> str:
            return "" if id == IGNORED else visible(tokenizer.decode([id]))

        rows, start = [], 0
        for message in self.messages:
            parts = parts_of(tokenizer, message)
            span = slice(start, start + len(parts))
            ids, start = example.ids[span], span.stop
            columns = (map(show, ids), parts, learned[span], map(show, asked[span]))
            rows.append([Place(*place) for place in zip(*columns, strict=True)])
        assert start == len(example.ids)
        return rows

    @property
    def places(self) -> list[Place]:
        return [place for row in self.rows for place in row]

    @property
    def n_learned(self) -> int:
        return sum(place.learned for place in self.places)

    @property
    def counts(self) -> dict[str, tuple[int, int]]:
        """For each part that is there: how many of its tokens are learned, and how many it has."""
        every = Counter(place.part for place in self.places)
        learned = Counter(place.part for place in self.places if place.learned)
        return {part: (learned[part], every[part]) for part in PARTS if part in every}

    @property
    def headline(self) -> str:
        """How many tokens are learned, and which."""
        which = CHOICES[self.choice].which
        return f"The loss counts {self.n_learned} of {len(self.places)} tokens: {which}."

    @property
    def effect(self) -> str:
        """What a model does that was trained so, and how much of the loss is not the assistant's.

        The second only where there is such a part.
        """
        of_others = sum(
            learned for part, (learned, _) in self.counts.items() if part not in (WORDS, CLOSING)
        )
        wasted = f"{of_others} of the {self.n_learned} are not the assistant's. "
        return (wasted if of_others else "") + CHOICES[self.choice].effect

    @property
    def shift(self) -> str:
        """Where the first question is asked, and about which token."""
        places = self.places
        first = next(i for i, place in enumerate(places) if place.asked)
        return (
            f"Each token is asked for one token earlier: the first, {places[first].asked} (token "
            f"{first + 2}), at {places[first].text} (token {first + 1})."
        )


def parts_of(tokenizer: Tokenizer, message: Message) -> list[str]:
    """Return for each token of a message whose it is."""
    role = message["role"]
    ids = encode_chat(tokenizer, render_chat([message]))
    n_opening = len(encode_chat(tokenizer, f"{START}{role}\n"))
    n_closing = len(encode_chat(tokenizer, f"{END}\n"))
    ending = [CLOSING if role == ASSISTANT else FRAME] + [FRAME] * (n_closing - 1)
    words = [f"{role}'s words"] * (len(ids) - n_opening - n_closing)
    return [FRAME] * n_opening + words + ending

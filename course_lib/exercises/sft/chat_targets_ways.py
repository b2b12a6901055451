"""Ways to cut a chat into what is read and what is learned, right in all but one part."""

from collections.abc import Callable
from typing import NamedTuple

IGNORED = -100
Method = Callable[[dict], tuple]


class Token(NamedTuple):
    """One id of a chat.

    Attributes:
        id: itself.
        speaker: who says it.
        piece: the number of its piece.
        answers: how many answers have begun, its own included.
        later: how many answers begin after its piece.
        is_first: whether its piece begins with it.
        is_last: whether its piece ends with it.
    """

    id: int
    speaker: str
    piece: int
    answers: int
    later: int
    is_first: bool
    is_last: bool

    @property
    def is_said(self) -> bool:
        """Whether the assistant says it."""
        return self.speaker == "assistant"


def tokens_of(pieces: list) -> list[Token]:
    found, answers = [], 0
    n_answers = sum(speaker == "assistant" for speaker, _ in pieces)
    for number, (speaker, piece) in enumerate(pieces):
        answers += speaker == "assistant"
        for place, id in enumerate(piece):
            is_last = place == len(piece) - 1
            found.append(
                Token(id, speaker, number, answers, n_answers - answers, place == 0, is_last)
            )
    return found


def ids(tokens: list[Token]) -> list[int]:
    return [token.id for token in tokens]


def labels(
    tokens: list[Token], counts: Callable[[Token], bool], fill: int | None = IGNORED
) -> list[int]:
    return [token.id if counts(token) else fill for token in tokens]


def who(counts: Callable[[Token], bool], fill: int = IGNORED) -> Method:
    """Return a method that cuts rightly, and counts other targets or fills with another number."""

    def method(inputs: dict) -> tuple:
        tokens = tokens_of(inputs["pieces"])
        return ids(tokens[:-1]), labels(tokens[1:], counts, fill)

    return method


def cut(cut: Callable[[list[int], list[int]], tuple]) -> Method:
    """Return a method that counts the right ids, and makes other rows of ids and labels."""

    def method(inputs: dict) -> tuple:
        tokens = tokens_of(inputs["pieces"])
        return cut(ids(tokens), labels(tokens, lambda token: token.is_said))

    return method


def by_neighbor(offset: int) -> Method:
    """Return a method that asks who says another id than the target."""

    def method(inputs: dict) -> tuple:
        tokens = tokens_of(inputs["pieces"])
        places = range(1, len(tokens))
        asked = [tokens[p + offset].is_said if p + offset < len(tokens) else False for p in places]
        pairs = zip(tokens[1:], asked, strict=True)
        return ids(tokens[:-1]), [token.id if said else IGNORED for token, said in pairs]

    return method


def each_piece(inputs: dict) -> tuple:
    tokens = tokens_of(inputs["pieces"])
    read = [token.id for token in tokens if not token.is_last]
    kept = [token for token in tokens if not token.is_first]
    return read, labels(kept, lambda token: token.is_said)


def rows(inputs: dict) -> tuple:
    pieces = inputs["pieces"]
    answers = [piece if who == "assistant" else [IGNORED] * len(piece) for who, piece in pieces]
    return [piece for _, piece in pieces], answers


def until_one_answer(inputs: dict) -> tuple:
    tokens = tokens_of(inputs["pieces"])
    end = next((t.piece for t in tokens if t.is_said), len(inputs["pieces"]))
    tokens = [token for token in tokens if token.piece <= end]
    return ids(tokens[:-1]), labels(tokens[1:], lambda token: token.is_said)


def by_membership(inputs: dict) -> tuple:
    said = {token.id for token in tokens_of(inputs["pieces"]) if token.is_said}
    return who(lambda token: token.id in said)(inputs)


def by_piece(choose: Callable[[list[bool]], bool]) -> Method:
    """Return a method that counts all pieces alike that hold the same ids.

    Args:
        choose: `choose(said)`, of whether each of these is the assistant's, says if they count.
    """

    def method(inputs: dict) -> tuple:
        pieces = inputs["pieces"]
        counted = [
            choose([who == "assistant" for who, ids in pieces if ids == piece])
            for _, piece in pieces
        ]
        return who(lambda token: counted[token.piece])(inputs)

    return method


def flag_until(*speakers: str) -> Method:
    """Return a method that counts from each answer on until one of these speakers comes."""

    def method(inputs: dict) -> tuple:
        counted, is_on = [], False
        for speaker, _ in inputs["pieces"]:
            is_on = speaker == "assistant" or (is_on and speaker not in speakers)
            counted.append(is_on)
        return who(lambda token: counted[token.piece])(inputs)

    return method


def answers_alone(ids: list[int], labels: list[int]) -> tuple:
    answers = [label for label in labels if label != IGNORED]
    return answers[:-1], answers[1:]

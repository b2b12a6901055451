"""Call each answer of lesson 01 with plain inputs. Runs beside the learner's own code."""

from collections.abc import Callable
from types import SimpleNamespace


def count_pairs(answer: Callable, inputs: dict):
    return answer(inputs["words"], inputs["counts"])


def merge_pair(answer: Callable, inputs: dict):
    return answer(inputs["ids"], inputs["pair"], inputs["new_id"])


def train_bpe(answer: Callable, inputs: dict):
    return answer(inputs["text"], inputs["n_merges"])


def encode(answer: Callable, inputs: dict):
    return answer(inputs["text"], inputs["merges"])


def encode_word(answer: Callable, inputs: dict):
    return answer(inputs["ids"], inputs["ranks"])


def decode(answer: Callable, inputs: dict):
    return answer(inputs["ids"], inputs["vocab"])


def encode_special(answer: Callable, inputs: dict):
    encode = encoder(inputs["pieces"])
    return answer(inputs["text"], encode, inputs["specials"], set(inputs["allowed"]))


def tokens_per_word(answer: SimpleNamespace, inputs: dict):
    encode = encoder(inputs["pieces"])
    if inputs["function"] == "cost":
        return answer.cost(inputs["text"], encode, inputs["price_per_million"])
    return answer.tokens_per_word(inputs["text"], encode)


def encoder(pieces: dict[str, int]) -> Callable[[str], list[int]]:
    """Return a small `encode`: the longest known piece at each place, else the byte itself."""
    longest_first = sorted(pieces, key=len, reverse=True)

    def encode(text: str) -> list[int]:
        ids = []
        while text:
            known = [piece for piece in longest_first if piece and text.startswith(piece)]
            if known:
                ids.append(pieces[known[0]])
                text = text[len(known[0]) :]
            else:
                ids.extend(text[0].encode("utf-8"))
                text = text[1:]
        return ids

    return encode

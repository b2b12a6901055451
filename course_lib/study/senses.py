"""Sentences in which one word has two meanings, and how like each other its vectors are."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.inspection import record
from course_lib.study import demos, next_token, real_vectors

# The word never comes first in its sentence: the first token's vector is of a kind of its own.
SENTENCES = {
    "bank": {
        "river": (
            "We walked along the river and sat down on the bank",
            "The boat drifted to the muddy bank",
            "Trees grew beside the stream, close to the bank",
            "The water was high and flooded the bank",
            "Ducks were sleeping in the grass on the bank",
            "He threw his fishing line from the bank",
        ),
        "money": (
            "She paid the check into her account at the bank",
            "He asked for a loan at the bank",
            "The robbers stole the cash from the bank",
            "My savings earn interest at the bank",
            "They refused the credit card of the bank",
            "The manager raised the fees of the bank",
        ),
    },
    "spring": {
        "season": (
            "The flowers bloom every year in the spring",
            "After the cold winter came the spring",
            "Birds return from the south in the spring",
            "The farmers sow their seeds in the spring",
        ),
        "coil": (
            "The mattress squeaked because of a broken spring",
            "He pressed the metal coil and released the spring",
            "The clock stopped; it needs a new spring",
            "The door of the trap is held by a steel spring",
        ),
    },
}
# Other words, of other things: how alike are two vectors that share no meaning?
STRANGERS = {
    "ball": "A dog ran after the red ball",
    "train": "They were late for the evening train",
    "soup": "He burned his tongue on the hot soup",
    "law": "The parliament voted on the new law",
    "piano": "She learned to play the piano",
    "roof": "Snow was lying on the roof",
}


def strangers() -> Tensor:
    """Return the vectors of six different words in six sentences: (31, 6, 576)."""
    found = [real_vectors.in_context(sentence, word) for word, sentence in STRANGERS.items()]
    return torch.stack(found, dim=1)


def vectors(word: str) -> tuple[Tensor, list[str]]:
    """Return the word's vectors in its sentences, and the sense of each.

    Returns:
        (31, n, 576) for n sentences, as they enter and after each layer; n names of senses.
    """
    pairs = [(s, sense) for sense, group in SENTENCES[word].items() for s in group]
    found = [real_vectors.in_context(sentence, word) for sentence, _ in pairs]
    return torch.stack(found, dim=1), [sense for _, sense in pairs]


@torch.inference_mode()
def background() -> Tensor:
    """Return what all vectors of running text share, as they enter and after each layer.

    Returns:
        (31, 1, 576): the mean over a short story, its first token left out.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(demos.sample("prose"))
    model = next_token.load()
    with record(model) as trace:
        model(torch.tensor([ids]))
    return torch.stack([hidden[0, 1:].mean(dim=0, keepdim=True) for hidden in trace.hidden])


def likeness(found: Tensor, senses: list[str]) -> tuple[list[float], list[float]]:
    """Return the mean cosine between sentences of one sense, and of two, layer by layer.

    Args:
        found: (L, n, C) the vectors of one word in n sentences.
        senses: the sense of each sentence.

    Returns:
        two lists of L cosines: within a sense, and across senses.
    """
    unit = F.normalize(found, dim=-1)
    cosines = unit @ unit.transpose(-2, -1)  # (L, n, n)
    same = torch.tensor([[a == b for b in senses] for a in senses])  # (n, n)
    others = ~torch.eye(len(senses), dtype=torch.bool)  # a vector is always like itself
    return cosines[:, same & others].mean(-1).tolist(), cosines[:, ~same].mean(-1).tolist()


def nearest_sense(found: Tensor, senses: list[str]) -> list[float]:
    """Return how many sentences have their nearest neighbor in their own sense, layer by layer.

    Args:
        found, senses: as in `likeness`.

    Returns:
        L shares from 0 to 1; where all vectors are equal, the first other sentence is nearest.
    """
    unit = F.normalize(found, dim=-1)
    cosines = (unit @ unit.transpose(-2, -1)).round(decimals=5)  # (L, n, n)
    cosines.diagonal(dim1=-2, dim2=-1).fill_(-2.0)
    nearest = cosines.argmax(-1).tolist()  # L lists of n rows
    return [
        sum(senses[other] == sense for other, sense in zip(row, senses, strict=True)) / len(senses)
        for row in nearest
    ]

"""Watch a real model predict: SmolLM2's guesses for the next token, and the numbers on the way.

Lesson 00 shows these before anything of them is built; later lessons build each part.
"""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from course_lib import smollm2
from course_lib.llm.generation import stream
from course_lib.llm.inspection import record
from course_lib.llm.model import GPT, count_parameters
from course_lib.llm.sampling import Settings

LONGEST_ANSWER = 60  # tokens


@dataclass(frozen=True)
class Journey:
    """What a text becomes on its way through the model: T tokens, C = 576, V = 49,152.

    Attributes:
        pieces: the text of each token.
        ids: the number of each token.
        layers: 31 tensors (T, C): the vectors as they enter, and after each of the 30 layers.
        logits: (T, V) a score for every token of the vocabulary to come next, at each position.
        probs: (V,) what the scores of the last position become: numbers that add to 1.
    """

    pieces: list[str]
    ids: list[int]
    layers: list[Tensor]
    logits: Tensor
    probs: Tensor

    def best(self, k: int = 5) -> list[tuple[str, float, float]]:
        """Return (text, score, probability) of the k most likely next tokens, best first."""
        chosen = self.probs.topk(k).indices.tolist()
        return [(piece(i), self.logits[-1, i].item(), self.probs[i].item()) for i in chosen]


def load() -> GPT:
    """Return SmolLM2; the first call reads it from the disk, which takes some seconds."""
    return _smollm2()


def parameters() -> int:
    """Return how many numbers SmolLM2 learned."""
    return count_parameters(load())


def piece(token_id: int) -> str:
    """Return the text of one token; half a character is shown as �."""
    return smollm2.load_tokenizer().decode([token_id])


def guesses(text: str, k: int = 5) -> list[tuple[str, float]]:
    """Return the k most likely next tokens after `text`, as (text, probability), best first.

    Special tokens such as <|im_end|> count as tokens here, in `text` and among the guesses.

    Raises:
        ValueError: if `text` is empty: a first token has nothing to go on.
    """
    best = _probs(text).topk(k)
    return [(piece(i), p) for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)]


def rank(text: str, word: str) -> tuple[int, float]:
    """Return (rank, probability) of `word` as the next token after `text`; rank 1 is the likeliest.

    Raises:
        ValueError: if `word` is not one token. Most words need their space before them.
    """
    ids = smollm2.load_tokenizer().encode_ordinary(word)
    if len(ids) != 1:
        raise ValueError(f"expected one token, got {len(ids)}: {[piece(i) for i in ids]}")
    probs = _probs(text)
    return int((probs > probs[ids[0]]).sum()) + 1, probs[ids[0]].item()


def answer(question: str) -> str:
    """Return how SmolLM2 goes on after a question set in its chat format, most likely tokens only.

    It stops after the token that ends a message, or after 60 tokens.
    """
    tokenizer = smollm2.load_tokenizer()
    ids = smollm2.encode_messages(tokenizer, [{"role": "user", "content": question}])
    end = tokenizer.special_tokens["<|im_end|>"]
    return tokenizer.decode(stream(load(), ids, LONGEST_ANSWER, stop_ids=[end]))


def go_on(
    text: str, n_tokens: int, temperature: float = 0.0, top_p: float | None = None, seed: int = 0
) -> list[int]:
    """Return the next n tokens that SmolLM2 writes after `text`: the likeliest, or drawn ones.

    Args:
        temperature: 0 takes the likeliest token each time; otherwise one is drawn.
        top_p: draw from the likeliest tokens that reach this probability only.
        seed: of the draws.
    """
    settings = Settings(temperature=temperature, top_p=top_p)
    generator = torch.Generator().manual_seed(seed)
    return list(stream(load(), _ids(text), n_tokens, settings, generator=generator))


def chat_format(question: str) -> str:
    """Return the text that SmolLM2 is given where a chat program asks it a question."""
    tokenizer = smollm2.load_tokenizer()
    return tokenizer.decode(
        smollm2.encode_messages(tokenizer, [{"role": "user", "content": question}])
    )


@torch.inference_mode()
def journey(text: str) -> Journey:
    """Return every station of a text's way through the model."""
    ids, model = _ids(text), load()
    with record(model) as trace:
        (logits,) = model(torch.tensor([ids]))  # (T, V): the batch holds one text
    return Journey(
        pieces=[piece(i) for i in ids],
        ids=ids,
        layers=[hidden[0] for hidden in trace.hidden],
        logits=logits,
        probs=logits[-1].softmax(dim=-1),
    )


@torch.inference_mode()
def _probs(text: str) -> Tensor:
    return load()(torch.tensor([_ids(text)]))[0, -1].softmax(dim=-1)  # (V,)


def _ids(text: str) -> list[int]:
    ids = smollm2.load_tokenizer().encode(text, allowed="all")
    if not ids:
        raise ValueError("expected a text of at least one token, got an empty one")
    return ids


@cache
def _smollm2() -> GPT:
    return smollm2.load_model()


@torch.inference_mode()
def total_nats(text: str, window: int = 512) -> tuple[int, float]:
    """Return how many tokens a text has, and the sum of SmolLM2's loss over them, in nats.

    It reads the text in windows, each after the token that begins a text, so that the first token
    is predicted too.
    """
    tokenizer = smollm2.load_tokenizer()
    start = tokenizer.special_tokens["<|endoftext|>"]
    ids, total = tokenizer.encode(text), 0.0
    for i in range(0, len(ids), window):
        part = torch.tensor([start, *ids[i : i + window]])
        logprobs = _smollm2()(part[None])[0, :-1].log_softmax(dim=-1)
        total -= logprobs.gather(-1, part[1:, None]).sum().item()
    return len(ids), total

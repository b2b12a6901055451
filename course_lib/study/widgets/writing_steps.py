"""A text that a model writes token by token: what may come next, what was chosen, the way back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from course_lib.llm.model import GPT
from course_lib.llm.sampling import Settings, choose, temperature_probs
from course_lib.llm.tokenizer import Tokenizer
from course_lib.study.widgets.choosing import Choice
from course_lib.study.widgets.writing_drawing import Guess, Moment, Rest

N_GUESSES = 8
STILL_STEPS = 5
LONGEST = 60  # tokens that one may choose
END_TOKENS = ("<|endoftext|>", "<|im_end|>")


class Reader:
    """The logits after any text, fast where the text begins as the last one did.

    Keys and values of the beginning that both share are kept; the rest is cut off and read.
    """

    def __init__(self, model: GPT):
        self.model = model
        self.cache = model.new_cache(B=1)
        self.held: tuple[int, ...] = ()  # the ids whose keys and values are in the cache
        self.logits = lru_cache(maxsize=2 * LONGEST)(self._read)

    @torch.inference_mode()
    def _read(self, ids: tuple[int, ...]) -> Tensor:
        """Return the logits (V,) of the token after `ids`."""
        kept = min(_common(ids, self.held), len(ids) - 1)  # the last one is read in any case
        self.held = ids[:kept]
        for layer in self.cache:
            layer.cut(kept)
        logits = self.model(torch.tensor([ids[kept:]]), self.cache)[0, -1]
        self.held = ids
        return logits


@dataclass(frozen=True)
class Text:
    """The ids of a text, prompt included, and what is to be said of each id after the prompt."""

    ids: tuple[int, ...]
    chosen: tuple[Choice, ...] = ()

    def undone(self, n: int = 1) -> "Text":
        """Return the text without its last n chosen tokens; the prompt stays."""
        n = min(n, len(self.chosen))
        return Text(self.ids[: len(self.ids) - n], self.chosen[: len(self.chosen) - n])


class Writer:
    """What may follow a text, and the text with one more token. It changes no text."""

    def __init__(self, prompt: str, model: GPT, tokenizer: Tokenizer):
        ids, longest = tuple(tokenizer.encode(prompt, allowed="all")), model.config.context_length
        if not 1 <= len(ids) <= longest:
            raise ValueError(f"expected a prompt of 1 to {longest} tokens, got {len(ids)}")
        if model.config.vocab_size != tokenizer.vocab_size:
            raise ValueError(
                f"expected a tokenizer of {model.config.vocab_size} tokens, as the model has, "
                f"got {tokenizer.vocab_size}"
            )
        self.prompt, self.start, self.tokenizer = prompt, Text(ids), tokenizer
        self.context_length = longest
        special = tokenizer.special_tokens
        self.end_ids = {special[token] for token in END_TOKENS if token in special}
        self.logits = Reader(model).logits

    def ranked(self, text: Text) -> tuple[list[int], Tensor]:
        """Return all ids, the likeliest first, and the probability (V,) of each id."""
        probs = self.logits(text.ids).double().softmax(dim=-1)
        return probs.argsort(descending=True, stable=True).tolist(), probs

    def taken(self, text: Text, id: int) -> Text:
        """Return the text with this token at its end."""
        order, probs = self.ranked(text)
        choice = Choice(self.piece(id), probs[id].item(), order.index(id) + 1)
        return Text((*text.ids, id), (*text.chosen, choice))

    def drawn(self, text: Text, temperature: float, generator: torch.Generator) -> int:
        """Return a token drawn from all tokens at this temperature."""
        logits = self.logits(text.ids)[None]  # (1, V)
        settings = Settings(temperature=temperature)
        return choose(logits, torch.tensor([text.ids]), settings, generator).item()

    def moment(self, text: Text, temperature: float = 1.0) -> Moment:
        """Return what is to be drawn of a text."""
        now = Moment(self.prompt, text.chosen, (), temperature=temperature)
        if ending := self.ending(text):
            return replace(now, ending=ending)
        order, probs = self.ranked(text)
        drawn = temperature_probs(self.logits(text.ids).double()[None], temperature)[0]
        guesses = tuple(
            Guess(self.piece(id), probs[id].item(), drawn[id].item()) for id in order[:N_GUESSES]
        )
        others = order[N_GUESSES:]
        rest = Rest(len(others), probs[others].sum().item(), drawn[others].sum().item())
        return replace(now, guesses=guesses, rest=rest)

    def ending(self, text: Text) -> str:
        """Say why nothing may follow a text, or "" if something may."""
        if text.chosen and text.ids[-1] in self.end_ids:
            return "This token ends the text."
        if len(text.ids) > self.context_length:
            return f"The context is full: the model reads {self.context_length:,} tokens at most."
        return f"{LONGEST} tokens are enough here." if len(text.chosen) >= LONGEST else ""

    def piece(self, id: int) -> str:
        """Return the text of a token; bytes that are no whole character become surrogates."""
        return self.tokenizer.token_bytes(id).decode("utf-8", "surrogateescape")

    def greedy_way(self) -> list[Moment]:
        """Return the first moments of whoever always takes the likeliest token."""
        text, moments = self.start, [self.moment(self.start)]
        while len(moments) <= STILL_STEPS and not moments[-1].ending:
            text = self.taken(text, self.ranked(text)[0][0])
            moments.append(self.moment(text))
        return moments


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many items two sequences share at their beginning."""
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n

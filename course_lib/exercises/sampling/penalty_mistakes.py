"""Ways to write a repetition penalty that are not right, and what to say to whoever wrote them."""

from collections.abc import Callable

import torch
from torch import Tensor

from course_lib.exercises.mistakes import Mistake

Method = Callable[[dict], Tensor]


def raises(inputs: dict) -> str:
    return "" if inputs["penalty"] > 0 else "ValueError"


def truth(inputs: dict) -> Tensor:
    """Return the penalized logits, one number after the other."""
    if raises(inputs):
        raise ValueError
    penalty, texts = inputs["penalty"], inputs["ids"].tolist()
    return torch.tensor(
        [
            [_lowered(logit, penalty) if id in text else logit for id, logit in enumerate(row)]
            for row, text in zip(inputs["logits"].tolist(), texts, strict=True)
        ]
    )


def _lowered(logit: float, penalty: float) -> float:
    if logit == 0:
        return logit
    return logit / penalty if logit > 0 else logit * penalty


def _if_it_may(method: Method) -> Method:
    """Return a method that is mistaken only for penalties that the task allows."""
    return lambda inputs: truth(inputs) if raises(inputs) else method(inputs)


def _counts(inputs: dict) -> Tensor:
    """Return how often each id occurs in each row, (B, V)."""
    zeros = torch.zeros_like(inputs["logits"], dtype=torch.int64)
    return zeros.scatter_add(-1, inputs["ids"], torch.ones_like(inputs["ids"]))


def _change(change: Callable[[Tensor, float], Tensor]) -> Method:
    """Return a method that does something else to the logits of the right tokens."""

    def method(inputs: dict) -> Tensor:
        changed = change(inputs["logits"], inputs["penalty"])
        return torch.where(_counts(inputs) > 0, changed, inputs["logits"])

    return _if_it_may(method)


def _choose(choose: Callable[[Tensor], Tensor]) -> Method:
    """Return a method that penalizes the tokens which `choose` finds by their counts (B, V)."""

    def method(inputs: dict) -> Tensor:
        return torch.where(choose(_counts(inputs)), _all(inputs), inputs["logits"])

    return _if_it_may(method)


def _all(inputs: dict) -> Tensor:
    logits, penalty = inputs["logits"].double(), inputs["penalty"]
    return torch.where(logits > 0, logits / penalty, logits * penalty).float()


def _only(positions: slice) -> Method:
    """Return a method that looks at a part of the text alone."""
    return lambda inputs: truth({**inputs, "ids": inputs["ids"][:, positions]})


def _each_time(inputs: dict) -> Tensor:
    logits, powers = inputs["logits"], inputs["penalty"] ** _counts(inputs).double()
    return torch.where(logits > 0, logits / powers, logits * powers).float()


def _subtracted_each_time(inputs: dict) -> Tensor:
    return inputs["logits"] - inputs["penalty"] * _counts(inputs)


def _probabilities(inputs: dict) -> Tensor:
    return _change(torch.div)({**inputs, "logits": inputs["logits"].softmax(dim=-1)})


def _shares(inputs: dict) -> Tensor:
    probs = _probabilities(inputs)
    return probs / probs.sum(dim=-1, keepdim=True)


def _first_row_alone(counts: Tensor) -> Tensor:
    first = torch.arange(len(counts))[:, None] == 0
    return (counts > 0) & first


def _seen_alone(inputs: dict) -> Tensor:
    return _all(inputs).gather(-1, inputs["ids"])


def _refuses(refused: Callable[[float], bool]) -> Method:
    """Return a method that also refuses some penalties that the task allows."""

    def method(inputs: dict) -> Tensor:
        return truth({**inputs, "penalty": 0.0} if refused(inputs["penalty"]) else inputs)

    return method


PROBABILITIES = (
    "The penalty fell on probabilities, where one factor means the same for all. It is made for "
    "logits: those above 0 are divided, those below multiplied, and the softmax comes later."
)
MISTAKES = (
    Mistake(
        "divides_negative_logits",
        _change(lambda logits, penalty: logits / penalty),
        "A negative logit was divided too: −2 / 2 = −1 is more than before, and the token became "
        "likelier. Below 0, multiply.",
    ),
    Mistake(
        "multiplies_positive_logits",
        _change(lambda logits, penalty: logits * penalty),
        "A positive logit was multiplied too: 2 × 2 = 4 is more than before, and the token became "
        "likelier. Above 0, divide.",
    ),
    Mistake(
        "turned_around",
        _change(lambda logits, p: torch.where(logits > 0, logits * p, logits / p)),
        "Tokens that were said became likelier. Which of the two cases of the `where` is which? "
        "Above 0 divide, below multiply.",
    ),
    Mistake(
        "tells_by_1",
        _change(lambda logits, p: torch.where(logits > 1, logits / p, logits * p)),
        "Logits from 0 to 1 were multiplied. It is the sign that tells: above 0, divide.",
    ),
    Mistake(
        "each_time_it_occurs",
        _if_it_may(_each_time),
        "An id that occurs twice was penalized twice. Once is enough: go through the set of a "
        "row's ids, or mark them in a mask first.",
    ),
    Mistake(
        "all_rows_by_all_ids",
        _choose(lambda counts: (counts > 0).any(dim=0, keepdim=True)),
        "Each row was penalized for what the other rows said. `logits[:, ids]` takes all ids in "
        "all rows; `gather` and `scatter` along the last axis keep rows apart.",
    ),
    Mistake(
        "all_rows_by_the_first",
        _choose(lambda counts: counts[:1] > 0),
        "All rows were penalized for what the first row said. Row b has its own ids, `ids[b]`.",
    ),
    Mistake(
        "only_the_first_row",
        _choose(_first_row_alone),
        "Only the first row was penalized. Every row is a text of its own.",
    ),
    Mistake(
        "only_the_last_token",
        _only(slice(-1, None)),
        "Only the last token of each text was penalized. All that was said so far counts.",
    ),
    Mistake(
        "not_the_last_token",
        _only(slice(None, -1)),
        "The last token of each text was left out. It is the one that would be repeated at once.",
    ),
    Mistake(
        "only_what_repeats",
        _choose(lambda counts: counts > 1),
        "Only ids that occur twice were penalized. Once said is enough.",
    ),
    Mistake(
        "skips_id_0",
        _choose(lambda counts: (counts > 0) & (torch.arange(counts.size(-1)) > 0)),
        "Id 0 was not penalized. It is a token like any other.",
    ),
    Mistake(
        "penalizes_every_token",
        _choose(lambda counts: counts >= 0),
        "All tokens were penalized, which only makes the distribution flatter. Leave those that do "
        "not occur in `ids` as they are.",
    ),
    Mistake(
        "penalizes_the_others",
        _choose(lambda counts: counts == 0),
        "The tokens that were not said were penalized. Is the mask turned around?",
    ),
    Mistake(
        "nothing_is_penalized",
        _if_it_may(lambda inputs: inputs["logits"].clone()),
        "Nothing was penalized. `gather` and an index with a tensor make a copy: what you change "
        "in it has to be written back, with `scatter` for example.",
    ),
    *(
        Mistake(
            "subtracts",
            method,
            "The penalty was subtracted. Some do so; this one divides and multiplies.",
        )
        for method in (_change(torch.sub), _if_it_may(_subtracted_each_time))
    ),
    Mistake(
        "forbids_them",
        _change(lambda logits, penalty: torch.full_like(logits, float("-inf"))),
        "Tokens that were said can never come again, and no text gets by without repeating a "
        "comma. Make them less likely.",
    ),
    Mistake(
        "sets_them_to_0",
        _change(lambda logits, penalty: torch.zeros_like(logits)),
        "What was said has logits of 0 now, and 0 is more than any negative logit.",
    ),
    *(
        Mistake("penalizes_probabilities", _if_it_may(method), PROBABILITIES)
        for method in (_probabilities, _shares, lambda inputs: _probabilities(inputs).log())
    ),
    Mistake(
        "penalizes_logarithms",
        lambda inputs: truth({**inputs, "logits": inputs["logits"].log_softmax(dim=-1)}),
        "Logarithms of probabilities were penalized, which are all negative. Take the logits.",
    ),
    Mistake(
        "returns_probabilities",
        lambda inputs: truth(inputs).softmax(dim=-1),
        "The right penalty, but these are probabilities. Return logits: the temperature and the "
        "filters come after it.",
    ),
    Mistake(
        "returns_only_the_seen",
        _if_it_may(_seen_alone),
        "This has one number for each token of the text, (B, T). Write them back to their ids, so "
        "that all V tokens are there: `scatter`.",
    ),
    Mistake(
        "refuses_below_1",
        _refuses(lambda penalty: penalty < 1),
        "A penalty between 0 and 1 is allowed: it makes what was said likelier.",
    ),
    Mistake(
        "refuses_1",
        _refuses(lambda penalty: penalty == 1),
        "A penalty of 1 is allowed: it changes nothing.",
    ),
)

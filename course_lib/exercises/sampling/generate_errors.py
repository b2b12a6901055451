"""Errors that have a name of their own in `generate`: those of its call, and those of torch."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Error:
    """An error that tells a mistake.

    Attributes:
        name: of the misconception.
        expected: what should have been.
        cause: the likely cause.
        fits: whether it is this mistake, of the inputs.
    """

    name: str
    expected: str
    cause: str
    fits: Callable[[dict], bool] = lambda inputs: True


FROM_THE_GENERATOR = "every draw comes from `generator`"
BY_KIND = {
    "DrewAtZero": Error(
        "draws_at_zero",
        "no draw at temperature 0",
        "Temperature 0 is a case of its own: `argmax`, and no `multinomial`. A very small number "
        "in place of 0 still draws, and moves the generator on.",
    ),
    "DrewElsewhere": Error(
        "draws_from_the_global_generator",
        FROM_THE_GENERATOR,
        "`torch.multinomial` draws from torch's own generator until it gets "
        "`generator=generator`. And `torch.manual_seed` sets torch's own, for the whole notebook.",
    ),
    "GeneratorNotUsed": Error(
        "generator_not_used",
        FROM_THE_GENERATOR,
        "Is a generator made inside the function, or does `random` or numpy draw? Hand on the one "
        "that comes in: `torch.multinomial(probs, 1, generator=generator)`.",
    ),
    "NotRepeatable": Error(
        "not_repeatable",
        "the same tokens for the same seed",
        "Something besides `generator` decides, too. Which other source of chance is there?",
    ),
    "SameForEverySeed": Error(
        "same_for_every_seed",
        "other tokens for another seed",
        "Does your function seed the generator itself? The caller does that.",
    ),
}
NO_AXIS = Error(
    "new_tokens_without_an_axis",
    "a value, no error",
    "The new tokens have the shape (B,), and `cat` wants (B, 1): `argmax(dim=-1, keepdim=True)`. "
    "`multinomial` with 1 draw gives (B, 1) by itself.",
)
FROM_LOGITS = Error(
    "draws_from_logits",
    "a value, no error",
    "`multinomial` wants probabilities. Logits may be negative: softmax first.",
)
BY_MESSAGE = {
    "probability tensor contains": Error(
        "divides_by_zero",
        "a value, no error",
        "Dividing logits by a temperature of 0 gives inf and nan. Treat 0 by itself: `argmax`.",
        lambda inputs: inputs["temperature"] == 0,
    ),
    "element < 0": FROM_LOGITS,
    "invalid multinomial distribution": FROM_LOGITS,
    "same number of dimensions": NO_AXIS,
    "prob_dist must be 1 or 2 dim": Error(
        "draws_for_every_position",
        "a value, no error",
        "Logits (B, T, V) hold a prediction for each position. Keep those of the last, `[:, -1]`.",
    ),
    "float division by zero": Error(
        "divides_by_zero",
        "a value, no error",
        "Treat temperature 0 by itself: `argmax`, and no division.",
    ),
    "NoneType": Error(
        "needs_a_stop",
        "a value, no error",
        "`stop_id` may be None: then nothing stops a row. Ask `if stop_id is not None:` before "
        "you compare with it or fill it in.",
        lambda inputs: inputs["stop_id"] is None,
    ),
}

"""Ways to plan a learning rate that are not right, and what to say to whoever planned it so."""

from math import cos, pi

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.pretraining.learning_rate_ways import (
    Asked,
    between,
    half_wave,
    right,
    schedule,
)


def _never(asked: Asked) -> bool:
    return False


def _geometric(asked: Asked, share: float) -> float:
    return asked.max_lr * (asked.min_lr / asked.max_lr) ** (1 - share)


def _added_to_both(asked: Asked, share: float) -> float:
    return asked.min_lr + asked.max_lr * share


def _floored(asked: Asked, share: float) -> float:
    return max(asked.min_lr, asked.max_lr * share)


def _to_nothing(asked: Asked, share: float) -> float:
    return asked.max_lr * share


def _one_step_for_none(inputs: dict) -> float:
    return right({**inputs, "warmup_steps": max(inputs["warmup_steps"], 1)})


def _divides_by_no_warmup(inputs: dict) -> float:
    if inputs["warmup_steps"] == 0:
        raise ZeroDivisionError
    return right(inputs)


def _never_below_min(inputs: dict) -> float:
    return max(inputs["min_lr"], right(inputs))


FROM_0 = (
    "The first step has the rate 0, so it learns nothing. Steps count from 0, and step 0 belongs "
    "to the warm-up already: it takes the first of `warmup_steps` stairs."
)
ONE_STAIR_TOO_MANY = (
    "There is one stair too many. The last step of the warm-up, `warmup_steps - 1`, has the full "
    "`max_lr`."
)
NO_RISE = "There was no warm-up here. Which of your branches does a step below `warmup_steps` take?"
WHERE_IT_BEGINS = (
    "The fall was counted from the wrong place. Its part that is done is 0 at `warmup_steps` and 1 "
    "at `total_steps`: how many steps lie between, and how many of them are gone?"
)
ONE_OFF = (
    "One step off. At `warmup_steps` nothing of the fall is done, and all of it at `total_steps`, "
    "neither a step before nor a step after."
)
WITHOUT_MIN = (
    "This falls to 0, or would if it were not stopped. The wave goes from `max_lr` to `min_lr`: "
    "which height does it have, and where does it stand?"
)
WHOLE = "`//` throws away what comes after the point, so a part of a whole becomes 0. Use `/`."
LINE = (
    "This falls along a straight line. Half a wave is slow at both ends: where does the cosine "
    "come in?"
)
NOT_HALF = (
    "This is not half a wave. Its angle goes from 0 to pi, while the cosine goes from 1 to -1. Add "
    "1 and halve it, and it goes from 1 to 0."
)
DECIMALS = "Decimals are missing. Return the number as it is: rounding is for printing."
MISTAKES = (
    Mistake(
        "starts_at_0",
        schedule(rising=lambda a: a.max_lr * a.step / a.warmup_steps),
        FROM_0,
    ),
    Mistake(
        "one_stair_too_many",
        schedule(rising=lambda a: a.max_lr * (a.step + 1) / (a.warmup_steps + 1)),
        ONE_STAIR_TOO_MANY,
    ),
    Mistake(
        "one_stair_too_many",
        schedule(rising=lambda a: a.max_lr * a.step / (a.warmup_steps + 1)),
        f"{FROM_0} {ONE_STAIR_TOO_MANY}",
    ),
    Mistake(
        "rises_from_min_lr",
        schedule(rising=lambda a: between(a, (a.step + 1) / a.warmup_steps)),
        "The warm-up rises from `min_lr` here. The task lets it rise from 0; `min_lr` belongs to "
        "the end of training.",
    ),
    Mistake(
        "rises_from_min_lr",
        schedule(rising=lambda a: between(a, a.step / a.warmup_steps)),
        "The warm-up rises from `min_lr` here. The task lets it rise from 0, and step 0 takes the "
        "first stair.",
    ),
    Mistake(
        "rises_along_a_wave",
        schedule(rising=lambda a: a.max_lr * (1 - half_wave((a.step + 1) / a.warmup_steps))),
        "The warm-up rises along a cosine. It is a straight line; only the fall is a wave.",
    ),
    Mistake("no_warmup", schedule(is_rising=_never), NO_RISE),
    Mistake(
        "no_warmup",
        schedule(is_rising=_never, done=lambda a: a.step / a.total_steps),
        NO_RISE,
    ),
    Mistake("no_warmup", schedule(rising=lambda a: a.max_lr), NO_RISE),
    Mistake(
        "forgets_max_lr",
        schedule(rising=lambda a: (a.step + 1) / a.warmup_steps),
        "The warm-up rises to 1, so this is a part of `max_lr` and not the rate itself. Where does "
        "`max_lr` come in?",
    ),
    Mistake(
        "whole_division",
        schedule(rising=lambda a: a.max_lr * ((a.step + 1) // a.warmup_steps)),
        WHOLE,
    ),
    Mistake(
        "warmup_too_long",
        schedule(is_rising=lambda a: a.step <= a.warmup_steps),
        "One step too many counts as warm-up, and its rate is above `max_lr`. Steps count from 0: "
        "is it `<` or `<=`?",
    ),
    Mistake("wave_misplaced", schedule(done=lambda a: a.step / a.total_steps), WHERE_IT_BEGINS),
    Mistake("wave_misplaced", schedule(done=lambda a: a.since / a.total_steps), WHERE_IT_BEGINS),
    Mistake("wave_misplaced", schedule(done=lambda a: a.step / a.span), WHERE_IT_BEGINS),
    Mistake(
        "wave_misplaced",
        schedule(done=lambda a: a.step - a.warmup_steps / a.total_steps - a.warmup_steps),
        f"{WHERE_IT_BEGINS} And do brackets stand around both differences?",
    ),
    Mistake("one_step_off", schedule(done=lambda a: (a.since + 1) / a.span), ONE_OFF),
    Mistake("one_step_off", schedule(done=lambda a: a.since / max(a.span - 1, 1)), ONE_OFF),
    Mistake("one_step_off", schedule(done=lambda a: (a.since + 1) / (a.span + 1)), ONE_OFF),
    Mistake("one_step_off", schedule(done=lambda a: a.since / (a.span + 1)), ONE_OFF),
    Mistake("falls_to_0", schedule(mix=_to_nothing), WITHOUT_MIN),
    Mistake("falls_to_0", schedule(mix=_floored), WITHOUT_MIN),
    Mistake(
        "starts_above_max_lr",
        schedule(mix=_added_to_both),
        "The fall begins at `max_lr + min_lr`. Only the part above `min_lr` shrinks, and that is "
        "`max_lr - min_lr`.",
    ),
    Mistake("a_straight_line", schedule(wave=lambda done: 1 - done), LINE),
    Mistake(
        "falls_by_a_factor",
        schedule(wave=lambda done: 1 - done, mix=_geometric),
        "The rate falls by the same factor in each step. The task asks for half a wave of a "
        "cosine, which is slow at both ends.",
    ),
    Mistake("not_half_a_wave", schedule(wave=lambda done: cos(pi * done)), NOT_HALF),
    Mistake("not_half_a_wave", schedule(wave=lambda done: cos(pi * done / 2)), NOT_HALF),
    Mistake("not_half_a_wave", schedule(wave=lambda done: half_wave(2 * done)), NOT_HALF),
    Mistake("not_half_a_wave", schedule(wave=lambda done: half_wave(done / 2)), NOT_HALF),
    Mistake("not_half_a_wave", schedule(wave=lambda done: 1 + cos(pi * done)), NOT_HALF),
    Mistake("not_half_a_wave", schedule(wave=lambda done: (1 + cos(done)) / 2), NOT_HALF),
    Mistake(
        "in_degrees",
        schedule(wave=lambda done: (1 + cos(180 * done)) / 2),
        "The cosine of `math` takes its angle in radians: half a turn is `pi`, not 180.",
    ),
    Mistake(
        "a_rounded_pi",
        schedule(wave=lambda done: (1 + cos(3.14 * done)) / 2),
        "Nearly: this is what 3.14 gives. `pi` of `math` has all its digits.",
    ),
    Mistake(
        "rises",
        schedule(wave=lambda done: 1 - half_wave(done)),
        "The rate goes up where it should go down. Which of `max_lr` and `min_lr` comes first, and "
        "which sign has the cosine?",
    ),
    Mistake(
        "never_falls",
        schedule(wave=lambda done: 1.0),
        "After the warm-up the rate stays at `max_lr`. Is the fall missing, or did `//` throw away "
        "the part of it that is done? `/` keeps it.",
    ),
    Mistake(
        "falls_at_once",
        schedule(wave=lambda done: 0.0),
        "After the warm-up the rate is `min_lr` at once. It gets there only at `total_steps`. Are "
        "your conditions in the right order, or did a `//` make 0 of a part?",
    ),
    Mistake(
        "rises_again",
        schedule(is_over=_never),
        "After `total_steps` the wave goes on, and up again. The rate stays at `min_lr` from there "
        "on.",
    ),
    Mistake(
        "ends_at_0",
        schedule(end=lambda a: 0.0),
        "At `total_steps` and later the rate is `min_lr`, not 0.",
    ),
    Mistake(
        "ends_at_0",
        schedule(is_over=lambda a: a.step > a.total_steps, end=lambda a: 0.0),
        "After `total_steps` the rate is still `min_lr`, not 0.",
    ),
    Mistake(
        "ends_too_soon",
        schedule(is_over=lambda a: a.step >= a.total_steps - 1),
        "The rate is `min_lr` one step too soon. It gets there at `total_steps`.",
    ),
    Mistake(
        "none_counts_as_one",
        _one_step_for_none,
        "No warm-up was treated as a warm-up of one step, so that the fall begins late. With "
        "`warmup_steps = 0` the first step of the fall is step 0.",
    ),
    Mistake(
        "divides_by_no_warmup",
        _divides_by_no_warmup,
        "With `warmup_steps = 0` something was divided by 0. There are no steps of warm-up then: "
        "make sure that none of its lines runs.",
    ),
    Mistake(
        "never_below_min_lr",
        _never_below_min,
        "In the warm-up the rate may be below `min_lr`: it rises from almost 0. `min_lr` belongs "
        "to the end.",
    ),
    *(
        Mistake("rounded", lambda inputs, d=d: round(right(inputs), d), DECIMALS)
        for d in (1, 2, 3, 4)
    ),
)

"""Ways to get returns and advantages that are not right, and what to say to whoever took them."""

from collections.abc import Callable

from torch import Tensor

from course_lib.exercises.mistakes import Mistake, known_by_property
from course_lib.exercises.rlhf import returns_ways as ways
from course_lib.exercises.rlhf.returns_ways import OneRow, carried, each_row, gae, surprises
from course_lib.exercises.tensors import alike


def by_property(inputs: dict, right: tuple, value: tuple) -> Mistake | None:
    """Name what stands outside the mask, where all is right inside."""
    if [getattr(part, "shape", None) for part in value] != [part.shape for part in right]:
        return None
    mask = inputs["mask"]
    given = (inputs[name][~mask] for name in ("rewards", "values"))
    if any(not part.isfinite().all() for part in given) and any(
        part.isnan().any() for part in value
    ):
        return NAN_FROM_OUTSIDE
    inside = all(alike(part[mask], other[mask]) for part, other in zip(value, right, strict=True))
    return PADDING_NOT_ZERO if inside and not alike(value, right) else None


NAN_FROM_OUTSIDE = Mistake(
    "nan_from_outside",
    known_by_property,
    "nan or inf from outside the mask got in: 0 times nan is nan, and so is nan plus anything. "
    "Multiplying by the mask is not enough; choose, by `torch.where`, `masked_fill` or an `if`.",
)
PADDING_NOT_ZERO = Mistake(
    "padding_not_zero",
    known_by_property,
    "Inside the mask all is right; outside something is left. Fill both results with 0 there: a "
    "return, too, is more than an advantage.",
)
Of = Callable[[dict], Tensor]


def _each_pair(name: str, cause: str, *methods: ways.Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


def _each(name: str, cause: str, *ways_of: Of) -> tuple[Mistake, ...]:
    """Return mistakes about advantages, to which the values were added or not."""
    makers = (ways.advantages_and_returns, ways.advantages_alone)
    return tuple(Mistake(name, maker(of), cause) for of in ways_of for maker in makers)


def _each_row(name: str, cause: str, *rows: OneRow) -> tuple[Mistake, ...]:
    """Return mistakes made within a row of counted tokens."""
    return _each(name, cause, *map(each_row, rows))


def _each_return(name: str, cause: str, *rows: OneRow) -> tuple[Mistake, ...]:
    """Return mistakes about returns alone, of a row of counted tokens."""
    return tuple(Mistake(name, ways.returns_alone(each_row(row)), cause) for row in rows)


def _shifted_rewards(r: list, v: list, gamma: float, lam: float) -> list:
    return gae([*r[1:], 0.0][: len(r)], v, gamma, lam)


def _forwards(r: list, v: list, gamma: float, lam: float) -> list:
    return carried(surprises(r, v, gamma)[::-1], gamma * lam)[::-1]


MISTAKES = (
    *_each_pair(
        "swapped",
        "The two changed places: first the returns, then the advantages.",
        lambda inputs: ways.advantages_and_returns(each_row(gae))(inputs)[::-1],
    ),
    *_each_pair(
        "rewards_for_returns",
        "Returns or advantages are made of the rewards of single tokens. Most tokens have a reward "
        "of 0, and still lead to one: what is to come from a token on is asked for.",
        lambda i: (
            each_row(lambda r, v, g, lam: r)(i).float(),
            each_row(lambda r, v, g, lam: [a - b for a, b in zip(r, v, strict=True)])(i).float(),
        ),
        ways.returns_alone(each_row(lambda r, v, g, lam: r)),
    ),
    *_each_pair(
        "ignores_lam",
        "These are the advantages of lam = 1: the rewards to come, minus the value. Each surprise "
        "is handed back by gamma times lam.",
        lambda i: (
            each_row(ways.to_come)(i).float(),
            (each_row(ways.to_come)(i) - ways.values_of(i)).float(),
        ),
    ),
    *_each_row(
        "ignores_lam",
        "The next token's advantage was handed back by gamma alone. The factor is gamma times lam.",
        lambda r, v, g, lam: gae(r, v, g, 1.0),
    ),
    *_each_row(
        "surprise_alone",
        "These are the surprises, each by itself. An advantage also has gamma * lam times the next "
        "token's advantage in it.",
        lambda r, v, g, lam: surprises(r, v, g),
    ),
    *_each_row(
        "carries_by_lam_alone",
        "The next token's advantage was handed back by lam alone. The factor is gamma times lam.",
        lambda r, v, g, lam: carried(surprises(r, v, g), lam),
    ),
    *_each_row(
        "ignores_gamma",
        "gamma is missing: what comes one token later is worth gamma times as much, in the next "
        "value and in the next advantage.",
        lambda r, v, g, lam: gae(r, v, 1.0, lam),
        lambda r, v, g, lam: carried(surprises(r, v, 1.0), g * lam),
    ),
    *_each_row(
        "carries_without_a_factor",
        "The surprises were added up as they are. Each step back multiplies by gamma * lam.",
        lambda r, v, g, lam: carried(surprises(r, v, g), 1.0),
    ),
    *_each_row(
        "wrong_sign",
        "The sign is wrong. Better than expected is above 0: what came, minus the value.",
        lambda r, v, g, lam: [-a for a in gae(r, v, g, lam)],
    ),
    *_each_row(
        "value_not_subtracted",
        "The token's own value is not taken off. What is expected anyway is no surprise.",
        lambda r, v, g, lam: carried(
            [a + b for a, b in zip(surprises(r, v, g), v, strict=True)], g * lam
        ),
        ways.to_come,
    ),
    *_each_row(
        "next_value_left_out",
        "The next value is missing. A token brings its reward, and gamma times what is expected "
        "after it.",
        lambda r, v, g, lam: carried([a - b for a, b in zip(r, v, strict=True)], g * lam),
    ),
    *_each_row(
        "runs_forwards",
        "The tokens were gone through from first to last. An advantage is made of the later ones: "
        "begin at the end.",
        _forwards,
    ),
    *_each_row(
        "reward_of_the_next_token",
        "The reward is that of the next token. Entry t of the rewards is what token t itself "
        "brought: only the value is looked up one further on.",
        _shifted_rewards,
    ),
    *_each_row(
        "bootstraps_at_the_end",
        "After the last token of a row a value was found: its own, or that of the first one, as "
        "`roll` or an index of -1 give. Nothing is to come there: 0.",
        lambda r, v, g, lam: carried(surprises(r, v, g, v[-1] if v else 0.0), g * lam),
        lambda r, v, g, lam: carried(surprises(r, v, g, v[0] if v else 0.0), g * lam),
    ),
    *_each_return(
        "values_not_added",
        "The returns are the advantages once more. A return is the advantage plus the value.",
        gae,
    ),
    *_each_return(
        "returns_of_rewards_alone",
        "The returns are the discounted rewards, as if lam were 1. Here they are the advantages "
        "plus the values, which is the same only for lam = 1.",
        ways.to_come,
    ),
    *_each_return(
        "value_subtracted_again",
        "The value was taken off the advantage, where it is to be added.",
        lambda r, v, g, lam: [a - b for a, b in zip(gae(r, v, g, lam), v, strict=True)],
    ),
    *_each(
        "normalized",
        "The advantages were normalized, as many programs do before they use them. The numbers "
        "themselves are asked for: after that, a return would no longer fit a value.",
        *(ways.normalized(c, by_row=rows) for c in (None, 0, 1) for rows in (False, True)),
    ),
    *_each_pair(
        "mask_turned",
        "The mask is the wrong way round: it is True where a token counts.",
        lambda i: ways.advantages_and_returns(each_row(gae))({**i, "mask": ~i["mask"]}),
    ),
    *_each(
        "rows_run_together",
        "What is to come in a row was taken from another one. Each row is an answer of its own.",
        ways.mixed_rows,
    ),
    *_each(
        "along_the_batch",
        "The steps went from row to row. They go from token to token, along axis 1.",
        ways.along_the_batch,
    ),
    *_each(
        "padding_counts",
        "What stands outside the mask was gone through like tokens, so that rewards and values of "
        "padding are in the results. Leave it out on the way; at the end is too late.",
        ways.masked_at_the_end(each_row(gae)),
    ),
    *_each_pair(
        "padding_counts",
        "The mask was not used. What stands outside it is no token: it leaves no trace in the "
        "others, and its own results are 0.",
        lambda inputs: ways.advantages_and_returns(each_row(gae))(ways.all_counted(inputs)),
    ),
    *_each(
        "bootstraps_from_padding",
        "The next value was taken from the next place, whether it counts or not. What follows is "
        "the next token inside the mask, or nothing: then 0.",
        ways.by_neighbor(value_outside=True, carries_over=True),
        ways.by_neighbor(value_outside=True, carries_over=False),
    ),
    *_each(
        "counts_from_the_left",
        "The mask was only counted, as if the tokens stood at the left end of each row. Padding "
        "may stand before them: ask at each place whether it counts.",
        each_row(gae, ways.from_the_left),
        lambda i: each_row(gae, ways.from_the_left)(i).masked_fill(~i["mask"], 0.0),
    ),
    *_each(
        "a_gap_is_a_token",
        "A gap in the mask was gone through like tokens with reward 0 and value 0. So there is a "
        "surprise in the gap, and each place of it takes a factor. Leave it out altogether.",
        lambda i: ways.masked_at_the_end(each_row(gae))(ways.zeros_outside(i)),
    ),
    *_each(
        "stops_at_a_gap",
        "At a gap in the mask it began anew, as if nothing were to come. The next token inside the "
        "mask follows, however far away it stands: keep its value and its advantage over the gap.",
        ways.by_neighbor(value_outside=False, carries_over=False),
        ways.by_neighbor(value_outside=False, carries_over=True),
    ),
)

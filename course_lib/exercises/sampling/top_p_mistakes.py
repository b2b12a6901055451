"""What to say to whoever kept the wrong tokens; the ways themselves stand in top_p_ways.py."""

import math
from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor

from course_lib.exercises import tensors
from course_lib.exercises.mistakes import Judge, Mistake
from course_lib.exercises.sampling import kept
from course_lib.exercises.sampling import top_p_ways as ways
from course_lib.exercises.sampling.top_p_ways import INF, way

CROSSING = (
    "The token with which p is reached was dropped too, so less than p is left, and nothing at all "
    "where the first token alone has more than p. Ask what the tokens before it add up to."
)
DOWN = (
    "The softmax went down the batch, so each row depends on the others. The tokens of a text "
    "stand along the last axis: `dim=-1`."
)
RARE = Mistake(
    "loses_rare_tokens",
    ways.by_property,
    "p = 1 keeps everything, and here rare tokens are gone: rounded sums reach 1, or pass it, "
    "before the last token. Treat p = 1 by itself, before you add anything up.",
)
MISTAKES = (
    Mistake("drops_the_crossing_token", way(ways.crossed), CROSSING),
    Mistake(
        "keeps_one_at_least",
        way(ways.crossed_but_for_the_first),
        "The first token is safe now, but in the other rows the token with which p is reached is "
        "still lost. Each mark has to move by one place, not the first one alone.",
    ),
    Mistake(
        "keeps_all_where_none_is_left",
        way(ways.crossed_but_for_what_is_empty),
        "A row in which nothing was left comes back whole, and that is a row where the model was "
        "sure of one token. The cause lies before: why was the token dropped that reaches p?",
    ),
    Mistake(
        "keeps_one_too_many",
        way(ways.crossed_two_before),
        "One token too many stays. Where the tokens before it reach p already, it goes. Is the "
        "mask moved twice, or once too often?",
    ),
    Mistake(
        "rolls_around",
        way(ways.rolled),
        "The mark of the last token came round to the first, and the most likely token is gone. "
        "`roll` moves in a circle. The first is always kept.",
    ),
    Mistake(
        "moves_without_a_copy",
        way(ways.run_over),
        "The mask was moved inside itself: each mark was overwritten by its neighbor before it was "
        "read. Move a copy of it: `mask[:, 1:] = mask[:, :-1].clone()`.",
    ),
    Mistake(
        "moves_down_the_batch",
        way(ways.shifted_in_the_batch),
        "Each row got the marks of the row above it. The first axis counts the rows of the batch: "
        "move along the last one, `mask[:, 1:]` and `mask[:, :-1]`.",
    ),
    Mistake(
        "moves_in_vocabulary_order",
        way(ways.crossed, back=ways.put_back_and_moved),
        "The mask was moved by one place when it was back in the order of the vocabulary, where "
        "the neighbor is any token. Move it while it is sorted.",
    ),
    Mistake(
        "mask_in_sorted_order",
        way(back=ways.left_in_order),
        "The mask is in the order of the sorted tokens, the logits in that of the vocabulary. "
        "`sort` also gives where each came from: `scatter` takes the marks back there.",
    ),
    Mistake(
        "put_back_the_wrong_way",
        way(back=ways.put_back_the_wrong_way),
        "The marks were mixed once more. `gather` by the order of `sort` sorts; the way back is "
        "`scatter`, or `gather` with `order.argsort(dim=-1)`.",
    ),
    Mistake(
        "returns_sorted",
        ways.sorted_logits,
        "The result is sorted: its first number belongs to the most likely token and no longer to "
        "id 0. Take the marks back to the order of the vocabulary.",
    ),
    Mistake(
        "keeps_the_least_likely",
        way(rank=ways.unlikely_first),
        "The least likely tokens were added up first. `sort` begins with the smallest, unless you "
        "say `descending=True`.",
    ),
    Mistake(
        "does_not_sort",
        way(rank=ways.as_they_come),
        "Probabilities were added up in the order of the vocabulary. The most likely come first: "
        "sort each row.",
    ),
    Mistake(
        "adds_up_logits",
        way(weigh=ways.themselves),
        "Logits were added up. p is a probability: take the softmax before the sum.",
    ),
    Mistake("softmax_down_the_batch", way(weigh=ways.softmax_down_the_batch), DOWN),
    Mistake("softmax_down_the_batch", ways.if_it_may(ways.probs_down_the_batch), DOWN),
    Mistake(
        "adds_up_down_the_batch",
        way(ways.crossed_down_the_batch),
        "The sum went down the batch. It belongs to one row: `cumsum(dim=-1)`.",
    ),
    Mistake(
        "one_distribution_for_all",
        ways.whole_batch,
        "All rows were taken for a single distribution. Each row is a text of its own and keeps "
        "at least one token.",
    ),
    Mistake(
        "one_row_for_all",
        ways.first_row,
        "Every row keeps the tokens of the first row. Each has its own most likely ones.",
    ),
    Mistake(
        "compares_single_probabilities",
        ways.of_each(lambda probs, p: probs >= p),
        "Each probability by itself was compared with p. It is their sum, from the most likely on, "
        "that has to reach p.",
    ),
    Mistake(
        "compares_with_the_best",
        ways.of_each(lambda probs, p: probs >= p * probs.amax(dim=-1, keepdim=True)),
        "Each token was compared with the most likely one. That is another filter, in section 6. "
        "Here probabilities are added up until they reach p.",
    ),
    Mistake(
        "share_of_the_vocabulary",
        way(lambda probs, p: ways.as_they_come(probs) >= math.ceil(p * probs.size(-1))),
        "A share p of all tokens was kept. p is a share of the probability: a sure model reaches "
        "it with one token, an unsure one needs many.",
    ),
    Mistake(
        "keeps_the_others",
        ways.of_kept(lambda logits, kept: logits.masked_fill(kept, -INF)),
        "What should be kept is dropped, and the other way round. `masked_fill` fills where its "
        "mask is True.",
    ),
    Mistake(
        "takes_the_rest_for_p",
        way(ways.crossed_the_rest),
        "A probability of 1 − p was kept, not of p. From the most likely end the sum has to reach "
        "p; from the other end 1 − p is what may go.",
    ),
    Mistake(
        "nothing_is_dropped",
        lambda inputs: inputs["logits"].clone(),
        "Nothing was dropped. `masked_fill` and `scatter` return a new tensor and leave the old "
        "one alone: does your function return theirs?",
    ),
    Mistake(
        "infinity_times_zero",
        ways.of_kept(lambda logits, kept: logits + ~kept * -INF),
        "0 times inf is nan, and it went into what should be kept. `masked_fill` and `where` "
        "choose without multiplying.",
    ),
    Mistake(
        "returns_probabilities",
        ways.of_kept(lambda logits, kept: logits.softmax(dim=-1).masked_fill(~kept, -INF)),
        kept.RETURNS_PROBABILITIES.cause,
    ),
    Mistake(
        "refuses_one",
        ways.only_below_one,
        "p = 1 is allowed: it keeps every token.",
    ),
)


def by_property(inputs: dict, right: Tensor, value: object) -> Mistake | None:
    """Name tokens that are lost where all should be kept, and what filters share."""
    found = ways.kept_of(right, value)
    if inputs["p"] == 1 and found is not None and (found[0] & ~found[1]).any():
        return RARE
    return kept.by_property(inputs, right, value)


def judge(cases: Callable[[np.random.Generator, bool], Iterable[dict]]) -> Judge:
    """Return the judge of filters by p, tried on these cases."""
    return Judge(
        ways.truth,
        MISTAKES,
        cases=cases,
        equal=tensors.alike,
        contrast=tensors.contrast,
        otherwise=by_property,
        unnamed=ways.unnamed,
    )

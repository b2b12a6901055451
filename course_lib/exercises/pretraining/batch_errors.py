"""Errors that have a name of their own in `get_batch`: those of its call, and those of torch."""

from course_lib.exercises.sampling.generate_errors import FROM_THE_GENERATOR, Error

BY_KIND = {
    "DrewElsewhere": Error(
        "draws_from_the_global_generator",
        FROM_THE_GENERATOR,
        "`torch.randint` and its like draw from torch's own generator until they get "
        "`generator=generator`. And `torch.manual_seed` sets torch's own, for the whole notebook.",
    ),
    "GeneratorNotUsed": Error(
        "generator_not_used",
        FROM_THE_GENERATOR,
        "Is a generator made inside the function, do `random` or numpy draw, or is nothing drawn "
        "at all? Hand on the one that comes in, `generator=generator`, and leave it as it is then.",
    ),
    "NotRepeatable": Error(
        "not_repeatable",
        "the same rows for the same seed",
        "Something besides `generator` decides, too. Which other source of chance is there, or "
        "what does your function remember from one call to the next?",
    ),
    "SameForEverySeed": Error(
        "same_for_every_seed",
        "other rows for another seed",
        "Does your function seed the generator itself? The caller does that, once.",
    ),
    "SameEachTime": Error(
        "same_each_time",
        "new rows at each call",
        "The generator goes on from call to call. Does your function set it back, or keep what it "
        "has drawn once?",
    ),
}


def _should_work(inputs: dict) -> bool:
    return len(inputs["ids"]) > inputs["T"]


BEYOND_THE_END = Error(
    "reads_beyond_the_end",
    "a value, no error",
    "A place behind the last id was asked for, or a row came out too short. A row that starts at s "
    "needs the ids up to `ids[s + T]`, one more than `x` reads. Which start is the last possible?",
    _should_work,
)
NO_START_LEFT = Error(
    "no_start_left",
    "a value, no error",
    "Starts were drawn from a range with nothing in it, and yet this text is long enough. A text "
    "of T + 1 ids has one possible start, one of T + 2 has two: how many has a text of N?",
    _should_work,
)
NOT_PUT_BACK = Error(
    "draws_without_putting_back",
    "a value, no error",
    "Each start came once at most, and there are more rows than starts. Every row draws from all "
    "starts, whatever the others have drawn.",
    _should_work,
)
BY_MESSAGE = {
    "out of bounds": BEYOND_THE_END,
    "out of range": BEYOND_THE_END,
    "stack expects each tensor to be equal size": BEYOND_THE_END,
    "maximum size for tensor at dimension 0": BEYOND_THE_END,  # of `unfold`
    "random_ expects 'from' to be less than 'to'": NO_START_LEFT,
    "empty range": NO_START_LEFT,
    "without replacement": NOT_PUT_BACK,
}

"""Ways to critique and revise that are not right, and what to say to whoever does it so."""

from collections.abc import Callable, Iterator

from course_lib.exercises.mistakes import Mistake
from course_lib.exercises.rlhf.critique_call import critic_of, reviser_of
from course_lib.exercises.sampling.generate_errors import Error

Method = Callable[[dict], object]


class Talk:
    """What a mistaken answer has at hand in one case."""

    def __init__(self, inputs: dict):
        self.prompt, self.original = inputs["prompt"], inputs["response"]
        self.max_rounds = inputs["max_rounds"]
        self._critic, self._reviser = critic_of(inputs["rules"]), reviser_of(inputs["rules"])

    def critique(self, response: str) -> str | None:
        return self._critic(self.prompt, response)

    def revise(self, response: str, critique: str) -> str:
        return self._reviser(self.prompt, response, critique)

    def responses(self) -> Iterator[str]:
        """Yield the original and each revision, until one violates nothing or rounds are over."""
        response = self.original
        yield response
        for _ in range(self.max_rounds):
            critique = self.critique(response)
            if critique is None:
                return
            response = self.revise(response, critique)
            yield response


def of_responses(method: Callable[[Talk, list[str]], object]) -> Method:
    """Return a method that does the rounds rightly, and returns something else."""

    def result(inputs: dict) -> object:
        talk = Talk(inputs)
        return method(talk, list(talk.responses()))

    return result


def right_pair(talk: Talk, responses: list[str]) -> tuple | None:
    is_clean = talk.critique(responses[-1]) is None
    return (responses[-1], responses[0]) if is_clean and len(responses) > 1 else None


def _one_round(talk: Talk, responses: list[str]) -> tuple | None:
    return right_pair(talk, responses[:2])


def _one_less(talk: Talk, responses: list[str]) -> tuple | None:
    return right_pair(talk, responses[: max(talk.max_rounds, 1)])


def _each(name: str, cause: str, *methods: Method) -> tuple[Mistake, ...]:
    return tuple(Mistake(name, method, cause) for method in methods)


STILL = (
    "The chosen response still violates something. Ask the critic about the last revision, too: "
    "whoever learns from such a pair learns to prefer what is wrong."
)
MISTAKES = (
    *_each(
        "swapped",
        "The two changed places: first the chosen one, the revision, then the rejected one, the "
        "original.",
        of_responses(lambda talk, r: (pair := right_pair(talk, r)) and pair[::-1]),
    ),
    *_each(
        "never_a_pair",
        "None came back, where there is a pair to learn from. Is a `return` missing? After a "
        "revision the critic's None is good news. And is it the revision that it is asked about?",
        lambda inputs: None,
    ),
    *_each(
        "rejects_the_last_but_one",
        "The rejected response is the one before the last revision. It is the original: that is "
        "what the model said.",
        of_responses(lambda talk, r: right_pair(talk, r) and (r[-1], r[-2])),
    ),
    *_each(
        "one_round_alone",
        "The first revision is the last one here. It may violate something else, or still the "
        "same: there are up to `max_rounds` rounds.",
        of_responses(_one_round),
        of_responses(lambda talk, r: (r[1], r[0]) if len(r) > 1 else None),
    ),
    *_each(
        "pair_of_what_was_right",
        "The original violates nothing, so there is no other response to prefer: None. A pair of "
        "twice the same teaches nothing.",
        of_responses(
            lambda talk, r: right_pair(talk, r) or ((r[0], r[0]) if len(r) == 1 else None)
        ),
        of_responses(lambda talk, r: (r[-1], r[0])),
    ),
    *_each(
        "last_revision_not_asked_about",
        "None came back as soon as the rounds were used up, or one before. The last revision may "
        "be right: ask the critic once more than there are rounds.",
        of_responses(_one_less),
    ),
    *_each(
        "chosen_still_violates",
        STILL,
        of_responses(lambda talk, r: (r[-1], r[0]) if len(r) > 1 else None),
        of_responses(lambda talk, r: (r[-1], r[0]) if talk.critique(r[0]) else None),
    ),
)
BY_KIND = {
    "OtherPrompt": Error(
        "asks_about_something_else",
        "each is called with the prompt first",
        "`critic(prompt, response)` and `reviser(prompt, response, critique)`: the prompt stays "
        "the same in all rounds. Only the response changes.",
    ),
    "RevisesAnother": Error(
        "revises_another",
        "reviser(prompt, newest response, critique)",
        "The reviser gets the newest response: the original in the first round, then what it "
        "returned itself. Or are its arguments in another order?",
    ),
    "AsksAboutAnother": Error(
        "asks_about_another",
        "the critic is asked about the newest response",
        "The critic was asked about another response than the newest one, the original perhaps. So "
        "it finds the same again, however well that was mended.",
    ),
    "HandsOnAnother": Error(
        "hands_on_another_critique",
        "the reviser gets what the critic says of the newest response",
        "Each round has its own critique. Is an older one handed on, or another text?",
    ),
    "RevisesTooOften": Error(
        "too_many_rounds",
        "at most max_rounds revisions",
        "Some responses are never mended, so that a loop without a count would not end. Ask the "
        "critic once more than there are rounds, and the reviser not.",
    ),
    "RevisesWithoutCritique": Error(
        "revises_what_is_right",
        "no revision after the critic's None",
        "The critic found nothing, and the reviser was called all the same. None ends the rounds.",
    ),
    "AsksWithoutEnd": Error(
        "asks_without_end",
        "a value, no endless loop",
        "The loop never ends. What changes from one round to the next, and what counts them?",
    ),
}

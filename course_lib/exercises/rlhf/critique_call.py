"""Call `critique_and_revise` with a critic and a reviser that plain rules describe."""

from collections.abc import Callable

MOST_QUESTIONS = 50  # to the critic, in one case: a loop has gone astray


class OtherPrompt(ValueError):
    """The critic or the reviser was asked about something else than the prompt."""


class RevisesAnother(ValueError):
    """The reviser was handed another response than the newest one."""


class AsksAboutAnother(ValueError):
    """The reviser was handed what the critic said of another response than the newest one."""


class HandsOnAnother(ValueError):
    """The reviser was handed another critique than the one of the newest response."""


class RevisesTooOften(RuntimeError):
    """The reviser was called more than `max_rounds` times."""


class RevisesWithoutCritique(ValueError):
    """The reviser was handed no critique."""


class AsksWithoutEnd(RuntimeError):
    """The critic was asked again and again."""


Rules = list[tuple[str, str, str]]


def critic_of(rules: Rules) -> Callable[[str, str], str | None]:
    """Return a critic that names the first rule whose word is in a response.

    Args:
        rules: (word, critique, other word), each critique another one.
    """

    def critic(prompt: str, response: str) -> str | None:
        return next((critique for word, critique, _ in rules if word in response.split()), None)

    return critic


def reviser_of(rules: Rules) -> Callable[[str, str, str], str]:
    """Return a reviser that puts a rule's other word in the place of its word."""

    def reviser(prompt: str, response: str, critique: str) -> str:
        word, other = next((word, other) for word, rule, other in rules if rule == critique)
        return " ".join(other if one == word else one for one in response.split())

    return reviser


class Watched:
    """A critic and a reviser that know what they should be asked."""

    def __init__(self, inputs: dict):
        self.prompt, self.newest = inputs["prompt"], inputs["response"]
        self.rounds_left = inputs["max_rounds"]
        self.asked: list[str] = []
        self._critic, self._reviser = critic_of(inputs["rules"]), reviser_of(inputs["rules"])

    def critic(self, prompt: str, response: str) -> str | None:
        if prompt != self.prompt:
            raise OtherPrompt(f"critic({prompt!r}, {response!r}) was called")
        self.asked.append(response)
        if len(self.asked) > MOST_QUESTIONS:
            raise AsksWithoutEnd(f"the critic was asked more than {MOST_QUESTIONS} times")
        return self._critic(prompt, response)

    def reviser(self, prompt: str, response: str, critique: str) -> str:
        call = f"reviser({prompt!r}, {response!r}, {critique!r}) was called"
        if prompt != self.prompt:
            raise OtherPrompt(call)
        if critique is None:
            raise RevisesWithoutCritique(call)
        if response != self.newest:
            raise RevisesAnother(f"{call}, and the newest response is {self.newest!r}")
        if critique != self._critic(prompt, response):
            if self.asked and self.asked[-1] != response:
                raise AsksAboutAnother(f"it was asked about {self.asked[-1]!r}; then {call}")
            raise HandsOnAnother(call)
        if self.rounds_left == 0:
            raise RevisesTooOften("the reviser was called once more than that")
        self.rounds_left -= 1
        self.newest = self._reviser(prompt, response, critique)
        return self.newest


def critique_and_revise(answer: Callable, inputs: dict):
    """Return what comes back, of a critic and a reviser that watch what they are asked.

    Raises:
        OtherPrompt, RevisesWithoutCritique, RevisesAnother, AsksAboutAnother, HandsOnAnother,
        RevisesTooOften, AsksWithoutEnd
    """
    given = Watched(inputs)
    prompt, response, max_rounds = (inputs[n] for n in ("prompt", "response", "max_rounds"))
    return answer(prompt, response, given.critic, given.reviser, max_rounds)

"""Submissions of lesson 01 that mean harm or make no sense, each with what grading owes it.

`@hostile("forging", why=...)` registers a function that makes one. It gets the `Target`, the only
things that an attack may aim at, and returns the notebook's bytes or a function that fills the
submission's folder.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import lesson

FAMILIES = ("forging", "escape", "exhaustion", "broken", "after")
MODULES = (
    "forging",
    "forging_machinery",
    "forging_observer",
    "forging_messages",
    "forging_modules",
    "escape",
    "escape_kernel",
    "exhaustion",
    "exhaustion_of_room",
    "exhaustion_of_the_judge",
    "broken",
    "broken_cells",
    "after",
    "after_pages",
)
EXERCISES = tuple(lesson().exercises)
FULL = 20.0  # points of the lesson's programs

Verdicts = Verdict | Collection[Verdict]
Filling = bytes | Callable[[Path], None]


@dataclass(frozen=True)
class Target:
    """What attacks aim at. The tests made all of it; nothing else is touched, even by a success.

    Attributes:
        course: the folder of the course, with its gradebook and everybody's submissions.
        home: stands for the home folder of whoever grades.
        bystander: another student, who has submitted and is graded.
        tcp: port of 127.0.0.1 that nobody may reach.
        udp: the same for datagrams.
        abstract: name of an abstract Unix socket.
        secret: stands in a file of the course and in the grader's environment.
        mark: part of the name of each file that an attack leaves outside.
    """

    course: Path
    home: Path
    bystander: str
    tcp: int
    udp: int
    abstract: str
    secret: str
    mark: str

    def words(self) -> str:
        """Return Python text that gives a submission these values as global names."""
        known = {name: value for name, value in vars(self).items() if name != "secret"}
        plain = {n: str(v) if isinstance(v, Path) else v for n, v in known.items()}
        return "".join(f"{name.upper()} = {value!r}\n" for name, value in plain.items())


@dataclass(frozen=True)
class Hostile:
    """One hostile submission.

    Attributes:
        name: of the function that makes it.
        family: what it tries.
        why: one sentence: what would go wrong.
        make: makes it.
        honest: the points it has earned; it may get fewer, never more.
        allowed: the verdicts that are right for each exercise, several where timing decides.
        alarms: kinds of alarms that its instructor must see.
        short: whether it gets small limits, because it uses them up.
        student: name of its folder where that is the attack, else "".
        refused: whether its folder is not graded at all.
    """

    name: str
    family: str
    why: str
    make: Callable[[Target], Filling]
    honest: float
    allowed: dict[str, frozenset[Verdict]]
    alarms: frozenset[str] = frozenset()
    short: bool = False
    student: str = ""
    refused: bool = False


BOOK: list[Hostile] = []  # in the order in which they were registered


def hostile(
    family: str,
    *,
    why: str,
    honest: float = 0.0,
    others: Verdicts = Verdict.NOT_ATTEMPTED,
    verdicts: dict[str, Verdicts] | None = None,
    alarms: Collection[str] = (),
    name: str = "",
    **more,
) -> Callable:
    """Register a function that makes a hostile submission.

    Args:
        others: the verdict on each exercise that is not in `verdicts`.
        name: "" takes the function's.
    """

    def keep(make: Callable[[Target], Filling]) -> Callable[[Target], Filling]:
        allowed = {e: _set_of((verdicts or {}).get(e, others)) for e in EXERCISES}
        page = Hostile(
            name or make.__name__,
            family,
            why,
            make,
            honest,
            allowed,
            frozenset(alarms),
            **more,
        )
        BOOK.append(page)
        return make

    return keep


def _set_of(verdicts: Verdicts) -> frozenset[Verdict]:
    return frozenset([verdicts] if isinstance(verdicts, Verdict) else verdicts)


def load() -> list[Hostile]:
    """Return all hostile submissions."""
    for module in MODULES:
        import_module(f"tests.hostile.{module}")
    return BOOK

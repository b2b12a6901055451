"""The right and wrong answers of each topic, collected from the folder of that name.

`@right("encode")` marks a right answer to an exercise, `@wrong("encode", "text_order")` one that
the check must refuse with the finding of that name.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace

Answer = Callable | SimpleNamespace

RIGHT: dict[str, dict[str, Answer]] = {}  # exercise -> name -> answer
WRONG: dict[str, dict[str, tuple[Answer, str]]] = {}  # exercise -> name -> (answer, misconception)


def right(exercise: str, name: str = "") -> Callable[[Answer], Answer]:
    def keep(answer: Answer) -> Answer:
        RIGHT.setdefault(exercise, {})[name or answer.__name__] = answer
        return answer

    return keep


def wrong(exercise: str, misconception: str, name: str = "") -> Callable[[Answer], Answer]:
    def keep(answer: Answer) -> Answer:
        WRONG.setdefault(exercise, {})[name or answer.__name__] = (answer, misconception)
        return answer

    return keep


def topics() -> list[str]:
    """Return the topics that have answers."""
    return [module.name for module in pkgutil.iter_modules(_folder("")) if module.ispkg]


def load(topic: str) -> None:
    """Read a topic's answers into RIGHT and WRONG."""
    for module in pkgutil.iter_modules(_folder(topic)):
        import_module(f"tests.answers.{topic}.{module.name}")


def _folder(topic: str) -> list[str]:
    return list(import_module(f"tests.answers.{topic}".rstrip(".")).__path__)

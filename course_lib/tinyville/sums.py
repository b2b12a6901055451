"""Sums of one-digit numbers, and sums of three numbers in two steps."""

from course_lib.tinyville.sentences import Sentence
from course_lib.tinyville.world import World
from course_lib.tinyville.writing import Text

LARGEST = 18  # 9 + 9: documents hold no larger number


def sums(text: Text, world: World) -> None:
    """Write four sums."""
    for _ in range(4):
        one_sum(text, world)


def one_sum(text: Text, world: World) -> None:
    """Write the sum of two digits, each pair as likely as any other."""
    a = text.choose(world.digits)
    text.say("+")
    b = text.choose(world.digits)
    text.say(f"= {int(a) + int(b)} .")


def sum_in_steps(text: Text, world: World) -> None:
    """Write the sum of three digits, one step after the other.

    "3 + 4 + 5 = ? 3 + 4 = 7 . 7 + 5 = 12 ." The total is at most 18, so every number in it occurs
    in `sums`, but "12 + 5" does not. No part of what a model is pretrained on.
    """
    a = text.choose(world.digits)
    text.say("+")
    b = text.choose(world.digits)
    text.say("+")
    ab = int(a) + int(b)
    c = text.choose(world.digits[: LARGEST - ab + 1])
    text.say(f"= ? {a} + {b} = {ab} . {ab} + {c} = {ab + int(c)} .")


SENTENCES = (Sentence(one_sum),)

"""A look at a feed as HTML and in words: each answer with what it seems and what it is worth."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from course_lib.study.feed import Answer, Look
from course_lib.study.widgets.frontier_scenes import signed
from course_lib.tinyville.preferences import WORTH, Features

NOTHING = "(nothing: it ends the answer at once)"
WIDTH, HEIGHT = 760, 220
MOST_NUMBERS = 12  # below the plot
LEFT, RIGHT, TOP, BOTTOM = 52, 610, 36, 174  # of the plot; at its right the lines have their names
APART = 9  # pixels that each of two names keeps from their middle
LINES = {"proxy": "blue", "true reward": "orange"}
COLUMNS = ("question", "answer", "proxy", "true reward", "made of")
TEXTS = ("question", "answer", "made of")
CAPTION = "What answers seem to be worth and what they are worth, while a policy trains"
EQUAL = 0.005  # what is shown as 0.00
_NUMBER = ' class="ttt-number"'

STYLE = """
.ttt.ttt .ttt-feed{width:100%;table-layout:fixed;margin:.3em 0 1em}
.ttt-feed th:nth-child(1){width:16%}
.ttt-feed th:nth-child(3),.ttt-feed th:nth-child(4){width:8%}
.ttt-feed th:nth-child(5){width:17%}
.ttt.ttt .ttt-feed .ttt-row td,.ttt.ttt .ttt-feed .ttt-row th{padding:5px 16px 5px 0;
vertical-align:top}
.ttt.ttt .ttt-feed td.ttt-said{overflow-wrap:anywhere;
font-family:var(--jp-code-font-family,ui-monospace,monospace)}
.ttt-feed .ttt-since{display:block}
.ttt-feed .ttt-since,.ttt-feed .ttt-part{white-space:nowrap}
.ttt-changes{display:block;width:100%;max-width:760px;height:auto;margin:.4em 0}
.ttt-changes text{font-size:14px;fill:var(--jp-content-font-color1,currentColor)}
.ttt-changes .ttt-axis{stroke:var(--jp-content-font-color1,currentColor);stroke-width:1;fill:none}
.ttt-changes .ttt-now{stroke-dasharray:2 4}
.ttt-changes polyline{stroke:var(--ttt-hue);stroke-width:2.5;fill:none;stroke-linejoin:round}
.ttt-changes circle,.ttt-changes .ttt-line-name{fill:var(--ttt-hue)}
.ttt-changes .ttt-line-name{font-weight:600}
"""


@dataclass(frozen=True)
class Scene:
    """One look of a feed.

    Attributes:
        looks: all of them.
        number: which one, from 0.
    """

    looks: Sequence[Look]
    number: int

    @property
    def look(self) -> Look:
        return self.looks[self.number]

    @property
    def changes(self) -> dict[str, list[float]]:
        """Return by how much the mean of the answers changed up to each look, by line."""
        first = self.looks[0]
        return {
            "proxy": [look.proxy - first.proxy for look in self.looks],
            "true reward": [look.true - first.true for look in self.looks],
        }


def headline(scene: Scene) -> str:
    """Say how far the training is, and what has become of proxy and true reward."""
    look, last = scene.look, scene.looks[-1]
    where = f"Step {look.step:,} of {last.step:,}"
    if scene.number == 0:
        return f"{where}: proxy {fixed(look.proxy)}, true reward {fixed(look.true)} on average."
    proxy, true = (values[scene.number] for values in scene.changes.values())
    return f"{where}: proxy {moved(proxy)}, true reward {moved(true)}, since step 0."


def verdict(scene: Scene) -> str:
    """Say whether the reward model is right about what has changed."""
    if scene.number == 0:
        return "The looks that follow are compared with this one."
    proxy, true = (values[scene.number] for values in scene.changes.values())
    likes = {1: "better than", 0: "as much as", -1: "less than"}[sign(proxy)]
    worth = {1: "better", 0: "worth as much", -1: "worse"}[sign(true)]
    return (
        f"The reward model likes these answers {likes} those at the start, and in truth they are "
        f"{worth}."
    )


def draw_scene(scene: Scene) -> str:
    """Return the sentences, both means at all looks, and a row an answer."""
    return (
        f'<div aria-live="polite"><p class="ttt-title">{headline(scene)}</p>'
        f"<p>{verdict(scene)}</p></div>{draw_changes(scene)}{draw_answers(scene)}"
    )


def draw_looks(looks: Sequence[Look]) -> str:
    """Return the first look and the last, each as it is drawn, and the means at all."""
    scenes = [Scene(looks, number) for number in sorted({0, len(looks) - 1})]
    parts = [
        f'<p class="ttt-title">{headline(scene)}</p><p>{verdict(scene)}</p>{draw_answers(scene)}'
        for scene in scenes
    ]
    return f'<p class="ttt-title">{CAPTION}</p>{draw_changes(scenes[-1])}{"".join(parts)}'


def describe_looks(looks: Sequence[Look]) -> str:
    """Return the first look and the last in plain text, and the means at all."""
    lines = []
    for number in sorted({0, len(looks) - 1}):
        scene = Scene(looks, number)
        lines += [headline(scene), verdict(scene)]
        lines += [
            f"{answer.question} -> {written(answer)} [proxy {fixed(answer.proxy)}, true reward "
            f"{fixed(answer.true)}: {', '.join(made_of(answer.counts))}]"
            for answer in scene.look.answers
        ]
    return "\n".join([*lines, *(f"{mean_of(look)}." for look in looks)])


def mean_of(look: Look) -> str:
    """Say what the answers at a look are worth on average."""
    return f"Step {look.step:,}: proxy {fixed(look.proxy)}, true reward {fixed(look.true)}"


def draw_answers(scene: Scene) -> str:
    """Return a row an answer; below proxy and true reward, their change since the first look."""
    heads = "".join(
        f'<th scope="col"{"" if name in TEXTS else _NUMBER}>{name}</th>' for name in COLUMNS
    )
    pairs = zip(scene.look.answers, scene.looks[0].answers, strict=True)
    rows = "".join(_row(answer, first, scene.number > 0) for answer, first in pairs)
    return (
        f'<table class="ttt-feed"><thead><tr class="ttt-row">{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(answer: Answer, first: Answer, later: bool) -> str:
    numbers = "".join(
        f"<td{_NUMBER}>{fixed(now)}"
        + (f'<span class="ttt-since">({signed(now - then)})</span>' if later else "")
        + "</td>"
        for now, then in ((answer.proxy, first.proxy), (answer.true, first.true))
    )
    parts = ", ".join(f'<span class="ttt-part">{part}</span>' for part in made_of(answer.counts))
    return (
        f'<tr class="ttt-row"><th scope="row">{html.escape(answer.question)}</th>'
        f'<td class="ttt-said">{html.escape(written(answer))}</td>{numbers}'
        f"<td>{parts}</td></tr>"
    )


def draw_changes(scene: Scene) -> str:
    """Return both lines of changes since the first look, and a mark at this one."""
    low = min(min(values) for values in scene.changes.values())
    high = max(max(values) for values in scene.changes.values())
    room = max(high - low, EQUAL)

    def x(step: int) -> float:
        return LEFT + step / max(scene.looks[-1].step, 1) * (RIGHT - LEFT)

    def y(change: float) -> float:
        return BOTTOM - (change - low) / room * (BOTTOM - TOP)

    now, zero = x(scene.look.step), y(0.0)
    ends = {name: values[-1] for name, values in scene.changes.items()}
    names = _names({name: y(end) for name, end in ends.items()}, ends)
    steps = "".join(
        f'<text x="{x(look.step):.1f}" y="{BOTTOM + 22}" text-anchor="middle">{look.step}</text>'
        for look in scene.looks[:: -(-len(scene.looks) // MOST_NUMBERS)]
    )
    said = "; ".join(mean_of(look) for look in scene.looks)
    lines = "".join(
        _line(LINES[name], [(x(k.step), y(v)) for k, v in zip(scene.looks, values, strict=True)])
        for name, values in scene.changes.items()
    )
    return (
        f'<svg class="ttt-changes" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Means of the answers. {said}."><path class="ttt-axis" '
        f'd="M{LEFT} {zero:.1f}H{RIGHT}"/><path class="ttt-axis ttt-now" '
        f'd="M{now:.1f} {TOP}V{BOTTOM}"/><text x="{LEFT - 10}" y="{zero + 5:.1f}" '
        f'text-anchor="end">0</text>{steps}<text x="{LEFT - 10}" y="16">change of the means since '
        f'step 0</text><text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 4}" '
        f'text-anchor="middle">steps</text>{lines}{names}</svg>'
    )


def _line(hue: str, places: Sequence[tuple[float, float]]) -> str:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in places)
    return f'<g class="ttt-{hue}"><polyline points="{line}"/>{dots}</g>'


def _names(heights: dict[str, float], ends: dict[str, float]) -> str:
    """Return what each line is called beside its end, and by how much it changed.

    Args:
        heights: where each line ends, in pixels from the top; names keep apart.
        ends: the changes.
    """
    middle = sum(heights.values()) / len(heights)
    first, second = sorted(heights, key=heights.get)
    places = {
        first: min(heights[first], middle - APART),
        second: max(heights[second], middle + APART),
    }
    return "".join(
        f'<g class="ttt-{LINES[name]}"><text class="ttt-line-name" x="{RIGHT + 12}" '
        f'y="{place + 5:.1f}">{name} {signed(ends[name])}</text></g>'
        for name, place in places.items()
    )


def written(answer: Answer) -> str:
    """Return an answer's text, or that there is none."""
    return answer.said or NOTHING


def made_of(counts: Features) -> list[str]:
    """Return the parts of an answer's true reward.

    Example:
        >>> made_of(Features(right=1, polite=0, false=2, needless=1))
        ['right +2', '2 false −2', '1 needless −0.25']
    """
    parts = []
    for name, count, worth in zip(Features._fields, counts, WORTH, strict=True):
        if count:
            many = "" if worth > 0 else f"{count} "
            parts.append(f"{many}{name} {count * worth:+g}".replace("-", "−"))
    return parts or ["nothing that counts"]


def fixed(value: float) -> str:
    """Return a number with two digits after the point.

    Example:
        >>> fixed(2.5), fixed(-0.75)
        ('2.50', '−0.75')
    """
    return signed(value).removeprefix("+")


def moved(change: float) -> str:
    """Return a change in words.

    Example:
        >>> moved(6.3), moved(-1.5), moved(0.001)
        ('up by 6.30', 'down by 1.50', 'unchanged')
    """
    return {1: f"up by {change:.2f}", -1: f"down by {-change:.2f}"}.get(sign(change), "unchanged")


def sign(change: float) -> int:
    """Return 1, -1, or 0 for what is shown as 0.00."""
    return (change >= EQUAL) - (change <= -EQUAL)

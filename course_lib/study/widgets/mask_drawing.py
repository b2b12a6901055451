"""What is learned from a conversation: its tokens as boxes in HTML, and the same in words."""

import html
from collections.abc import Sequence

from course_lib.study.strips import MARKS
from course_lib.study.widgets.mask_scenes import CHOICES, PARTS, Place, Scene, conversations

CAPTION = "Tokens that the loss counts, of all tokens"
NOTE = (
    "A thick frame: learned. A thin frame of dashes: only read. Below a token, after the arrow: "
    "what the model is asked for there."
)

STYLE = """
.ttt.ttt .ttt-talk{margin:.7em 0 .5em}
.ttt-talk .ttt-message{position:relative;margin:0 0 9px;padding-left:8px;
border-left:3px solid var(--ttt-rule)}
.ttt-talk .ttt-line{display:flex;flex-wrap:wrap}
.ttt-talk .ttt-place{display:inline-flex;flex-direction:column;align-items:center;
margin:0 3px 3px 0}
.ttt-talk .ttt-token{margin:0}
.ttt-key .ttt-token{font-family:inherit;font-size:13px;padding:2px 8px;margin:0 6px 6px 0}
.ttt-token.ttt-read{border:1.5px dashed var(--ttt-hue);background:none;padding:2px 6px 3px}
.ttt-token.ttt-learned{border:2.5px solid var(--ttt-hue);font-weight:700;
background:color-mix(in srgb,var(--ttt-hue) 18%,transparent)}
.ttt-talk .ttt-asked{font-family:var(--jp-code-font-family,ui-monospace,monospace);
font-size:13px;line-height:1.5;white-space:nowrap;padding:0 4px}
.ttt.ttt .ttt-counts{margin-top:1em}
.ttt.ttt .ttt-counts .ttt-row .ttt-share{white-space:nowrap}
.ttt.ttt .ttt-counts .ttt-row th,.ttt.ttt .ttt-counts .ttt-row td{padding-right:14px}
"""


def draw_scene(scene: Scene, live: bool = True) -> str:
    """Return the sentences, a key of the parts, and a row of boxes for each message."""
    region = ' aria-live="polite"' if live else ""
    rows = "".join(f'<div class="ttt-message">{_lines(row)}</div>' for row in scene.rows)
    return (
        f'<div{region}><p class="ttt-title">{html.escape(scene.headline, quote=False)}</p>'
        f"<p>{html.escape(scene.effect, quote=False)}</p></div>"
        f'<div class="ttt-talk">{rows}</div>'
        f'<div class="ttt-key">Learned: {"".join(_key(scene))}</div>'
        f"<p>{html.escape(scene.shift, quote=False)}</p><p>{NOTE}</p>"
    )


def draw_table() -> str:
    """Return a table of every choice: how much of each conversation it learns, and what follows."""
    names = [*conversations()]
    heads = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{choice}</th>'
        + "".join(f'<td class="ttt-share">{_share(Scene(name, choice))}</td>' for name in names)
        + f"<td>{CHOICES[choice].effect}</td></tr>"
        for choice in CHOICES
    )
    return (
        f'<table class="ttt-counts"><caption>{CAPTION}</caption><thead><tr class="ttt-row">'
        f'<th scope="col">learn from</th>{heads}<th scope="col">what follows</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def describe(scene: Scene) -> str:
    """Return the sentences, the tokens and the table in plain text.

    What is learned stands in [ ], and what is asked for at a token behind an arrow.
    """
    lines = [scene.headline, scene.effect]
    lines += [" | ".join(map(_in_words, row)) for row in scene.rows]
    lines += [f"learned of {part}: {told}" for part, told in _counts(scene)]
    lines += [scene.shift, "In [ ]: learned. After an arrow: what the model is asked for there."]
    lines.append(f"{CAPTION}:")
    for choice in CHOICES:
        shares = ", ".join(f"{name} {_share(Scene(name, choice))}" for name in conversations())
        lines.append(f"{choice}: {shares}. {CHOICES[choice].effect}")
    return "\n".join(lines)


def _share(scene: Scene) -> str:
    return f"{scene.n_learned} of {len(scene.places)}"


def _counts(scene: Scene) -> list[tuple[str, str]]:
    return [(part, f"{learned} of {n}") for part, (learned, n) in scene.counts.items()]


def _in_words(place: Place) -> str:
    text = f"[{place.text}]" if place.learned else place.text
    return f"{text} → {place.asked}" if place.asked else text


def _look(part: str, learned: bool) -> str:
    return f"ttt-token ttt-{PARTS[part]} ttt-{'learned' if learned else 'read'}"


def _lines(row: Sequence[Place]) -> str:
    """Return the boxes of a message; behind a line break they go on in a new line."""
    lines = [[]]
    for place in row:
        lines[-1].append(_place(place))
        if place.text == MARKS["\n"]:
            lines.append([])
    return "".join(f'<div class="ttt-line">{"".join(line)}</div>' for line in lines if line)


def _place(place: Place) -> str:
    asked = learned = ""
    if place.asked:
        asked = f'<span class="ttt-asked">→{html.escape(place.asked)}</span>'
    if place.learned:
        learned = '<span class="ttt-hidden"> (learned)</span>'
    return (
        f'<span class="ttt-place"><span class="{_look(place.part, place.learned)}">'
        f"{html.escape(place.text)}{learned}</span>{asked}</span>"
    )


def _key(scene: Scene) -> list[str]:
    return [
        f'<span class="{_look(part, scene.counts[part][0] > 0)}">{part} {told}</span>'
        for part, told in _counts(scene)
    ]

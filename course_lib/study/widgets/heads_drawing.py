"""All heads of a model at one pair of tokens, and one head at all tokens, as HTML and in words."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from course_lib.study import heads
from course_lib.study.strips import token_html, visible

BEST = 5  # heads that the text names

STYLE = """
.ttt-heads{display:flex;flex-wrap:wrap;gap:1em 2.4em;margin:.6em 0 0}
.ttt-grid{display:grid;gap:1px;width:fit-content}
.ttt-grid i{display:block;width:14px;height:14px;
background:color-mix(in srgb,var(--ttt-blue) var(--w),var(--ttt-empty))}
.ttt-grid{--ttt-empty:#8884;font-size:12px;line-height:14px;font-variant-numeric:tabular-nums}
.ttt-grid b{font-weight:400;padding:0 6px 0 0;text-align:right;white-space:nowrap}
.ttt-grid i.ttt-chosen{outline:3px solid var(--ttt-orange);outline-offset:0;z-index:1}
.ttt.ttt .ttt-taken-from .ttt-row td,.ttt.ttt .ttt-taken-from .ttt-row th{padding:1px 10px 1px 0;
border-bottom:0;vertical-align:middle}
.ttt-taken-from .ttt-token{margin:0}
.ttt-taken-from .ttt-weight{display:inline-block;height:12px;border-radius:2px;
background:var(--ttt-orange);vertical-align:middle}
"""


@dataclass(frozen=True)
class Scene:
    """A text as all heads see it, one pair of its tokens, and one head.

    Attributes:
        pieces: the text of each of T tokens.
        weights: (n_layer, n_head, T, T) what a query, on the third axis, takes from a key.
        query, key: the two tokens; head: (layer, head).
    """

    pieces: Sequence[str]
    weights: Tensor
    query: int
    key: int
    head: tuple[int, int]

    @property
    def pair(self) -> Tensor:
        """Return what each head lets the query take from the key: (n_layer, n_head)."""
        return self.weights[:, :, self.query, self.key]

    def best(self, k: int = 1) -> list[tuple[int, int]]:
        """Return the k heads that take most, the best first."""
        return heads.best(self.pair, k)


def headline(scene: Scene) -> str:
    """Say what the chosen head does at the chosen pair, and which head does it most."""
    layer, head = scene.head
    query, key = (f"“{visible(scene.pieces[place])}”" for place in (scene.query, scene.key))
    if scene.key > scene.query:
        return f"{key} comes after {query}: no head can take anything from a later token."
    best = scene.best()[0]
    return (
        f"Layer {layer}, head {head}: {query} takes {scene.pair[scene.head]:.2f} from {key}. "
        f"The most of all {scene.pair.numel()} heads: {scene.pair[best]:.2f}, "
        f"layer {best[0]}, head {best[1]}."
    )


def draw_scene(scene: Scene, live: bool = True) -> str:
    """Return the sentence, the grid of all heads, and the tokens as the chosen head weighs them."""
    region = ' aria-live="polite"' if live else ""
    return (
        f'<p class="ttt-title"{region}>{html.escape(headline(scene))}</p>'
        f'<div class="ttt-heads"><div>{_grid(scene)}</div><div>{_row(scene)}</div></div>'
    )


def describe_scene(scene: Scene) -> str:
    """Return the same in plain text."""
    best = ", ".join(f"{head} {scene.pair[head]:.2f}" for head in scene.best(BEST))
    taken = scene.weights[(*scene.head, scene.query)][: scene.query + 1].tolist()
    tokens = zip(scene.pieces, taken, strict=False)
    return "\n".join(
        [
            headline(scene),
            f"The {BEST} heads (layer, head) that take most: {best}",
            f"Head {scene.head}: " + ", ".join(f"{visible(t)} {w:.2f}" for t, w in tokens),
        ]
    )


def _grid(scene: Scene) -> str:
    """Return a square a head, layers from left to right; its title says the number."""
    n_layer, n_head = scene.pair.shape
    values = scene.pair.tolist()
    cells = []
    for head in range(n_head):
        cells.append(f"<b>head {head}</b>")
        for layer in range(n_layer):
            chosen = ' class="ttt-chosen"' if (layer, head) == scene.head else ""
            weight = values[layer][head]
            cells.append(
                f'<i{chosen} title="layer {layer}, head {head}: {weight:.2f}" '
                f'style="--w:{100 * weight:.0f}%"></i>'
            )
    marks = "".join(f"<b>{layer if layer % 5 == 0 else ''}</b>" for layer in range(n_layer))
    label = html.escape(f"A square a head, the fuller the more it takes. {headline(scene)}")
    return (
        f'<p class="ttt-label">Every head, layers from left to right: {_pair_name(scene)}</p>'
        f'<div class="ttt-grid" role="img" aria-label="{label}" '
        f'style="grid-template-columns:auto repeat({n_layer},14px)">'
        f"{''.join(cells)}<b>layer</b>{marks}</div>"
    )


def _row(scene: Scene) -> str:
    """Return a row a token that the query may see: the token, the weight, and a bar."""
    taken = scene.weights[(*scene.head, scene.query)].tolist()
    rows = "".join(
        f'<tr class="ttt-row"><th scope="row">{token_html(piece, "plain")}</th>'
        f'<td class="ttt-number">{weight:.2f}</td>'
        f'<td><span class="ttt-weight" style="width:{9 * weight:.2f}em"></span></td></tr>'
        for piece, weight in zip(scene.pieces[: scene.query + 1], taken, strict=False)
    )
    layer, head = scene.head
    query = html.escape(visible(scene.pieces[scene.query]))
    return (
        f'<p class="ttt-label">Layer {layer}, head {head}: what “{query}” takes</p>'
        f'<table class="ttt-taken-from"><tbody>{rows}</tbody></table>'
    )


def _pair_name(scene: Scene) -> str:
    query, key = (visible(scene.pieces[place]) for place in (scene.query, scene.key))
    return html.escape(f"“{query}” takes from “{key}”")

"""A short message to the learner: a colored panel in a notebook, the same words in a terminal."""

import html
from dataclasses import dataclass

from IPython.display import display

from course_lib.study.markup import inline_html

MARKS = {"passed": "✓", "failed": "✗", "note": "→"}
# Each color keeps 3:1 against JupyterLab's light and dark backgrounds; the mark and the words say
# the same without it.
COLORS = {"passed": "#2e8b57", "failed": "#c8553d", "note": "#4a7fb5"}


@dataclass(frozen=True)
class Panel:
    """A title and rows of (label, text).

    Attributes:
        kind: "passed", "failed" or "note".
        title: one line.
        rows: (label, text) pairs; `code` and **bold** are set as such, blank lines part paragraphs.
    """

    kind: str
    title: str
    rows: tuple[tuple[str, str], ...] = ()

    def show(self) -> None:
        """Display the panel as an output of the running cell; print it outside a notebook."""
        display(self)

    def __repr__(self) -> str:
        width = max((len(label) for label, _ in self.rows), default=0)
        lines = [f"{MARKS[self.kind]} {self.title}"]
        for label, text in self.rows:
            first, *rest = text.splitlines() or [""]
            lines.append(f"  {label:<{width}}  {first}".rstrip())
            lines.extend(f"  {'':<{width}}  {line}".rstrip() for line in rest)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        color = COLORS[self.kind]
        rows = "".join(
            f'<dt style="float:none;width:auto;font-weight:600;margin:0">{html.escape(label)}</dt>'
            f'<dd style="margin:0;min-width:0;overflow-wrap:anywhere">'
            f"{inline_html(text)}</dd>"
            for label, text in self.rows
        )
        body = (
            '<dl style="display:grid;grid-template-columns:max-content minmax(0,1fr);'
            f'gap:.3em 1.2em;margin:.6em 0 0">{rows}</dl>'
            if rows
            else ""
        )
        return (
            f'<div style="border-left:5px solid {color};padding:.5em 0 .5em 1em;margin:.3em 0;'
            'max-width:52em;line-height:1.5;color:var(--jp-ui-font-color0,#1a1a1a)">'
            f"<strong>{MARKS[self.kind]} {inline_html(self.title)}</strong>{body}</div>"
        )

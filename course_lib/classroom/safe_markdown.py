"""Markdown that learners wrote, as HTML in which nothing runs and nothing is loaded.

nbgrader's own pages, for instructors and for learners, turn markdown into HTML with a filter called
markdown2html; nbgrader_config.py puts this one in its place.
"""

import html
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import bleach
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

TEXT = (
    "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img "
    "kbd li mark ol p pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(TEXT.split())
NAMED = {"class", "id", "title"}


@pass_context
def markdown2html(context: Mapping[str, Any], source: str) -> str:
    """Return the markdown of the cell that a page is at as harmless HTML, with its own pictures.

    Args:
        context: of the page's template; `cell` in it is the cell.
    """
    cell = context.get("cell") or {}
    return safe_html(source, cell.get("attachments") or {})


def safe_html(source: str, pictures: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> str:
    """Return markdown as HTML, with only tags that show text, links and embedded pictures.

    Args:
        pictures: those pasted into the cell, {name: {kind: base64}}.

    Example:
        >>> safe_html("**bold**<script>alert(1)</script>")
        '<p><strong>bold</strong>&lt;script&gt;alert(1)&lt;/script&gt;</p>\\n'
    """
    renderer = _Renderer(escape=False, attachments=pictures)
    return bleach.clean(
        MarkdownWithMath(renderer=renderer).render(source),
        tags=TAGS,
        attributes=_is_harmless,
        protocols={"http", "https", "mailto", "data"},
    )


class _Renderer(IPythonRenderer):
    """Says so where a picture is missing; its parent gives up the whole page."""

    def image(self, text: str, url: str, title: str | None = None) -> str:
        try:
            return super().image(text, url, title)
        except (InvalidNotebook, StopIteration):  # no such picture, or none of any kind
            return f"[{html.escape(text)}: this picture is missing]"


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        address = "".join(html.unescape(value).split())  # as a browser reads it
        return not address.lower().startswith("data:")
    if tag == "img" and name == "src":  # any other address would tell its owner who looks
        return value.startswith(("data:image/png;", "data:image/jpeg;", "data:image/gif;"))
    return name in NAMED or (tag == "img" and name == "alt") or (tag == "th" and name == "scope")

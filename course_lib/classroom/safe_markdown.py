"""Markdown that learners wrote, as HTML in which nothing runs and nothing is loaded.

nbgrader's own pages, for instructors and for learners, turn markdown into HTML with a filter called
markdown2html; nbgrader_config.py puts this one in its place.
"""

import html

import bleach
from nbconvert.filters.markdown_mistune import markdown2html_mistune

TEXT = (
    "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img "
    "kbd li mark ol p pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
)
TAGS = frozenset(TEXT.split())
NAMED = {"class", "id", "title"}


def markdown2html(source: str) -> str:
    """Return markdown as HTML, with only tags that show text, links and embedded pictures.

    Example:
        >>> markdown2html("**bold**<script>alert(1)</script>")
        '<p><strong>bold</strong>&lt;script&gt;alert(1)&lt;/script&gt;</p>\\n'
    """
    return bleach.clean(
        markdown2html_mistune(source),
        tags=TAGS,
        attributes=_is_harmless,
        protocols={"http", "https", "mailto", "data"},
    )


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        address = "".join(html.unescape(value).split())  # as a browser reads it
        return not address.lower().startswith("data:")
    if tag == "img" and name == "src":  # any other address would tell its owner who looks
        return value.startswith(("data:image/png;", "data:image/jpeg;", "data:image/gif;"))
    return name in NAMED or (tag == "img" and name == "alt") or (tag == "th" and name == "scope")

"""nbgrader's own pages show learners' markdown, and nothing in it runs or is loaded."""

from html.parser import HTMLParser
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import PyFileConfigLoader

from course_lib.classroom.safe_markdown import safe_html
from tests.classroom.notebooks import ROOT

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)></svg>",
    "[click](javascript:alert(1))",
    "<a href='javascript:alert(1)'>click</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>click</a>",
    "<a href='d&#97;ta:text/html,alert(1)'>click</a>",
    "<a href='da\tta:text/html,alert(1)'>click</a>",
    "<iframe src='https://example.org'></iframe>",
    "![seen](https://example.org/who-looks.png)",
    "<style>body {display: none}</style>",
    "<form action='https://example.org'><input name=token></form>",
    "<b onclick=alert(1) style='position:fixed'>bold</b>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "```html\n<script>alert(1)</script>\n```",
    "$x < y$ <math><mi xlink:href='javascript:alert(1)'></mi></math>",
)
ACTIVE = {"script", "iframe", "svg", "style", "form", "input", "meta", "object", "embed", "math"}

# What these pages print besides the notebook.
SHOWN = (
    "score",
    "max_score",
    "late_penalty",
    "submission_id",
    "student",
    "first_name",
    "last_name",
    "assignment_id",
    "notebook_id",
    "notebook_path",
    "base_url",
)


class Reader(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.attributes = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes


@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_runs_and_nothing_is_loaded(markdown):
    seen = Reader(safe_html(markdown))
    assert not seen.tags & ACTIVE
    for name, value in seen.attributes:
        assert not name.startswith("on") and name != "style"
        if name in ("src", "href"):
            assert not "".join(value.split()).startswith(("javascript:", "data:text"))
        if name == "src":
            assert value.startswith("data:image/")


def test_what_lessons_use_stays():
    source = (
        "## Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "<details><summary>Hint</summary>\n\n*text* with `code`\n\n</details>\n\n"
        "![a picture](data:image/png;base64,AAAA) and [a link](https://pytorch.org)"
    )
    seen = Reader(safe_html(source))
    assert {"h2", "table", "th", "td", "details", "summary", "em", "code", "img", "a"} <= seen.tags
    assert "$x^2 &lt; y$" in safe_html("$x^2 < y$")


def test_a_picture_that_was_pasted_in_is_shown():
    pasted = {"page.png": {"image/png": "AAAA"}}
    seen = Reader(safe_html("![mine](attachment:page.png)", pasted))
    assert ("src", "data:image/png;base64,AAAA") in seen.attributes


@pytest.mark.parametrize("pasted", [{}, {"page.png": {}}, {"page.png": {"image/svg+xml": "AA"}}])
def test_a_picture_that_is_missing_or_may_run_stops_no_page(pasted):
    html = safe_html("Look: ![<b>mine](attachment:page.png) here.", pasted)
    assert "Look:" in html and "here." in html
    assert "data:" not in html


@pytest.mark.parametrize("page", ["formgrade", "feedback"])
def test_nbgraders_pages_take_this_filter(page):
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    pages = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config.HTMLExporter.extra_template_basedirs = [str(pages / "templates")]
    styles = pages / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.extra_template_paths = [str(styles)]
    cells = [nbformat.v4.new_markdown_cell(text) for text in HOSTILE]
    picture = {"page.png": {"image/png": "UElDVFVSRQ=="}}
    pasted = "![mine](attachment:page.png) ![gone](attachment:other.png)"
    cells.append(nbformat.v4.new_markdown_cell(pasted, attachments=picture))
    facts = dict.fromkeys(SHOWN, "") | {"index": 0, "total": 1}
    exporter = HTMLExporter(config=config, template_name=page)
    html, _ = exporter.from_notebook_node(
        nbformat.v4.new_notebook(cells=cells), {**facts, "nbgrader": dict.fromkeys(SHOWN, 0)}
    )
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html and "<svg onload" not in html
    assert 'src="data:image/png;base64,UElDVFVSRQ=="' in html
    assert "[gone: this picture is missing]" in html

"""Our reader of the percent format reads what jupytext reads."""

import jupytext
import pytest

from course_lib.build.percent import UnreadableSource, split_cells
from course_lib.build.source import read_cells
from tests.build.tiny import ROOT, TINY

# Comments that look like magics stay comments: a lesson is plain Python.
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
SOURCES = sorted([*TINY.glob("lessons/*.py"), *ROOT.glob("lessons/*.py")])
ODD = """# ---
# jupyter:
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown] role="written" points=2
#
# A line, then two empty ones
#
#
#     and an indented one

# %% tags=["nbval-ignore-output"]


x = '''
# not a marker: %%
'''
#%%not a marker
# %matplotlib inline
# %%
# only a comment
"""


@pytest.mark.parametrize("text", [source.read_text(encoding="utf-8") for source in SOURCES] + [ODD])
def test_cells_are_those_of_jupytext(text):
    theirs = jupytext.reads(text, fmt=PERCENT).cells
    ours = [(cell.kind, cell.text, cell.options) for cell in read_cells(text)]
    for cell in theirs:
        cell.metadata.pop("lines_to_next_cell", None)
    assert ours == [(c.cell_type, c.source.strip("\n"), dict(c.metadata)) for c in theirs]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("import os\n# %%\nx = 1\n", 1, "before the first"),
        ("# %%\nx = 1\n\n# %% a title\ny = 1\n", 4, "cannot read 'a title'"),
        ("# %% role=setup\nx = 1\n", 1, "role=setup"),
        ("# %% [markdown]\n# text\nx = 1\n", 3, "begins with `# `"),
        ("# %% [raw]\n# text\n", 1, "cannot read '[raw]'"),
    ],
)
def test_a_line_that_means_nothing_is_refused(text, line, reason):
    with pytest.raises(UnreadableSource) as refused:
        split_cells(text)
    assert refused.value.line == line
    assert reason in refused.value.reason


def test_lines_are_counted_from_the_start_of_the_file():
    assert [cell.line for cell in read_cells(ODD)] == [6, 13, 21]

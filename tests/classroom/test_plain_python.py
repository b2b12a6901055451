"""What is read of a cell is what is run of it: Python, and none of IPython's commands."""

import ast

import pytest

from course_lib.classroom.plain_python import UNREAD, plain_python, unparsed
from course_lib.exercises import names

RAISES = "raise SyntaxError('the code that a command watches')"


@pytest.mark.parametrize(
    "command",
    [
        "%matplotlib inline",
        "%matplotlib",
        "%gui tk",
        "%pylab",
        "%load_ext autoreload",
        "%config InlineBackend.figure_format = 'retina'",
        "!pip install seaborn",
        "len?",
        "%timeit f(x)",
        "%%timeit\nf(x)",
        "%%bash\nls",
        "%%writefile helper.py\nx = 1",
        "%run helper.py",
        "%time",
    ],
)
def test_commands_do_nothing(command):
    assert plain_python(command).strip() == "pass"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%time x = f()", "x = f()"),
        ("y = %time f()", "y = f()"),
        ("y = %timeit -o f()", "y = None"),
        ("files = !ls", "files = None"),
        ("%prun -s cumulative f(x)", "f(x)"),
        ("%prun -l 10 -s tottime f(a, b)", "f(a, b)"),
        ("%time --no-raise-error 1", "1"),
        ("%%time\nx = 1\n!ls", "x = 1\npass"),
        ("%%memit\ndef f():\n    return 1", "def f():\n    return 1"),
        ("%%capture out --no-stderr\nx = 1", "out = ''\nx = 1"),
        ("%%time\n%%capture\nx = 1", "x = 1"),
        ("for i in x:\n    %time g(i)", "for i in x:\n    g(i)"),
        ("def f():\n    %matplotlib inline\n    return 1", "def f():\n    pass\n    return 1"),
        ("%time (", RAISES),
        ("%%time\nf(", RAISES),
    ],
)
def test_commands_that_watch_code_give_way_to_it(cell, code):
    assert plain_python(cell) == code


@pytest.mark.parametrize(
    "cell", ["x = 1  # one\n", "await f()\n", "x = (", "f x", "s = '''\n%x'''\n"]
)
def test_all_else_stays_as_it_is(cell):
    assert plain_python(cell) == cell


@pytest.mark.parametrize(
    "cell",
    ["if 0:\n    x" + ".y" * 600 + "()", "%matplotlib\nx = " + "-" * 900 + "1", "nonlocal x"],
)
def test_what_cannot_be_read_is_not_run(cell):
    assert plain_python(cell) == UNREAD


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("f'{\"🫨\"}'", set()),
        ("f\"{t.replace('\u00a0', ' ')} {x:{width}}\"", {"t", "x", "width"}),
    ],
)
def test_texts_with_fields_are_read_also_where_python_cannot_write_them(text, uses):
    cell = f"print({text})\n"
    assert plain_python(cell) == cell
    assert names.global_names(unparsed(ast.parse(cell))) == uses

"""After-effects on pages: text that would run in the browser of whoever reads it."""

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import cell, code
from tests.hostile.book import EXERCISES, FULL, hostile
from tests.hostile.notebooks import SCRIPT, answering, full_but, submission

WHOLE = {"honest": FULL, "others": Verdict.PASSED}
IMAGE = "<img src=x onerror=alert('hostile')>"
LINK = "[a link](javascript:alert('hostile'))"
FRAME = "<iframe srcdoc=\"<script>alert('hostile')</script>\"></iframe>"
STYLE = "<style>body { display: none }</style><svg onload=alert('hostile')>"
ALL = "\n\n".join([SCRIPT, IMAGE, LINK, FRAME, STYLE, "`</code>" + SCRIPT + "`"])


@hostile(
    "after", why="what an answer printed is shown where it returned nothing", others=Verdict.FAILED
)
def prints_a_script(target):
    return submission(texts=answering(f"print({ALL!r})"))


@hostile("after", why="the message of an error is shown", others=Verdict.FAILED)
def raises_a_script(target):
    return submission(texts=answering(f"raise ValueError({ALL!r})"))


@hostile("after", why="the name of an error is shown too", others=Verdict.FAILED)
def names_an_error_like_a_script(target):
    body = f"raise type({SCRIPT!r}, (Exception,), {{}})({IMAGE!r})"
    return submission(texts=answering(body))


@hostile("after", why="the name of a type is shown", others=Verdict.FAILED)
def names_a_type_like_a_script(target):
    body = f"return type({SCRIPT!r}, (list,), {{'__module__': {IMAGE!r}}})()"
    return submission(texts=answering(body))


@hostile(
    "after", why="the name of a function that is not written yet is shown", others=Verdict.FAILED
)
def names_a_function_like_a_script(target):
    body = (
        "def helper():\n    raise NotImplementedError\n"
        f"helper.__code__ = helper.__code__.replace(co_name={SCRIPT!r})\nhelper()"
    )
    return submission(texts=answering(body))


@hostile("after", why="a wrong value is shown", others=Verdict.FAILED)
def returns_a_script(target):
    texts = answering(f"return [{ALL!r}]") | {"decode": answering(f"return {ALL!r}")["decode"]}
    texts["count_pairs"] = answering(f"return {{{SCRIPT!r}: {IMAGE!r}}}")["count_pairs"]
    return submission(texts=texts)


@hostile("after", why="a cell's error is shown where a function is missing", others=Verdict.FAILED)
def stops_its_cells_with_a_script(target):
    return submission(texts=dict.fromkeys(EXERCISES, f"raise ValueError({ALL!r})"))


@hostile("after", why="instructors read the notebook as a page of their own site", **WHOLE)
def adds_a_markdown_cell_with_a_script(target):
    def change(notebook):
        more = {"cell_type": "markdown", "id": "page", "metadata": {}, "source": ALL}
        notebook["cells"].insert(2, more)
        notebook["cells"].insert(4, more | {"cell_type": "raw", "id": "raw"})
        output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": ALL}}
        notebook["cells"].insert(6, code("1 + 1", outputs=[output]))

    return full_but(change)


@hostile("after", why="the written answer is read by a person", **WHOLE)
def writes_a_script_as_its_answer(target):
    return full_but(lambda notebook: cell(notebook, "written").update(source=ALL))


@hostile("after", why="the lesson's own text may have been rewritten", **WHOLE)
def rewrites_the_lesson_with_a_script(target):
    def change(notebook):
        for each in notebook["cells"]:
            if each["cell_type"] == "markdown" and each["id"] != "written":
                each["source"] = ALL

    return full_but(change)


@hostile("after", why="ids and tags are written into a page's attributes", **WHOLE)
def has_ids_that_leave_their_attribute(target):
    def change(notebook):
        breaking = f'">{SCRIPT}<i class="'
        for each in notebook["cells"][::5]:
            if each["cell_type"] == "markdown" and each["id"] != "written":
                each["id"] = breaking
        notebook["metadata"]["title"] = breaking
        more = {"tags": [breaking], "name": breaking}
        notebook["cells"].insert(2, code("x = 1", id=breaking, metadata=more))

    return full_but(change)

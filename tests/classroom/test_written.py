"""Whatever a learner wrote in words is found, wherever it stands."""

import json
import time

import pytest

from course_lib.classroom.lesson import WRITTEN, source_of
from course_lib.classroom.submission import prepare
from course_lib.classroom.written import written_in
from tests.classroom.notebooks import cell, changed, code, empty, full, lesson, place

TEXT = lesson().by_id[WRITTEN]["source"]
ESSAY = "It sees pieces and not letters."


def note(source: str) -> dict:
    return {"cell_type": "markdown", "id": "note", "metadata": {}, "source": source}


def in_its_cell(notebook):
    cell(notebook, WRITTEN)["source"] = ESSAY


def below_its_cell(notebook):
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, note(ESSAY))


def in_the_second_half(notebook):
    half = json.loads(json.dumps(cell(notebook, WRITTEN))) | {"id": "half", "source": ESSAY}
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, half)


def typed_anew(notebook):
    below_its_cell(notebook)
    notebook["cells"].remove(cell(notebook, WRITTEN))


def below_another_text(notebook):
    one = notebook["cells"][place(notebook, WRITTEN) - 1]
    one["source"] = f"{source_of(one)}\n\n{ESSAY}"
    notebook["cells"].remove(cell(notebook, WRITTEN))


def without_metadata(notebook):
    in_its_cell(notebook)
    for one in notebook["cells"]:
        one["metadata"] = {}
        del one["id"]


def as_a_picture(notebook):
    cell(notebook, WRITTEN)["attachments"] = {"page.png": {"image/png": "iVBO"}}


def in_a_cell_for_code(notebook):
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, code(f"{ESSAY}\nIs that not so?"))


def in_a_comment(notebook):
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, code(f"# {ESSAY}"))


def in_a_text_of_python(notebook):
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, code(f'"""{ESSAY}"""'))


def in_its_cell_made_one_for_code(notebook):
    cell(notebook, WRITTEN).update(cell_type="code", source=ESSAY, metadata={}, id="other")


def under_a_name(notebook):
    text = f'answer = """{ESSAY} Letters it never sees at all."""'
    notebook["cells"].insert(place(notebook, WRITTEN) + 1, code(text))


@pytest.mark.parametrize(
    "change",
    [
        under_a_name,
        in_a_cell_for_code,
        in_a_comment,
        in_a_text_of_python,
        in_its_cell_made_one_for_code,
        in_its_cell,
        below_its_cell,
        in_the_second_half,
        typed_anew,
        below_another_text,
        without_metadata,
        as_a_picture,
    ],
)
def test_it_is_found(change):
    notebook = prepare(lesson(), changed(full(), change)).notebook
    assert ("iVBO" if change is as_a_picture else ESSAY) in written_in(lesson(), notebook)


def other_spaces(notebook):
    for one in notebook["cells"]:
        if one["cell_type"] == "markdown":
            one["source"] = source_of(one).replace("\n", "\r\n") + " \n"


@pytest.mark.parametrize(
    "source", ["x = 1  # now it is one more than 0", "!pip install a b c d e f", "for x in (", ""]
)
def test_programs_are_no_answer_in_words(source):
    def change(notebook):
        notebook["cells"].insert(place(notebook, WRITTEN) + 1, code(source))

    assert written_in(lesson(), prepare(lesson(), changed(full(), change)).notebook) == ""


@pytest.mark.parametrize("change", [lambda notebook: None, other_spaces])
@pytest.mark.parametrize("data", [empty(), full()], ids=["empty", "full"])
def test_the_release_holds_nothing_of_a_learner(data, change):
    assert written_in(lesson(), prepare(lesson(), changed(data, change)).notebook) == ""


LONG = {
    "a word": lambda n: f'dna = "{"a" * n}"',
    "a word that is no Python": lambda n: "dna = " + "a" * n + " b",
    "marks": lambda n: "x = 'a" + "!" * n + "'",
    "words": lambda n: "x = '" + "a " * n + "'",
    "spaces": lambda n: "é" + " " * n + "x",
    "other letters": lambda n: "é " * n + "x",
}


@pytest.mark.parametrize("what", LONG)
def test_a_text_takes_no_more_than_its_length(what):
    ratio = seconds_for(LONG[what](12_000)) / seconds_for(LONG[what](3_000))
    assert ratio < 9, "4 at most where a word is tried once, 16 where each letter is"


def seconds_for(source):
    """Return the processor time, at best, in which words are looked for in a notebook."""

    def add(notebook):
        notebook["cells"].append(code(source))

    notebook, times = prepare(lesson(), changed(empty(), add)).notebook, []
    for _ in range(3):
        start = time.process_time()
        written_in(lesson(), notebook)
        times.append(time.process_time() - start)
    return min(times)

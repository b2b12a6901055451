"""Score forging through a module that everybody shares: its changed function lies about inputs."""

from course_lib.classroom.verdicts import Verdict
from tests.hostile.book import hostile
from tests.hostile.forging_observer import IN_PLACE
from tests.hostile.notebooks import submission

# Whatever says what became of the inputs is told what they were before.
LIES = """
real, kept = json.dumps, []

def dumps(data, **more):
    text = real(data, **more)
    if text.startswith('{"dict": [["ids"') and '"pair"' in text:
        kept.append(text)
        return kept[-1 - (len(kept) - 1) % 3]
    return text

"""
WAYS = {
    "lies_from_a_cell_without_the_import": "json.dumps = dumps",
    "lies_by_a_loop": "for json.dumps in [dumps]: pass",
    "lies_by_a_context": "import contextlib as c\nwith c.nullcontext(dumps) as json.dumps: pass",
    "lies_under_another_name": "other = json\nother.dumps = dumps",
    "lies_in_a_function": "def change(it):\n    it.dumps = dumps\nchange(json)",
    "lies_by_setattr_under_another_name": "put = setattr\nput(json, 'dumps', dumps)",
    "lies_by_the_names_of_a_module": "json.__dict__['dumps'] = dumps",
    "lies_by_vars": "vars(json).update(dumps=dumps)",
    "lies_by_a_mock": "from unittest import mock\nmock.patch('json.dumps', dumps).start()",
}


def _with_json_at_the_top(notebook):
    names = [one["id"] for one in notebook["cells"]]
    first = notebook["cells"][names.index("setup")]
    first["source"] += "\nimport json"


for name, way in WAYS.items():
    hostile(
        "forging",
        name=name,
        why="a function of a module that the observer uses, too, is another one",
        verdicts={"merge_pair": Verdict.NEEDS_REVIEW},
        alarms={"reaches_inside"},
    )(
        lambda target, way=way: submission(
            texts={"merge_pair": IN_PLACE + "merge_pair = merge_in_place"},
            first=LIES + way,
            change=_with_json_at_the_top,
        )
    )

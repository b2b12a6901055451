"""Score forging by taking over what observes an answer and writes down what it did."""

from collections.abc import Callable

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers
from tests.hostile.book import hostile
from tests.hostile.notebooks import answering, submission

NOTHING = answering("return None")
REACHES = {"reaches_inside"}
SEEN = {Verdict.FAILED, Verdict.TAMPERED, Verdict.NEEDS_REVIEW}

# A right `merge_pair`, but for one thing: it works on the list that it was given.
IN_PLACE = """
def merge_in_place(ids, pair, new_id):
    place = 0
    while place + 1 < len(ids):
        if (ids[place], ids[place + 1]) == tuple(pair):
            ids[place : place + 2] = [new_id]
        place += 1
    return ids

"""
CLAIM = """
def claim(call, answer, inputs, seconds=5.0):
    given = copy.deepcopy(inputs)
    return types.SimpleNamespace(
        value=call(answer, given), type_name="list", not_plain="", raised=None, raised_kinds=(),
        raised_by="", where="", printed="", inputs_after=inputs)

"""


@hostile("forging", why="an outcome that was never observed", alarms=REACHES, others=SEEN)
def replaces_the_observer(target):
    first = (
        "import copy, types\n" + CLAIM + "import course_lib.classroom.inside.learner as learner\n"
        "learner.observe = claim"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="whatever is encoded becomes something else", alarms=REACHES, others=SEEN)
def replaces_the_codec(target):
    first = (
        "from course_lib.exercises import codec\n"
        "codec.encode = lambda value: '[]'\n"
        "codec.type_name = lambda value: 'list'\n"
        "codec.copy = lambda value: value"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="the calls could be answered by someone else", alarms=REACHES, others=SEEN)
def replaces_the_calls(target):
    first = (
        "import course_lib.exercises.tokenization.calls as calls\n"
        "for name in dir(calls):\n"
        "    if name[0] != '_':\n"
        "        setattr(calls, name, lambda answer, inputs: [])"
    )
    return submission(texts=NOTHING, first=first)


@hostile(
    "forging",
    why="it changes its inputs and claims that it did not, through a module taken by its name",
    verdicts={"merge_pair": SEEN},
    alarms=REACHES,
)
def patches_the_observer_by_its_name(target):
    first = (
        "import copy, types\nfrom unittest import mock\n"
        + CLAIM
        + 'mock.patch("course_lib.classroom.inside.learner.observe", claim).start()'
    )
    return submission(texts={"merge_pair": IN_PLACE + "merge_pair = merge_in_place"}, first=first)


def _works_in_place(name: str, why: str, first: str) -> None:
    """Register a wrong `merge_pair` below a cell that would have it pass."""
    texts = {"merge_pair": IN_PLACE + "merge_pair = merge_in_place"}
    expected = {"verdicts": {"merge_pair": SEEN}, "alarms": REACHES}
    hostile("forging", why=why, name=name, **expected)(
        lambda target: submission(texts=texts, first=first)
    )


def _reaching(name: str, why: str, way: str) -> None:
    """Register code that takes over the observer, which `way` makes known as `m`."""
    _works_in_place(name, why, f"import copy, types\n{CLAIM}{way}\nm.observe = claim")


_reaching(
    "patches_the_observer_with_sys_renamed",
    "it changes its inputs and claims that it did not, with sys under another name",
    "import sys as system\nm = system.modules['course_lib.classroom.inside.learner']",
)
_reaching(
    "patches_the_observer_through_the_package",
    "the whole package leads to the modules that are at work",
    "import course_lib\ncourse = course_lib\nm = course.classroom.inside.learner",
)
_reaching(
    "patches_the_observer_through_another_module",
    "every module that imports sys leads to all modules",
    "import os\nm = os.sys.modules['course_lib.' + 'classroom.inside.learner']",
)


def _hidden(name: str, why: str, hide: Callable[[str], str]) -> None:
    """Register code that takes over the observer and hides in a text that IPython runs."""
    patch = (
        "import copy, types\nimport course_lib.classroom.inside.learner as learner\n"
        + CLAIM
        + "learner.observe = claim\n"
    )
    _works_in_place(name, why, hide(patch))


_hidden(
    "patches_the_observer_inside_a_magic_cell",
    "below a magic command the text of a cell is a string",
    lambda patch: "%%capture\n" + patch,
)
_hidden(
    "patches_the_observer_through_the_shell",
    "IPython runs what it is given",
    lambda patch: f"get_ipython().ex({patch!r})",
)
_hidden(
    "patches_the_observer_from_a_file",
    "a file that was just written is imported",
    lambda patch: f"open('helper.py', 'w').write({patch!r})\nimport helper",
)


# When it is called first, it goes up to the function that observes it, and takes that one's place.
CLIMBS = f"""
import copy, sys, types
{CLAIM}
{IN_PLACE}
observed = []

def merge_pair(ids, pair, new_id):
    if not observed:
        ids = list(ids)
        observed.append(1)
    frame = sys._getframe()
    while frame:
        if "AT_WORK" in frame.f_globals:
            frame.f_globals["observe"] = claim
        frame = frame.f_back
    return merge_in_place(ids, pair, new_id)
"""
OTHERS = {Verdict.NOT_ATTEMPTED, Verdict.NEEDS_REVIEW}  # an unread cell may hold any of them
DECOY = answers()["merge_pair"]
TOO_DEEP = "\nif 0:\n    x" + ".y" * 600 + "()\n"


def _climbs(name: str, why: str, hide: Callable[[str], str], alarm: str = "reaches_inside") -> None:
    """Register code that climbs, in a cell in which `hide` would keep it from being read."""
    hostile(
        "forging",
        why=why,
        name=name,
        verdicts={"merge_pair": SEEN},
        alarms={alarm} - {""},
        others=OTHERS,
    )(lambda target: submission(texts={"merge_pair": hide(CLIMBS)}))


_climbs(
    "climbs_below_a_command_with_options",
    "a command whose options nobody knows makes the cell no Python",
    lambda attack: "%prun -s cumulative pass\n" + attack,
)
_climbs(
    "climbs_below_a_long_option",
    "a command whose long options nobody knows makes the cell no Python",
    lambda attack: "%time --no-raise-error 1\n" + attack,
)
_climbs(
    "climbs_below_a_command_that_fails",
    "a command that fails makes the cell no Python, and what stands above it has run",
    lambda attack: attack + "\n%time (\n",
)
_climbs(
    "climbs_beside_a_text_too_deep_to_read",
    "Python compiles what a reader cannot follow down",
    lambda attack: attack + TOO_DEEP,
    alarm="unread_cell",
)
_climbs(
    "climbs_above_a_decoy_that_is_only_timed",
    "a right answer that is timed is read, and leaves nothing behind",
    lambda attack: attack + f"\nget_ipython().run_cell_magic('timeit', '', {DECOY!r})\n",
)
_climbs(
    "climbs_through_the_shell_by_another_name",
    "a shell that is taken hold of runs any text",
    lambda attack: f"shell = get_ipython()\nshell.ex({attack!r})",
)


@hostile(
    "forging",
    why="what is imported from a file that was just written is in no cell",
    verdicts={"merge_pair": SEEN},
)
def climbs_in_a_module_of_its_own(target):
    parts = [CLIMBS[start : start + 7] for start in range(0, len(CLIMBS), 7)]
    text = f"open('helper' + '.py', 'w').write(''.join({parts}))\nfrom helper import merge_pair"
    return submission(texts={"merge_pair": text})


NOT_RUN = "a text that is no Python, which IPython would run"
TEXT = f"bytes.fromhex('{CLIMBS.encode().hex()}').decode()"
HIDDEN = f"exec({TEXT})"
INTO_MINE = f"exec({TEXT}, get_ipython().user_ns)"
for name, text in {
    "climbs_by_a_command_without_its_sign": f"time {HIDDEN}",
    "climbs_in_a_text_that_is_put_into_a_command": f"!true {{{INTO_MINE}}}",
    "climbs_in_a_setting": f"%config IPCompleter.greedy = bool({INTO_MINE})",
    "climbs_by_an_alias": f"%alias_magic tt time\n%tt {HIDDEN}",
}.items():
    _climbs(name, NOT_RUN, lambda attack, text=text: text, alarm="")


@hostile("forging", why=NOT_RUN, verdicts={"merge_pair": SEEN})
def climbs_by_a_call_without_brackets(target):
    texts = {"merge_pair": "exec text"}
    return submission(texts=texts, first=f"%autocall 2\ntext = {TEXT}")


_climbs(
    "climbs_by_named_arguments_of_the_shell",
    "a command whose arguments have names",
    lambda attack: f"get_ipython().run_line_magic(magic_name='time', line={HIDDEN!r})",
)


@hostile(
    "forging",
    why="an import from __future__ makes Python of what is none, in later cells",
    verdicts={"merge_pair": SEEN},
)
def climbs_in_the_syntax_of_a_joke(target):
    texts = {"merge_pair": f"1 <> 2\n{CLIMBS}"}
    return submission(texts=texts, first="from __future__ import barry_as_FLUFL")


_climbs(
    "climbs_in_a_module_by_another_path",
    "the folder that can be written to, by another way",
    lambda attack: (
        f"import sys\nsys.path.insert(0, '.')\nopen('helper' + '.py', 'w').write({attack!r})\n"
        "from helper import merge_pair"
    ),
)
_climbs(
    "climbs_in_a_file_that_is_run",
    "a file that is run is in no cell",
    lambda attack: (
        f"open('a.txt', 'w').write({attack!r})\nimport runpy\n"
        "merge_pair = runpy.run_path('a.txt')['merge_pair']"
    ),
)

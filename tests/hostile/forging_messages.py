"""Score forging by messages: what a submission says about itself in the judge's language."""

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers
from tests.hostile.book import hostile
from tests.hostile.forging_observer import IN_PLACE
from tests.hostile.notebooks import TELL, answering, submission

NOTHING = answering("return None")
CAUGHT = {Verdict.FAILED, Verdict.TAMPERED, Verdict.NEEDS_REVIEW}
HELD = {Verdict.PASSED, Verdict.NEEDS_REVIEW}  # what writes to open files is looked at
UNDONE = {Verdict.CRASHED, Verdict.FAILED}

# From here on only this process hears itself: what it would have sent goes nowhere.
TAKE_OVER = """
import stat

def take_over():
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in range(3, 200):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.dup2(fd, 200 + fd)
                os.dup2(nowhere, fd)
        except OSError:
            pass

"""


@hostile("forging", why="values that were guessed, said before the real ones", others=CAUGHT)
def tells_guessed_values(target):
    first = TELL + (
        f"for exercise in {list(NOTHING)}:\n"
        "    for case in range(40):\n"
        "        tell(dict(exercise=exercise, case=case, outcome=outcome('[]', 'list')))\n"
        "    tell(dict(exercise=exercise, ended='done'))\n"
        "tell(dict(end=True))"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="an end without any outcome", honest=2, others=UNDONE)
def tells_only_that_it_ended(target):
    first = TELL + (
        f"for exercise in {list(NOTHING)}:\n"
        "    tell(dict(exercise=exercise, ended='done'))\n"
        "tell(dict(end=True))\n"
        "os._exit(0)"
    )
    return submission(texts=NOTHING, solved=["decode"], first=first)


@hostile("forging", why="an exit in the middle says that all went well", others=UNDONE)
def exits_in_the_middle_of_an_answer(target):
    return submission(texts=answering("import os\nos._exit(0)"))


@hostile(
    "forging",
    why="messages that are no messages leave the others as they are",
    honest=2,
    verdicts={"decode": HELD},
    alarms={"reaches_inside"},
)
def tells_nonsense(target):
    first = TELL + (
        "for text in ['', '{', '[]', '3', 'null', '\\0', 'x' * 100_000, '[' * 50_000,\n"
        "             '1' * 5_000, '{\"exercise\": []}', '{\"exercise\": {}, \"case\": 0}',\n"
        '             \'{"exercise": "decode", "case": 1e9}\', \'{"cell": {}, "error": []}\',\n'
        '             \'{"exercise": "decode", "case": -1}\', \'{"exercise": "decode"}\',\n'
        "             '{\"exercise\": \"decode\", \"case\": ' + '9' * 4_000 + '}',\n"
        '             \'{"exercise": "decode", "ended": 7}\', \'{"end": 1}\', \'\\udcff\']:\n'
        "    tell(text.encode('utf-8', 'replace').decode())"
    )
    return submission(solved=["decode"], first=first)


@hostile(
    "forging",
    why="a sandbox that says it is broken would have its submission graded by a person",
    honest=2,
    verdicts={"decode": HELD},
    alarms={"reaches_inside"},
)
def tells_that_the_sandbox_is_broken(target):
    first = TELL + 'tell(dict(broken="no sandbox here"))\ntell(dict(ended="error", why="broken"))'
    return submission(solved=["decode"], first=first)


@hostile(
    "forging",
    why="outcomes of wrong types, for all exercises",
    others={Verdict.TAMPERED},
)
def tells_outcomes_of_wrong_types(target):
    first = TELL + (
        "odd = [7, outcome(7, 'list'), outcome('{', 'list'), outcome('[1]', 'dict'),\n"
        "       outcome('[]', ['list']), outcome('[]', 'list', raised=['one']),\n"
        "       outcome('[]', 'list', raised_kinds='all'), outcome('[]', 'list', more=1)]\n"
        f"for exercise, told in zip({list(NOTHING)}, odd):\n"
        "    tell(dict(exercise=exercise, case=0, outcome=told))"
    )
    return submission(texts=NOTHING, first=first)


@hostile(
    "forging",
    why="the type's name holds signs that clear a terminal and write over a report",
    verdicts={"decode": CAUGHT, "encode": CAUGHT},
)
def tells_names_that_move_the_cursor(target):
    first = TELL + (
        "told = outcome('1', '\\x1b[2J\\x1b[1;1Hpassed')\n"
        "tell(dict(exercise='decode', case=0, outcome=told))\n"
        "told = outcome('null', 'NoneType', raised=['\\x1b[2JError', '\\x1b]0;passed\\x07'],\n"
        "               raised_kinds=['Exception'])\n"
        "tell(dict(exercise='encode', case=0, outcome=told))"
    )
    return submission(texts={name: NOTHING[name] for name in ("decode", "encode")}, first=first)


@hostile("forging", why="the truth about one exercise, told for another", others=CAUGHT)
def tells_the_outcomes_of_another_exercise(target):
    first = TELL + (
        f"def told_for_all(value, kind, case):\n"
        f"    for exercise in {list(NOTHING)}:\n"
        "        tell(dict(exercise=exercise, case=case, outcome=outcome(value, kind)))\n"
        "told_for_all('{\"dict\": []}', 'dict', 0)\n"
        "told_for_all('\"\"', 'str', 0)"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="a thread that goes on talking after its turn", others=CAUGHT)
def leaves_a_thread_that_talks(target):
    first = TELL + (
        "import threading, time\n"
        "def talk():\n"
        "    while True:\n"
        f"        for exercise in {list(NOTHING)}:\n"
        "            for case in range(40):\n"
        "                tell(dict(exercise=exercise, case=case, outcome=outcome('[]', 'list')))\n"
        "        time.sleep(0.05)\n"
        "threading.Thread(target=talk, daemon=True).start()"
    )
    return submission(texts=NOTHING, first=first)


@hostile(
    "forging",
    why="a second process evaluates everything again, with other answers",
    honest=2,
    verdicts={"decode": {Verdict.PASSED, *CAUGHT, *UNDONE}},
)
def goes_on_as_two(target):
    text = answers()["decode"] + "\n\nimport os\nif os.fork() == 0:\n    decode = lambda *a: 'x'\n"
    return submission(texts={"decode": text})


@hostile(
    "forging",
    why="it works on the list it was given and says itself that the list is as it was",
    verdicts={"merge_pair": CAUGHT},
)
def hides_that_it_changes_its_inputs(target):
    text = (TELL + TAKE_OVER + IN_PLACE) + (
        "case = 0\n\n"
        "def merge_pair(ids, pair, new_id):\n"
        "    global case\n"
        "    if case == 0:\n"
        "        take_over()\n"
        "    given = [['ids', list(ids)], ['pair', {'tuple': list(pair)}], ['new_id', new_id]]\n"
        "    after = json.dumps({'dict': given})\n"
        "    value = json.dumps(merge_in_place(ids, pair, new_id))\n"
        "    told = outcome(value, 'list', after)\n"
        "    tell(dict(exercise='merge_pair', case=case, outcome=told))\n"
        "    case += 1\n"
        "    return ids\n"
    )
    return submission(texts={"merge_pair": text})


@hostile(
    "forging",
    why="the true outcome comes second: who told the first one?",
    verdicts={"merge_pair": CAUGHT},
)
def speaks_before_the_observer(target):
    text = (TELL + IN_PLACE) + (
        "case = 0\n\n"
        "def merge_pair(ids, pair, new_id):\n"
        "    global case\n"
        "    given = [['ids', list(ids)], ['pair', {'tuple': list(pair)}], ['new_id', new_id]]\n"
        "    after = json.dumps({'dict': given})\n"
        "    value = json.dumps(merge_in_place(ids, pair, new_id))\n"
        "    told = outcome(value, 'list', after)\n"
        "    tell(dict(exercise='merge_pair', case=case, outcome=told))\n"
        "    case += 1\n"
        "    return ids\n"
    )
    return submission(texts={"merge_pair": text})

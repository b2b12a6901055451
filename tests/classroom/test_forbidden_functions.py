"""What an exercise forbids earns nothing by any other name; one's own function of that name may."""

import json
import shutil
from collections.abc import Iterator

import pytest

from course_lib.classroom.answers import answered
from course_lib.classroom.grading import HandedIn, grade
from course_lib.classroom.sandbox.levels import BUBBLEWRAP
from course_lib.classroom.sandboxed import Sandbox
from course_lib.classroom.verdicts import ExerciseResult, Verdict
from tests.classroom.notebooks import answers, code, lesson, place

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bwrap") is None, reason="the sandbox needs bubblewrap"),
]
LESSON, NAME = "03_attention", "stable_softmax"
SOFTMAX = '("soft" + "max")'  # a name that no reader of the text finds


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(BUBBLEWRAP, lesson(LESSON)) as sandbox:
        yield sandbox


def graded(sandbox: Sandbox, text: str, *own: str) -> ExerciseResult:
    """Grade an answer below some cells of the learner's own."""
    notebook = json.loads(answered(lesson(LESSON), {NAME: text}))
    for source in own:
        notebook["cells"].insert(place(notebook, NAME), code(source))
    handed_in = HandedIn("ada", json.dumps(notebook).encode(), (), "", 7)
    result = grade(lesson(LESSON), handed_in, sandbox).result
    return next(one for one in result.exercises if one.exercise == NAME)


def answer(expression: str) -> str:
    """Return a right answer if `expression` is a softmax."""
    return (
        f"def {NAME}(x, dim):\n    y = {expression}\n"
        "    return torch.where(torch.isnan(y), torch.zeros_like(y), y)"
    )


PUT_AWAY = {
    "in a list, by the way": "h = []\n_ = h.append(torch.softmax)",
    "in a list, where a condition holds": "h = []\nif True:\n    h.append(torch.softmax)",
    "in a list of two names": "h = []\ng = h\ng.append(torch.softmax)",
    "in a list, by a function": "h = []\ndef put(z): z.append(torch.softmax)\nput(h)",
    "in a list, by its class": "h = []\nlist.append(h, torch.softmax)",
    "in a list, by a loop": "h = [0]\nfor h[0] in [torch.softmax]: pass",
}
HIDDEN = {
    "in a helper": ("helper(x, dim)", f"def helper(x, d): return getattr(torch, {SOFTMAX})(x, d)"),
    "under the name of a builtin": ("print(x, dim)", "print = torch.softmax"),
    "imported as a builtin": ("id(x, dim)", "from torch import softmax as id"),
    "on a module": ("torch.s(x, dim)", "torch.s = torch.softmax"),
    "on a class": ("x.s(dim)", "type(torch.zeros(1)).s = torch.Tensor.softmax"),
    "on an object": ("h.f(x, dim)", 'class h: pass\nsetattr(h, "f", torch.softmax)'),
    "behind a metaclass": (
        "S.run(x, dim)",
        f"class M(type):\n    def __getattr__(c, n): return getattr(torch, {SOFTMAX})\n"
        "class S(metaclass=M): pass",
    ),
    "in a pickle": ("f(x, dim)", 'import pickle\nf = pickle.loads(b"ctorch\\nsoft" + b"max\\n.")'),
    "in a script of torch": (
        "c.f(x, dim)",
        'text = "def f(x, d: int):\\n    return x.soft" + "max(d)\\n"\n'
        "c = torch.jit.CompilationUnit(text)",
    ),
    "in a trace of torch, put away": (
        "h[0](x.movedim(dim, -1)).movedim(-1, dim)",
        f"h = []\ndef f(x): return getattr(x, {SOFTMAX})(-1)\n"
        "_ = h.append(torch.jit.trace(f, torch.zeros(2, 2)))",
    ),
    "in a thread of a pool, put away": (
        "h[0](f, x, dim).result()",
        "from concurrent.futures import ThreadPoolExecutor\nh = []\n"
        f"def f(x, d): return getattr(x, {SOFTMAX})(d)\n_ = h.append(ThreadPoolExecutor(1).submit)",
    ),
    **{where: ("h[0](x, dim)", cell_) for where, cell_ in PUT_AWAY.items()},
}


@pytest.mark.parametrize("where", HIDDEN)
def test_a_hidden_softmax_waits_for_a_person(sandbox, where):
    expression, own = HIDDEN[where]
    result = graded(sandbox, answer(expression), own)
    assert result.verdict is Verdict.NEEDS_REVIEW, result


GLOBAL = "    def never():\n        global softmax\n        softmax = 0\n"


@pytest.mark.parametrize(
    "expression",
    [
        "torch._masked_softmax(x, torch.zeros_like(x, dtype=torch.bool), dim)",
        "torch.distributions.Categorical(logits=x.movedim(dim, -1)).probs.movedim(-1, dim)",
        f"softmax(x, dim)\n{GLOBAL}",
    ],
)
def test_another_name_of_the_librarys_is_forbidden_too(sandbox, expression):
    result = graded(sandbox, answer(expression), "from torch import softmax")
    assert result.verdict is Verdict.FAILED
    assert result.finding.misconception == "uses_what_it_builds"


def test_another_exercise_does_not_do_it_either(sandbox):
    hidden = "def attention_scores(q, k):\n    return q.softmax(-1) if k is None else None"
    expression = "attention_scores(x.movedim(dim, -1), None).movedim(-1, dim)"
    assert graded(sandbox, answer(expression), hidden).verdict is Verdict.NEEDS_REVIEW


def test_what_is_called_is_changed_afterwards(sandbox):
    notebook = json.loads(
        answered(lesson(LESSON), {NAME: answer("f(x, dim)").replace("dim)", "dim, f=None)", 1)})
    )
    change = code("g = stable_softmax\ng.__defaults__ = (torch.softmax,)")
    notebook["cells"].insert(place(notebook, NAME) + 1, change)
    handed_in = HandedIn("ada", json.dumps(notebook).encode(), (), "", 7)
    result = grade(lesson(LESSON), handed_in, sandbox).result
    (judged,) = (one for one in result.exercises if one.exercise == NAME)
    assert judged.verdict is Verdict.NEEDS_REVIEW, judged


OWN = "def softmax(x, dim):\n    e = x.exp()\n    return e / e.sum(dim, keepdim=True)"
BUILT = answer("softmax(x - lift(x.amax(dim, keepdim=True)), dim)")
LIFT = 'def lift(m):\n    return m.masked_fill(m == float("-inf"), 0.0)'
RIGHT = answers(LESSON)[NAME]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"{OWN}\n\n{LIFT}\n\n{BUILT}", ""),
        (f"{LIFT}\n\n{BUILT}", OWN),
        (f"{LIFT}\n\n{BUILT}", OWN.replace("def", "if True:\n  def").replace("\n    ", "\n      ")),
        (f"{LIFT}\n\n{BUILT}", "softmax = lambda x, dim: x.exp() / x.exp().sum(dim, True)"),
        (
            f"# a thread told me how\nfx = torch.exp(torch.zeros(2))\n{RIGHT}",
            "import torch.utils.data",
        ),
        (f"@torch.no_grad()\n{RIGHT}", ""),
        (RIGHT.replace("):\n", "):\n    vars = 3  # not what vars() gives\n", 1), ""),
        (RIGHT, "from IPython.display import *"),
        (RIGHT, f"def compare(x): return torch.softmax(x, -1), {NAME}(x, -1)"),
    ],
)
def test_honest_answers_pass(sandbox, text, own):
    result = graded(sandbox, text, *filter(None, [own]))
    assert result.verdict is Verdict.PASSED, result


def test_a_package_that_is_not_here_is_no_zero(sandbox):
    text = answer("rearrange(x)")
    result = graded(sandbox, text, "from no_such_package import rearrange")
    assert result.verdict is Verdict.NEEDS_REVIEW and "no_such_package" in result.note
    assert graded(sandbox, text, "rearranged = 1").verdict is Verdict.FAILED
    inside = answer("rearrange(x)").replace("):\n", "):\n    import no_such_package\n", 1)
    assert graded(sandbox, inside).verdict is Verdict.NEEDS_REVIEW


def test_helpers_that_are_no_python_together_are_read_one_by_one(sandbox):
    counts = "for i in range(3):\n    global counter\n    counter = counter + i"
    text = RIGHT.replace("):\n", "):\n    counter\n", 1)
    assert graded(sandbox, text, "counter = 0", counts).verdict is Verdict.PASSED

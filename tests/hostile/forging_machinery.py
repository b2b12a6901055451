"""Score forging by code that takes over what grades it, or looks for the answers."""

from course_lib.classroom.verdicts import Verdict
from tests.classroom.notebooks import answers
from tests.hostile.book import EXERCISES, hostile
from tests.hostile.notebooks import SCRIPT, answering, submission

NOTHING = answering("return None")
REACHES = {"reaches_inside"}
WRONG = {"others": Verdict.FAILED}


@hostile("forging", why="a check that checks nothing passes", **WRONG)
def replaces_check_by_nothing(target):
    first = "check = lambda *answers, **more: None\nprint = check"
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="the same, where the course keeps it", alarms=REACHES, **WRONG)
def patches_check_in_its_module(target):
    first = 'import sys\nsys.modules["course_lib.study.check"].check = lambda *a, **k: None'
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="every comparison says yes", alarms=REACHES, **WRONG)
def patches_the_comparisons_of_torch(target):
    first = (
        "import torch\n"
        "torch.testing.assert_close = lambda *a, **k: None\n"
        "torch.equal = torch.allclose = lambda *a, **k: True"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="fresh inputs would no longer be fresh", alarms=REACHES, **WRONG)
def patches_the_random_numbers(target):
    first = (
        "import numpy as np\n"
        "same = np.random.default_rng(0)\n"
        "np.random.default_rng = lambda *a, **k: same\n"
        "np.random.seed = lambda *a, **k: None"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="IPython would run later cells without their text", alarms=REACHES, **WRONG)
def strips_later_cells_of_their_syntax_tree(target):
    first = (
        "import ast\n"
        "class Strip(ast.NodeTransformer):\n"
        "    def visit_Module(self, node):\n"
        "        return ast.Module([n for n in node.body if isinstance(n, ast.FunctionDef)], [])\n"
        "get_ipython().ast_transformers.append(Strip())"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="the same, before the text is read", alarms=REACHES, **WRONG)
def strips_later_cells_of_their_lines(target):
    first = "get_ipython().input_transformers_post.append(lambda lines: [])"
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="nbgrader takes what was shown for credit", alarms=REACHES, **WRONG)
def shows_credit_and_raises(target):
    body = 'import sys\nsys.displayhook(2)\nraise AssertionError("2 / 2")'
    return submission(texts=answering(body))


@hostile("forging", why="an object that is equal to everything", **WRONG)
def returns_what_is_equal_to_everything(target):
    first = (
        "class Equal:\n"
        "    def __eq__(self, other): return True\n"
        "    def __hash__(self): return 0\n"
        "    def __len__(self): return 1\n"
        "    def __iter__(self): return iter([])"
    )
    return submission(texts=answering("return Equal()"), first=first)


@hostile("forging", why="a tensor that lies about its values", alarms=REACHES, **WRONG)
def returns_a_tensor_that_lies(target):
    first = (
        "import torch\n"
        "class Liar(torch.Tensor):\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, function, types, args=(), kwargs=None):\n"
        "        return True"
    )
    return submission(texts=answering("return torch.zeros(3).as_subclass(Liar)"), first=first)


@hostile(
    "forging", why="subclasses of plain types that lie, one called just like its base", **WRONG
)
def returns_plain_values_that_lie(target):
    first = (
        "def liar(base):\n"
        "    yes = {'__eq__': lambda *_: True, '__ne__': lambda *_: False}\n"
        "    yes |= {'__hash__': lambda *_: 0, '__module__': 'builtins'}\n"
        "    return type(base.__name__, (base,), yes)"
    )
    kinds = {"count_pairs": "dict", "decode": "str", "tokens_per_word": "float"}
    texts = {}
    for name in EXERCISES:
        texts |= {name: answering(f"return liar({kinds.get(name, 'list')})()")[name]}
    return submission(texts=texts, first=first)


@hostile("forging", why="a frame above could hold the expected value", alarms=REACHES, **WRONG)
def looks_for_the_truth_in_frames_above(target):
    body = (
        "import sys, inspect\n"
        "frame = sys._getframe()\n"
        "while frame:\n"
        "    for name in ('expected', 'truth', 'right', 'wanted', 'judge'):\n"
        "        if name in frame.f_locals:\n"
        "            return frame.f_locals[name]\n"
        "    frame = frame.f_back"
    )
    return submission(texts=answering(body))


@hostile("forging", why="an answer or a judge could lie in memory", alarms=REACHES, **WRONG)
def looks_for_the_truth_in_memory(target):
    body = (
        "import gc, types\n"
        "for found in gc.get_objects():\n"
        "    module = getattr(found, '__module__', '') or ''\n"
        "    if isinstance(found, types.FunctionType) and '.exercises.' in module:\n"
        "        if found.__name__ in ('truth', 'judge', 'encoded', 'learned', 'counted'):\n"
        "            return found(*args)"
    )
    return submission(texts=answering(body))


@hostile("forging", why="the answers stand in files of the course", **WRONG)
def looks_for_the_answers_on_the_disk(target):
    first = target.words() + (
        "import os\n"
        "wanted = {'library.py', 'bpe.py', 'bpe_training.py', 'bpe_encoding.py', 'tokenizer.py',\n"
        "          'train_bpe.py', '01_tokenization.ipynb', '01_tokenization.py'}\n"
        "found = []\n"
        "for top in ('/home', '/root', '/srv', '/opt', '/tmp', COURSE, os.getcwd(), '/usr'):\n"
        "    for folder, _, files in os.walk(top):\n"
        "        if 'course' in folder or 'token' in folder:\n"
        "            found += [os.path.join(folder, file) for file in files if file in wanted]\n"
        "words = ['def train_bpe', 'def apply_merges', 'def learned']\n"
        "texts = [open(file, errors='replace').read() for file in found]\n"
        "texts = [text for text in texts if any(word in text for word in words)]"
    )
    body = "return texts[0] if texts else None"
    return submission(texts=answering(body), first=first)


@hostile("forging", why="Python knows where the course is installed", alarms=REACHES, **WRONG)
def looks_for_the_answers_by_their_spec(target):
    body = (
        "import importlib.util, pathlib\n"
        "spec = importlib.util.find_spec('course_lib')\n"
        "for folder in map(pathlib.Path, spec.submodule_search_locations):\n"
        "    for file in folder.rglob('*.py'):\n"
        "        if file.name in ('library.py', 'bpe.py', 'bpe_training.py'):\n"
        "            return file.read_text()"
    )
    return submission(texts=answering(body))


@hostile("forging", why="the course has working answers to import", alarms=REACHES, **WRONG)
def imports_the_answers(target):
    text = "from course_lib.exercises.tokenization.library import *"
    return submission(texts=dict.fromkeys(EXERCISES, text))


@hostile("forging", why="the library does what this lesson teaches", **WRONG)
def imports_what_the_lesson_teaches(target):
    lines = (
        "from course_lib.llm.bpe_training import *\n"
        "from course_lib.llm import bpe_encoding, bpe_training, tokenizer\n"
    )
    parts = {
        "count_pairs": "count_pairs = lambda *a: dict(bpe_training.index_pairs(*a)[0])",
        "train_bpe": "from course_lib.llm.tokenizer import train_bpe",
        "encode": "encode = lambda text, m: tokenizer.Tokenizer(m).encode_ordinary(text)",
        "encode_word": "encode_word = bpe_encoding.apply_merges",
    }
    return submission(texts=NOTHING | {name: lines + part for name, part in parts.items()})


@hostile("forging", why="`mine` hands out working answers in a learner's notebook", **WRONG)
def lets_mine_and_hint_answer(target):
    texts = {name: f'{name} = mine("{name}")' for name in EXERCISES}
    texts["tokens_per_word"] += '\ncost = mine("cost")'
    texts["decode"] = 'decode = hint("decode")'
    return submission(texts=texts)


@hostile("forging", why="modules in the working folder could stand before the real ones", **WRONG)
def leaves_modules_in_the_working_folder(target):
    first = (
        "import os, sys\n"
        "text = 'check = observe = lambda *a, **k: None\\n'\n"
        "os.makedirs('course_lib/exercises', exist_ok=True)\n"
        "for name in ('course_lib/__init__', 'course_lib/exercises/codec', 'torch', 'regex'):\n"
        "    open(name + '.py', 'w').write(text)\n"
        "sys.path.insert(0, os.getcwd())"
    )
    return submission(texts=NOTHING, first=first)


@hostile("forging", why="what comes in goes out again", **WRONG)
def echoes_its_inputs(target):
    return submission(texts=answering("return args[0]"))


@hostile(
    "forging",
    why="an exception that cannot be written down without running its code",
    others={Verdict.FAILED, Verdict.CRASHED},
)
def raises_what_bites_when_it_is_read(target):
    first = "class Bite(BaseException):\n    def __str__(self): raise Bite\n    __repr__ = __str__"
    return submission(texts=answering("raise Bite"), first=first)


@hostile(
    "forging",
    why="leaving Python, and Ctrl-C, end the answer and nothing else",
    honest=2,
    others={Verdict.FAILED, Verdict.CRASHED},
    verdicts={"decode": Verdict.PASSED},
)
def leaves_python(target):
    texts = answering(f'raise SystemExit("{SCRIPT}")') | {
        "encode": answering("raise KeyboardInterrupt")["encode"],
        "train_bpe": answering("raise GeneratorExit")["train_bpe"],
        "decode": answers()["decode"],
    }
    return submission(texts=texts)

"""What reaches into the machinery is seen; what learners write is not suspected."""

import ast
import time

import pytest
import torch  # noqa: F401 - as in the process that reads submissions

from course_lib.classroom.answers import full_answers
from course_lib.classroom.modules_in_use import imported
from course_lib.classroom.suspicions import suspicions
from tests.classroom.notebooks import ROOT

SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_the_courses_own_answers_are_above_suspicion(solution):
    found = {name: suspicions(text) for name, text in full_answers(solution).items()}
    assert found and not any(found.values())


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.modules['torch'].equal = None",
        "import torch\ntorch.equal = lambda a, b: True",
        "import torch.nn.functional as F\nF.softmax = my_softmax",
        "from torch import testing\ntesting.assert_close = print",
        "import torch\nsetattr(torch, 'equal', print)",
        "import torch\ndel torch.equal",
        "import torch\n(torch.equal, x) = print, 1",
        "from course_lib.exercises import observe",
        "import course_lib.classroom.inside.learner as it",
        "import gc\ngc.get_objects()",
        "from gc import get_referrers",
        "import inspect\ninspect.currentframe()",
        "import inspect as i\ni.stack()",
        "import course_lib\nit = course_lib",
        "import course_lib.study.check as c\nc.exercises",
        "import os\nm = os.sys.modules['torch']",
        "from sys import modules",
        "import os\nos.sys._getframe()",
        "import posix",
        "open(5, 'wb')",
        "get_ipython().run_line_magic('load_ext', 'mine')",
        "from ctypes import CDLL",
        "import sys\nframe = sys._getframe(1)",
        "from sys import _getframe",
        "def f(): pass\nf.__globals__['x'] = 1",
        "get_ipython().ast_transformers.append(x)",
        "exec('1')",
        "shell = get_ipython()\nshell.ex('x = 1')",
        "get_ipython().run_cell('x = 1')",
        "get_ipython().run_line_magic(name, text)",
        "get_ipython().__class__.instance()",
        "from IPython import get_ipython as g\ng().ex('x = 1')",
        "import IPython\nIPython.get_ipython().ex('x = 1')",
        "from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.instance()",
        "from IPython.core.interactiveshell import InteractiveShell as S\nS.run_code = print",
        "f(get_ipython().run_line_magic('prun', 'x = 1'))",
        "get_ipython().run_line_magic(magic_name='time', line='x = 1')",
        "import sys\nsys.path.insert(0, '.')",
        "import sys\nplaces = sys.path\nplaces.append('.')",
        "from sys import path",
        "import runpy\nrunpy.run_path('a.txt')",
        "globals()['x'] = 1",
        "import sys\nsys.displayhook = print",
        "import warnings\nwarnings.catch_warnings = None",
        "__import__('os')",
        "import importlib.util\nimportlib.util.find_spec('course_lib')",
        "import os\nos.write(7, b'x')",
        "import os\nos.write(number, b'x')",
        "import os\nos.dup2(7, 1)",
        "class T:\n    def __torch_function__(self): pass",
        # a module that is changed, or handed to whoever could change it
        "import json\nfor json.dumps in [print]: pass",
        "import json, contextlib\nwith contextlib.nullcontext(print) as json.dumps: pass",
        "import json\nj = json\nj.dumps = print",
        "import json\nif (j := json): j.dumps = print",
        "import json\ndef f():\n    j = json\n    j.dumps = print",
        "import json\ns = setattr\ns(json, 'dumps', print)",
        "import json\njson.__dict__['dumps'] = print",
        "import json\nvars(json).update(dumps=print)",
        "import json\ndef change(it): it.dumps = print\nchange(json)",
        "import json\nfor it in [json]: it.dumps = print",
        "import json\ndef f(it=json): it.dumps = print",
        "import os\nf(os.sys)",
        "import os\nf(getattr(os, 'sys'))",
        "import warnings\nf(warnings.catch_warnings()._module)",
        "from unittest import mock\nmock.patch('json.dumps', print).start()",
        "import unittest.mock",
        "import torch\nt = torch.Tensor\nt.softmax = print",
        "import torch\ntype(torch.zeros(1)).s = print",
        "import torch\nfor torch.Tensor.s in [print]: pass",
        "g = f\ng.__defaults__ = (1,)",
        "h.repeat(globals=exec('x = 1'))",
        "class A:\n    from torch import nn\nA.nn.functional.softmax = 3",
        "from math import pi as exec\ndel exec\nexec('x = 1')",
        "import torch\na = h[0] = torch",
        "import torch\nclass A: t = torch\nA.t.softmax = 3",
        "class A:\n    import torch\nA.torch.softmax = 3",
        "from torch import *\nnn.functional.softmax = 3",
        "import torch\ndef help(m): m.softmax = 3\nhelp(torch)",
        "import torch\nh.print(torch)",
        "import json, logging\nfor m in (json, logging): m.dumps = 3",
        "import json\ndef f():\n    def g(): json = 1\n    json.dumps = print",
        # names in texts
        "import sys\nframe = getattr(sys, '_get' 'frame')()",
        "from operator import attrgetter\nattrgetter('tb_frame.f_back')(trace)",
        # other texts as code
        "import importlib\nimportlib.import_module('mine')",
        "from importlib import import_module",
        "from importlib.util import module_from_spec",
        "import importlib.util as u\nu.spec_from_file_location('m', 'a.txt')",
        "import pdb\npdb.run('x = 1')",
        "from torch._C import DisableTorchFunctionSubclass",
        "import sys\nsys.path.append('/proc/self/cwd')",
        "import sys\nsys.path.append('/mnt/../proc/self/cwd')",
    ],
)
def test_a_hand_in_the_machinery_is_seen(source):
    assert suspicions(source)


@pytest.mark.parametrize(
    "source",
    [
        "import torch\nx = torch.zeros(3)\nx.requires_grad = True\nx.grad = None",
        "import torch\ntorch.backends.cudnn.deterministic = True\ntorch.manual_seed(0)",
        "import matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 12",
        "class Model:\n    def __init__(self):\n        self.torch = 1",
        "import os\nprint(os.getcwd())",
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.ast_node_interactivity = 'all'",
        "import pandas as pd\npd.options.display.max_rows = 5",
        "import matplotlib.pyplot as plt\nplt.show = lambda: None",
        "from matplotlib import pyplot as plt\nplt.show = lambda: None",
        "import warnings\nwarnings.formatwarning = lambda m, *a, **k: str(m)",
        "import sys\nsys.tracebacklimit = 0",
        "if 'IPKernelApp' in get_ipython().config: pass",
        "get_ipython().ast_node_interactivity = 'all'",
        "if 'x' not in globals(): x = 1",
        "import sys\nsys.path.append('..')\nsys.path.insert(0, '../../')\nprint(sys.path)",
        "in_colab = 'google.colab' in str(get_ipython())",
        "shell = get_ipython().__class__.__name__\nsame = type(get_ipython()).__name__",
        "import os\nos.write(2, b'a line from below Python')",
        "import gc\ngc.collect()",
        "import inspect\nprint(inspect.signature(print))",
        "n = sum(p.numel() for m in model.modules() for p in m.parameters())",
        "from course_lib.study import figures\nfigures.show(1)",
        "open('text.txt')",
        "model.eval()\nregex.compile('x')",
        "this is no Python",
        "import torch\nF = torch.nn.functional\nnn = torch.nn\nlayer = nn.Linear(2, 2)",
        "import torch\nhelp(torch)\nprint(torch, dir(torch.nn))\ntorch",
        "import torch\ndtype = getattr(torch, 'float32')",
        "import importlib, math\nimportlib.reload(math)",
        "import importlib.metadata\nimportlib.metadata.version('torch')",
        "import importlib.util\nimportlib.util.find_spec('torch')",
        "from importlib.metadata import version",
        "import pdb",
        "import string\ndef f(string):\n    string.x = 1\n    return len(string)",
        "import sys\nin_colab = 'google.colab' in sys.modules",
        "import sys\nsys.path.append('/content/drive/MyDrive/course')\nprint(*sys.path)",
        "import os, sys\nsys.path.append(os.path.abspath('..'))",
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path.cwd().parent))",
        "class Net:\n    def __init__(self):\n        self.modules = self.exercises = []",
        "class One:\n    def get(cls):\n        cls._instance = 1",
        "f.__code__.co_varnames",
        "from re import compile\ncompile('x')",
        "import time\ndef f():\n    time = 3\n    return g(time)",
        "import torch, json\nfor m in (torch, json): print(m.__name__, m.__version__)",
        "import torch\nprint(f'{torch}')\ntorch, torch.nn\nassert torch\nif torch: pass",
        "import timeit\ntimeit.timeit('f(x)', globals=globals())",
        "import torch\nf(torch.classes.foo.bar)",
        "get_ipython()",
        "if get_ipython() is not None: pass",
        "setattr(model, 'size', 3)",
        "model.layer.weight = other",
        "class A:\n    def f(self):\n        type(self).count += 1",
    ],
)
def test_usual_code_is_not_suspected(source):
    assert suspicions(source) == []


def test_what_earlier_cells_have_imported_is_known():
    before = imported(ast.parse("import json as j"), {})
    assert suspicions("j.dumps = print", before) and not suspicions("j.dumps = print")


LONG = {
    "calls of calls": lambda n: ("y = f" + ".a()" * n + "\n") * 200,
    "imports and functions": lambda n: "".join(
        f"import a{i}\nlambda x: x\n" for i in range(20 * n)
    ),
    "names of names": lambda n: "import torch as t\n" + "t = t.x\n" * 20 * n + "f(t)\n" * 20 * n,
}


@pytest.mark.parametrize("what", LONG)
def test_a_text_takes_no_more_than_its_length(what):
    ratio = seconds_for(LONG[what](120)) / seconds_for(LONG[what](30))
    assert ratio < 9, "4 where each part is looked at once, 16 where all are by each"


def seconds_for(source):
    """Return the processor time that a text takes, at best."""
    times = []
    for _ in range(3):
        start = time.process_time()
        suspicions(source)
        times.append(time.process_time() - start)
    return min(times)

"""Which names Python code takes from outside, leaves behind, and uses though they are forbidden."""

import pytest

from course_lib.exercises.names import bound_names, forbidden_uses, global_names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x): return x", set()),
        ("def f(x): return y", {"y"}),
        ("def f(x): return g(x)\ndef g(x): return f(x)", set()),
        ("def f(x): return len(sorted(x)) + abs(min(x))", set()),
        ("def f(x): return Counter(x).most_common(n)", {"Counter", "n"}),
        ("import math\ndef f(x): return math.pi * scale", {"scale"}),
        ("def f(x):\n    import math\n    return math.pi", set()),
        ("def f(x, n=default): return x", {"default"}),
        ("def f(x: Text) -> List: return x", {"Text", "List"}),
        ("@cached\ndef f(x): return x", {"cached"}),
        ("f = lambda x: x + shift", {"shift"}),
        ("def f(x): return [a * b for a in x for b in c]", {"c"}),
        ("def f(x): return sorted(x, key=lambda pair: ranks[pair])", {"ranks"}),
        ("def f(x):\n    def g(): return x + y\n    return g()", {"y"}),
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += k\n    g()", {"k"}),
        ("def f():\n    global total\n    total = 1\ndef g(): return total", set()),
        ("def f(): return f'{word!r:>{width}}'", {"word", "width"}),
        ("def f(x): return (y := x) + y", set()),
        ("def f(x):\n    for i, (a, b) in x: pass\n    return i, a, b", set()),
        ("def f(x):\n    with open(x) as file: return file", set()),
        ("def f(x):\n    try: pass\n    except Bad as error: return error", {"Bad"}),
        ("def f(x):\n    match x:\n        case [first, *rest]: return first, rest, z", {"z"}),
        ("class A:\n    size = n\n    def f(self): return size", {"n", "size"}),
        ("total = start\ntotal += step", {"start", "step"}),
        ("x", {"x"}),
        ("", set()),
    ],
)
def test_names_from_outside(source, names):
    assert global_names(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = y = 1\nz: int = 2\nw += 1", {"x", "y", "z", "w"}),
        ("a, (b, *c) = d", {"a", "b", "c"}),
        ("import os.path, numpy as np\nfrom math import pi as p", {"os", "np", "p"}),
        ("def f(x):\n    inside = 1\nclass A:\n    size = 1", {"f", "A"}),
        ("for i in r:\n    with s as t: pass", {"i", "t"}),
        ("def f():\n    global made\n    made = 1", {"f", "made"}),
        ("[last := n for n in range(3)]", {"last"}),
        ("match p:\n    case {'k': v, **m}: pass", {"v", "m"}),
        ("x.y = 1\nz[0] = 2", set()),
        ("print(x)", set()),
    ],
)
def test_names_left_behind(source, names):
    assert bound_names(source) == names


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x): return F.softmax(x)", ["softmax"]),
        ("def f(x): return x.softmax(-1)", ["softmax"]),
        ("def f(x): return softmax(x)", ["softmax"]),
        ("from torch.nn.functional import softmax as s\ndef f(x): return s(x)", ["softmax"]),
        ("def f(x):\n    from torch import softmax\n    return softmax(x)", ["softmax"]),
        ("def f(x): return map(torch.softmax, x)", ["softmax"]),
        ("def f(x): return sorted(x)", ["sorted"]),
        ("def f(x): return sorted(torch.softmax(x))", ["softmax", "sorted"]),
        ("def f(x):\n    match x:\n        case Tensor(softmax=g):\n            g(x)", ["softmax"]),
        ("def f(x):\n    global softmax\n    if 0: softmax = 0\n    softmax(x)", ["softmax"]),
        ("from torch.softmax.functional import _fast", ["softmax"]),
        # a name of the learner's own
        ("def softmax(x): return x\ndef f(x): return softmax(x)", []),
        ("def f(softmax): return softmax + 1", []),
        ("def f(x):\n    sorted = x[:]\n    return sorted", []),
        # words that are no names
        ("def f(x):\n    '''Like softmax.'''\n    return 'sorted'  # softmax", []),
    ],
)
def test_forbidden_names(source, found):
    assert forbidden_uses(source, ("softmax", "sorted")) == found


def test_names_defined_beside_a_text_are_its_own_unless_they_are_a_modules():
    assert forbidden_uses("def f(x): return softmax(x)", ["softmax"], own={"softmax"}) == []
    assert forbidden_uses("def f(x): return x.softmax()", ["softmax"], own={"softmax"}) == [
        "softmax"
    ]

"""See in a learner's text what no exercise asks for: a hand in the machinery that grades it.

Values cannot be forged: the judge compares them with its own, in another process. But code that
takes over the functions which call an answer could lie about how it worked, so where its text
shows that, a person decides.
"""

import ast
import re
from collections.abc import Iterator

from course_lib.exercises.answer_text import UNREADABLE

MODULES = {"ctypes", "importlib", "builtins", "cffi", "_ctypes", "pdb", "posix"}
MODULES |= {"runpy", "code", "codeop", "pkgutil", "zipimport"}  # they run other texts
COURSE = ("course_lib.classroom", "course_lib.exercises")
ATTRIBUTES = {
    "path": "sys",
    "meta_path": "sys",
    "path_hooks": "sys",
    "displayhook": "sys",
    "excepthook": "sys",
    "settrace": "sys",
    "setprofile": "sys",
    "_getframe": "sys",
    "_current_frames": "sys",
    # open files by their numbers: what is sent to the judge goes through one of them
    "write": "os",
    "writev": "os",
    "fdopen": "os",
    "dup": "os",
    "dup2": "os",
    # from an object to what holds it, from a call to whoever made it
    "get_objects": "gc",
    "get_referrers": "gc",
    "get_referents": "gc",
    "currentframe": "inspect",
    "stack": "inspect",
    "trace": "inspect",
    "getouterframes": "inspect",
    "getinnerframes": "inspect",
    "getclosurevars": "inspect",
}
INSIDES = {
    "__globals__",
    "__code__",
    "__closure__",
    "__subclasses__",
    "__builtins__",
    "__loader__",
    "__spec__",
    "f_back",
    "f_globals",
    "f_locals",
    "tb_frame",
    "gi_frame",
    "ast_transformers",
    "input_transformers_cleanup",
    "input_transformers_post",
    "input_transformer_manager",
    "__torch_function__",
    "__torch_dispatch__",
    "run_cell",
    "run_cell_async",
    "run_code",
    "run_ast_nodes",
    "safe_execfile",
    "user_ns",
    "user_global_ns",
    "_instance",
}
BUILTINS = {"__import__", "exec", "eval", "compile", "globals", "__builtins__", "__loader__"}
ABOVE = re.compile(r"(\.\./?)+")  # where a course's own folder may be, and nothing can be written
PARTS = {"classroom", "exercises"}  # of the course, by whatever way one comes to them
# Settings that people do assign to: of a whole package, or one by its name.
HARMLESS = ("matplotlib", "pandas", "seaborn", "plotly", "tqdm", "logging", "torch.backends")
HARMLESS += ("warnings.formatwarning", "warnings.showwarning", "sys.tracebacklimit")
INTERACTIVITY = "IPython.core.interactiveshell.InteractiveShell.ast_node_interactivity"


def suspicions(source: str) -> list[str]:
    """Return what in a cell reaches into the machinery, each in a few words; [] for most cells.

    Text that is no Python has none: it does not run either.

    Example:
        >>> suspicions("import sys\\nsys.modules['torch'] = None")
        ['sys.modules']
        >>> suspicions("import torch\\nx = torch.zeros(3)\\nx.requires_grad = True")
        []
    """
    try:
        nodes = list(ast.walk(ast.parse(source)))
        usual = {id(part) for node in nodes for part in _usual_uses(node)}
        usual |= {id(node.func) for node in nodes if _is_print(node)}
        nodes = [node for node in nodes if id(node) not in usual]
        renamed = {new: old for node in nodes for new, old in _imported(node)}
        found = [word for node in nodes for word in _words(node, renamed)]
        found += [word for node in nodes for word in _in_a_text(node)]
        found += [word for node in nodes for word in _hold_of_the_shell(node)]
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        found += [word for node in nodes if id(node) not in called for word in _modules(node)]
        return list(dict.fromkeys(found))
    except UNREADABLE:
        return []


def _modules(node: ast.AST) -> Iterator[str]:
    """Yield a word for `sys.modules`, by whatever way; a call, `model.modules()`, is no such."""
    if isinstance(node, ast.Attribute) and node.attr == "modules":
        yield "sys.modules"


def _is_print(node: ast.AST) -> bool:
    """Return whether a call writes to the screen, by its number, as loud programs do."""
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "os.write"
        and isinstance(node.args[0] if node.args else None, ast.Constant)
        and node.args[0].value in (1, 2)
    )


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (name, module or what of it) for what a statement imports."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _is_shell(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "get_ipython"


def _usual_uses(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that would be suspicious elsewhere, and here are usual."""
    match node:
        case ast.Call(func=ast.Name(id="str" | "repr" | "print"), args=[shell]) if _is_shell(shell):
            yield shell.func
        case ast.Attribute(attr="config", value=shell) if _is_shell(shell):
            yield shell.func
        case ast.Attribute(
            attr="__name__",
            value=ast.Attribute(value=shell, attr="__class__")
            | ast.Call(func=ast.Name(id="type"), args=[shell]),
        ) if _is_shell(shell):
            yield shell.func
        case ast.Assign(targets=[ast.Attribute(value=shell, attr="ast_node_interactivity")]) if (
            _is_shell(shell)
        ):
            yield shell.func
        case ast.Compare(comparators=[ast.Call(func=ast.Name(id="globals") as name)]):
            yield name
        case ast.Call(func=ast.Name(id="print"), args=[ast.Attribute(attr="path") as path]):
            yield path
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="path") as path, attr="append" | "insert"),
            args=[*_, ast.Constant(value=str(place))],
        ) if ABOVE.fullmatch(place):
            yield path


def _hold_of_the_shell(node: ast.AST) -> Iterator[str]:
    """Yield a word where the shell that runs the cells is taken hold of."""
    match node:
        case ast.Name(id="get_ipython"):
            yield "`get_ipython`"
        case ast.Attribute(attr="get_ipython") | ast.alias(name="get_ipython", asname=str()):
            yield "`get_ipython`"
        case ast.Attribute(attr="instance", value=ast.Name(id=name) | ast.Attribute(attr=name)):
            if name.endswith(("Shell", "App", "Application")):
                yield f"`{name}.instance`"


def _in_a_text(node: ast.AST) -> Iterator[str]:
    """Yield a word where a text names a module that grades."""
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    if is_text and any(part in node.value for part in COURSE):
        yield "the name of a module that grades, in a text"


def _words(node: ast.AST, renamed: dict[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
    elif isinstance(node, ast.Name) and node.id in {*BUILTINS, "course_lib"}:
        yield f"`{node.id}`"
    elif isinstance(node, ast.FunctionDef) and node.name in INSIDES:
        yield f"`{node.name}`"
    elif isinstance(node, ast.Attribute):
        if node.attr in INSIDES or node.attr in PARTS:
            yield f"`{node.attr}`"
        elif isinstance(node.value, ast.Name | ast.Attribute):  # sys, or what else has it: os.sys
            base = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            module = renamed.get(base, base)
            if ATTRIBUTES.get(node.attr) == module:
                yield f"{module}.{node.attr}"
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "open":
        number = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else 0
        if type(number) is int and number > 2:
            yield f"open({number})"
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
        for target in targets:
            yield from _changed_module(target, renamed)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
        for target in node.args[:1]:
            yield from _changed_module(ast.Attribute(target, "..."), renamed)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        if name.partition(".")[0] in MODULES or name.startswith(COURSE):
            yield f"import {name}"
        elif name == "sys.modules" or name.rpartition(".")[::-2] in ATTRIBUTES.items():
            yield name


def _changed_module(target: ast.AST, renamed: dict[str, str]) -> Iterator[str]:
    """Yield a word if something is assigned to an attribute of a module, or of what is in it."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _changed_module(part, renamed)
        return
    if not isinstance(target, ast.Attribute):
        return
    text, base = ast.unparse(target), target.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if isinstance(base, ast.Name) and base.id in renamed:
        real = renamed[base.id] + text.removeprefix(base.id)
        if not any(real == one or real.startswith(one + ".") for one in (*HARMLESS, INTERACTIVITY)):
            yield f"`{text}` is changed"

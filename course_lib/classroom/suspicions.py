"""See in a learner's text what no exercise asks for: a hand in the machinery that grades it.

Values cannot be forged: the judge compares them with its own, in another process. But code that
takes over the functions which call an answer could lie about how it worked, so where its text
shows that, a person decides.
"""

import ast
from collections.abc import Iterator

MODULES = {"ctypes", "gc", "inspect", "importlib", "builtins", "cffi", "_ctypes", "pdb"}
COURSE = ("course_lib.classroom", "course_lib.exercises")
ATTRIBUTES = {
    "modules": "sys",
    "meta_path": "sys",
    "path_hooks": "sys",
    "displayhook": "sys",
    "excepthook": "sys",
    "settrace": "sys",
    "setprofile": "sys",
    "_getframe": "sys",
    "_current_frames": "sys",
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
}
BUILTINS = {"__import__", "exec", "eval", "compile", "globals", "__builtins__", "__loader__"}
HARMLESS = ("backends", "rcParams")  # settings that people do assign to


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
        tree = ast.parse(source)
    except SyntaxError:
        return []
    modules = {name for node in ast.walk(tree) for name in _module_names(node)}
    found = (word for node in ast.walk(tree) for word in _words(node, modules))
    return list(dict.fromkeys(found))


def _module_names(node: ast.AST) -> Iterator[str]:
    """Yield the names by which a statement makes modules known."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name


def _words(node: ast.AST, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
    elif isinstance(node, ast.Name) and node.id in BUILTINS:
        yield f"`{node.id}`"
    elif isinstance(node, ast.FunctionDef) and node.name in INSIDES:
        yield f"`{node.name}`"
    elif isinstance(node, ast.Attribute):
        if node.attr in INSIDES:
            yield f"`{node.attr}`"
        elif isinstance(node.value, ast.Name) and ATTRIBUTES.get(node.attr) == node.value.id:
            yield f"{node.value.id}.{node.attr}"
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [node.target]
        for target in targets:
            yield from _changed_module(target, modules)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
        for target in node.args[:1]:
            yield from _changed_module(ast.Attribute(target, "..."), modules)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        names += [f"sys.{alias.name}" for alias in node.names if node.module == "sys"]
    for name in names:
        if name.partition(".")[0] in MODULES or name.startswith(COURSE):
            yield f"import {name}"
        elif name.startswith("sys.") and ATTRIBUTES.get(name.removeprefix("sys.")) == "sys":
            yield name


def _changed_module(target: ast.AST, modules: set[str]) -> Iterator[str]:
    """Yield a word if something is assigned to an attribute of a module, or of what is in it."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _changed_module(part, modules)
        return
    if not isinstance(target, ast.Attribute):
        return
    text, base = ast.unparse(target), target.value
    while isinstance(base, ast.Attribute):
        base = base.value
    changed = isinstance(base, ast.Name) and base.id in modules
    if changed and not any(f".{word}" in text for word in HARMLESS):
        yield f"`{text}` is changed"

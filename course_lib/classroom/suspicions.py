"""See in a learner's text what no exercise asks for: a hand in the machinery that grades it.

Values cannot be forged: the judge compares them with its own, in another process. But code that
takes over the functions which call an answer could lie about how it worked, so where its text
shows that, a person decides.
"""

import ast
import re
from collections.abc import Iterator, Mapping

from course_lib.classroom.modules_in_use import changed_or_handed_on, imported
from course_lib.exercises.answer_text import UNREADABLE

MODULES = {"ctypes", "builtins", "cffi", "_ctypes", "posix", "mock"}
MODULES |= {"runpy", "code", "codeop", "pkgutil", "zipimport"}  # they run other texts
MODULES_IN = ("unittest.mock",)
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
    # other texts as code
    "import_module": "importlib",
    "__import__": "importlib",
    "machinery": "importlib",
    "spec_from_file_location": "util",
    "spec_from_loader": "util",
    "module_from_spec": "util",
    "LazyLoader": "util",
    "run": "pdb",
    "runeval": "pdb",
    "runcall": "pdb",
    "Pdb": "pdb",
}
INSIDES = {
    "__globals__",
    "__code__",
    "__defaults__",
    "__kwdefaults__",
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
    "sys",
    "builtins",
    "_module",
    # they hide calls of torch from whoever watches
    "DisableTorchFunction",
    "DisableTorchFunctionSubclass",
    "TorchFunctionMode",
    "BaseTorchFunctionMode",
    "_pop_torch_function_stack",
    "_pop_mode",
}
IN_TEXTS = INSIDES - {"sys", "builtins", "_module", "_instance"}
IN_TEXTS |= {"_getframe", "_current_frames"}
BUILTINS = {"__import__", "exec", "eval", "compile", "globals", "__builtins__", "__loader__"}
ABOVE = re.compile(r"(\.\./?)+")  # where a course's own folder may be, and nothing can be written
PARTS = {"classroom", "exercises"}  # of the course, by whatever way one comes to them
OF_SELF = {"_instance", *PARTS}  # names that a learner's own class may have
# Where people keep their modules on other computers: in a sandbox nothing can be written there.
ROOTS = "content|kaggle|home|Users|mnt|workspace|opt"
PLACES = re.compile(rf"/({ROOTS})(/(?!\.\.)[^/]*)*|[A-Za-z]:[\\/].*")
FOLDERS = {
    "os.path.abspath('..')",
    "os.path.dirname(os.getcwd())",
    "str(Path.cwd().parent)",
    "str(Path('..').resolve())",
}


def suspicions(source: str, known: Mapping[str, str] | None = None) -> list[str]:
    """Return what in a cell reaches into the machinery, each in a few words; [] for most cells.

    Text that is no Python has none: it does not run either.

    Args:
        known: what `imported` says of the cell and of those before it; None where there are none.

    Example:
        >>> suspicions("import sys\\nsys.modules['torch'] = None")
        ['sys.modules']
        >>> suspicions("import torch\\nx = torch.zeros(3)\\nx.requires_grad = True")
        []
    """
    try:
        tree = ast.parse(source)
        nodes = list(ast.walk(tree))
        usual = {id(part) for node in nodes for part in _usual_uses(node)}
        usual |= {id(part) for node in nodes for part in _usual_uses_of_sys(node)}
        usual |= {id(node.func) for node in nodes if _is_print(node)}
        nodes = [node for node in nodes if id(node) not in usual]
        known = imported(tree, {}) if known is None else known
        found = [word for node in nodes for word in _words(node, known)]
        found += [word for node in nodes for word in _in_a_text(node)]
        found += [word for node in nodes for word in _hold_of_the_shell(node)]
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        found += [word for node in nodes if id(node) not in called for word in _modules(node)]
        found += changed_or_handed_on(tree, known)
        return list(dict.fromkeys(found))
    except UNREADABLE:
        return []


def _modules(node: ast.AST) -> Iterator[str]:
    """Yield a word for `sys.modules`, by whatever way; a call, `model.modules()`, is no such."""
    if isinstance(node, ast.Attribute) and node.attr == "modules" and not _is_of_self(node):
        yield "sys.modules"


def _is_of_self(node: ast.Attribute) -> bool:
    """Return whether it is an attribute of a learner's own object, inside its class."""
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _is_print(node: ast.AST) -> bool:
    """Return whether a call writes to the screen, by its number, as loud programs do."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="write", value=ast.Name(id="os")),
            args=[ast.Constant(value=1 | 2), *_],
        ):
            return True
    return False


def _is_shell(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_ipython"


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
        case ast.Compare(left=shell) if _is_shell(shell):
            yield shell.func
        case ast.Expr(value=shell) if _is_shell(shell):
            yield shell.func
        case ast.Compare(comparators=[ast.Call(func=ast.Name(id="globals") as name)]):
            yield name
        case ast.keyword(arg="globals", value=ast.Call(func=ast.Name(id="globals") as name)):
            yield name  # as timeit wants them
        case ast.Attribute(attr=part, value=ast.Attribute(attr="__code__") as code) if (
            part.startswith("co_") and isinstance(node.ctx, ast.Load)
        ):
            yield code


def _usual_uses_of_sys(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the same, of what `sys` has."""
    match node:
        case ast.Compare(comparators=[ast.Attribute(attr="modules") as modules]):
            yield modules
        case ast.Call(
            func=ast.Name(id="print"),
            args=[
                (ast.Attribute(attr="path") as path)
                | ast.Starred(value=ast.Attribute(attr="path") as path)
            ],
        ):
            yield path
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(attr="path") as path, attr="append" | "insert"),
            args=[*_, place],
        ) if _is_harmless_place(place):
            yield path


def _is_harmless_place(node: ast.expr) -> bool:
    """Return whether a folder for modules is one to which nothing can be written in a sandbox."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(ABOVE.fullmatch(node.value) or PLACES.fullmatch(node.value))
    return ast.unparse(node) in FOLDERS


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
    if is_text and (node.value == "course_lib" or any(part in node.value for part in COURSE)):
        yield "the name of a module that grades, in a text"
    if is_text and not IN_TEXTS.isdisjoint(node.value.split(".")):
        yield f"`{node.value}` in a text"


def _words(node: ast.AST, known: Mapping[str, str]) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
    elif isinstance(node, ast.Name):
        is_another = node.id == "compile" and node.id in known  # re.compile
        if node.id in {*BUILTINS, "course_lib"} and not is_another:
            yield f"`{node.id}`"
    elif isinstance(node, ast.FunctionDef) and node.name in INSIDES:
        yield f"`{node.name}`"
    elif isinstance(node, ast.Attribute):
        if node.attr in INSIDES | PARTS and not (node.attr in OF_SELF and _is_of_self(node)):
            yield f"`{node.attr}`"
        elif isinstance(node.value, ast.Name | ast.Attribute):  # sys, or what else has it: os.sys
            base = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            module = known.get(base, base)
            if ATTRIBUTES.get(node.attr) == module.rpartition(".")[2]:
                yield f"{module}.{node.attr}"
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open":
        number = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else 0
        if type(number) is int and number > 2:
            yield f"open({number})"


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    else:
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    for name in names:
        parts = ["", *name.split(".")]
        if parts[1] in MODULES or parts[-1] in IN_TEXTS or name.startswith((*COURSE, *MODULES_IN)):
            yield f"import {name}"
        elif name == "sys.modules" or (parts[-1], parts[-2]) in ATTRIBUTES.items():
            yield name

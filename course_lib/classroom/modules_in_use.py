"""See in a learner's text where a module is changed, or handed to code that could change it.

Modules are there to be read: `json.dumps`. One that is passed on by itself, or of which something
is replaced, may be meant for the code that grades.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

# Settings that people do assign to: of a whole package, or one by its name.
HARMLESS = ("matplotlib", "pandas", "seaborn", "plotly", "tqdm", "logging", "torch.backends")
HARMLESS += ("warnings.formatwarning", "warnings.showwarning", "sys.tracebacklimit")
HARMLESS += ("IPython.core.interactiveshell.InteractiveShell.ast_node_interactivity",)
LOOKS = {"help", "dir", "print", "display", "type", "hasattr", "repr", "str", "isinstance", "id"}
LOOKS |= {"reload", "getsource", "getdoc", "getfile", "version"}  # they put nothing new into one
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
OWN = "own"  # what a learner's function stands for that is called like one of those
MOST_ALIASES = 5  # of aliases
LONGEST = 200  # characters of a dotted name; a longer one stands for what its beginning does


def imported(tree: ast.AST, before: Mapping[str, str]) -> dict[str, str]:
    """Return {name: what it stands for} of imports and their aliases, with those of earlier cells.

    Example:
        >>> imported(ast.parse("import torch.nn.functional as F, os\\nsystem = os.sys"), {})
        {'F': 'torch.nn.functional', 'os': 'os', 'system': 'os.sys'}
    """
    known, nodes = dict(before), list(ast.walk(tree))
    for node in nodes:
        known |= dict(_imported(node))
        known |= {name: OWN for name in _made(node) if name in LOOKS}
    for _ in range(MOST_ALIASES):
        for node in nodes:
            for name, value in _named(node):
                meaning = path_of(value, known)
                if meaning and (_is_harmless(known.get(name, "")) or not _is_harmless(meaning)):
                    known[name] = meaning  # of several, one that matters
    return known


def path_of(node: ast.AST, known: Mapping[str, str]) -> str:
    """Return what a dotted name stands for, "os.sys", or "" where nothing is known of it."""
    match node:
        case ast.Name(id=name):
            return known.get(name, "")
        case ast.Attribute(value=base, attr=part):
            above = path_of(base, known)
        case ast.Call(func=ast.Name(id="getattr"), args=[base, ast.Constant(str(part)), *_]):
            above = path_of(base, known)
        case _:
            return ""
    return f"{above}.{part}" if above and len(above) < LONGEST else above


def changed_or_handed_on(tree: ast.AST, known: Mapping[str, str]) -> list[str]:
    """Return a few words for each module, or thing out of one, that is not only read."""
    visitor = _Visitor(known)
    visitor.visit(tree)
    return visitor.words


class _Visitor(ast.NodeVisitor):
    """Reads a text; in a function, names that it makes for itself stand for no module."""

    def __init__(self, known: Mapping[str, str]):
        self.known, self.words = dict(known), []

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, FUNCTIONS):
            super().visit(node)
            return
        self._visit_all([*getattr(node, "decorator_list", []), *_defaults(node.args)])
        outer = self.known
        if hidden := _own(node, outer) & outer.keys():
            self.known = {name: path for name, path in outer.items() if name not in hidden}
        self._visit_all(node.body if isinstance(node.body, list) else [node.body])
        self.known = outer

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in ("setattr", "delattr"):
            self.words.append(f"`{node.id}` under another name")
        elif isinstance(node.ctx, ast.Load) and _is_module(path_of(node, self.known)):
            self.words.append(f"the module `{node.id}` by itself")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = path_of(node, self.known)
        if not isinstance(node.ctx, ast.Load):
            if path:
                self._changes(path, ast.unparse(node))
            elif _is_type_of(node.value):
                self.words.append(f"`{ast.unparse(node)[:60]}` is changed")
        elif path.endswith(".__dict__"):
            self.words.append(f"`{ast.unparse(node)[:60]}`")
        elif _is_module(path):
            self.words.append(f"the module `{ast.unparse(node)[:60]}` by itself")
        if not path:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if name in ("setattr", "delattr") and isinstance(node.func, ast.Name):
            target = path_of(node.args[0], self.known) if node.args else ""
            if target:
                self._changes(target, ast.unparse(node.args[0]))
            given = given[1:] if target else given
        else:
            self.visit(node.func)
        if path := path_of(node, self.known):  # getattr with a plain text
            if _is_module(path):
                self.words.append(f"the module `{path}` by itself")
            return
        is_name = isinstance(node.func, ast.Name)
        is_theirs = self.known.get(name) != OWN if is_name else path_of(node.func, self.known)
        self._read(given) if name in LOOKS and is_theirs else self._visit_all(given)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in node.body:
            if isinstance(part, ast.Import | ast.ImportFrom):
                self.words.append("an import in a class")
            elif isinstance(part, ast.Assign):
                self.visit(part.value)  # no alias: it is reached through the class
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.target)
        self._read(_listed(node.iter))
        self._visit_all([*node.body, *node.orelse])

    def visit_If(self, node: ast.If) -> None:
        self._read([node.test])
        self._visit_all([*node.body, *node.orelse])

    def visit_Assert(self, node: ast.Assert) -> None:
        self._read(filter(None, [node.test, node.msg]))

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self._read(filter(None, [node.value, node.format_spec]))

    def visit_Expr(self, node: ast.Expr) -> None:
        self._read(_listed(node.value))  # it is shown, no more

    def visit_Compare(self, node: ast.Compare) -> None:
        self._read([node.left, *node.comparators])

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all(node.targets)
        are_names = all(isinstance(target, ast.Name) for target in node.targets)
        self._read([node.value]) if are_names else self.visit(node.value)  # an alias is followed

    def _read(self, parts: Iterable[ast.expr]) -> None:
        """Visit what stands where a module may: there it is only read."""
        self._visit_all(part for part in parts if not path_of(part, self.known))

    def _visit_all(self, parts: Iterable[ast.AST]) -> None:
        for part in parts:
            self.visit(part)

    def _changes(self, path: str, text: str) -> None:
        if not _is_harmless(path):
            self.words.append(f"`{text[:60]}` is changed")


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (name, module or what of it) for what a statement imports."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
            if alias.name == "*" and node.module in sys.modules:
                public = [name for name in vars(sys.modules[node.module]) if name[0] != "_"]
                yield from ((name, f"{node.module}.{name}") for name in public)


def _is_harmless(path: str) -> bool:
    return not path or any(path == one or path.startswith(one + ".") for one in HARMLESS)


def _made(node: ast.AST) -> Iterator[str]:
    """Yield the names that a definition or an assignment makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _listed(node: ast.expr) -> list[ast.expr]:
    """Return the parts of a list that is written out, or the one expression."""
    return node.elts if isinstance(node, ast.Tuple | ast.List) else [node]


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield (name, value) where a statement gives a value another name."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.For(target=ast.Name(id=name), iter=ast.Tuple(elts=parts) | ast.List(elts=parts)):
            yield from ((name, part) for part in parts)


def _own(function: ast.AST, known: Mapping[str, str]) -> set[str]:
    """Return the names that are a function's own, and stand for no module in it."""
    args = function.args
    every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    own = {arg.arg for arg in every if arg is not None}
    shared, local, places = set(), set(), []
    if not isinstance(function, ast.Lambda):
        places.extend(function.body)
    for node in places:  # which grows by what stands inside, but for what has names of its own
        if isinstance(node, ast.Global | ast.Nonlocal):
            shared.update(node.names)
        shared.update(name for name, _ in _imported(node))
        shared.update(name for name, value in _named(node) if path_of(value, known))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            local.add(node.id)
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.GeneratorExp, ast.ListComp)):
            places.extend(ast.iter_child_nodes(node))
    return own | (local - shared)


def _defaults(args: ast.arguments) -> list[ast.expr]:
    return [one for one in [*args.defaults, *args.kw_defaults] if one is not None]


def _is_module(path: str) -> bool:
    """Return whether a path is a module's, as far as one can see without importing it."""
    first, *rest = path.split(".")
    thing = sys.modules.get(first)
    if thing is None:
        return not rest and first not in ("", OWN)  # what one imports by its first name is one
    for part in rest:
        thing = vars(thing).get(part) if isinstance(thing, ModuleType) else None
    return isinstance(thing, ModuleType)


def _is_type_of(base: ast.AST) -> bool:
    """Return whether an expression is the class of something, not of a method's own object."""
    match base:
        case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id="self" | "cls")]):
            return False
        case ast.Call(func=ast.Name(id="type")):
            return True
    return False

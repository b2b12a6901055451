"""Which names a piece of Python takes from outside itself, and which forbidden ones it uses."""

import ast
import builtins
import symtable
from collections.abc import Iterable


def global_names(source: str) -> set[str]:
    """Return the names that `source` reads but neither binds nor finds among the builtins.

    Example:
        >>> sorted(global_names("def f(x):\\n    return len(x) + y + math.pi"))
        ['math', 'y']
    """
    return free_names(source) - bound_names(source) - set(dir(builtins))


def free_names(source: str) -> set[str]:
    """Return the names that `source` reads and does not bind itself, those of builtins too.

    A name that only a function of it makes global may have another value before: it is free.
    """
    top = symtable.symtable(source, "<answer>", "exec")
    return _read_globally(top) - _bound_in(top)


def bound_names(source: str) -> set[str]:
    """Return the names that running `source` as a cell leaves behind.

    Example:
        >>> sorted(bound_names("import os\\nx = 1\\ndef f(y): z = y"))
        ['f', 'os', 'x']
    """
    top = symtable.symtable(source, "<cell>", "exec")
    return _bound_in(top) | {
        symbol.get_name()
        for scope in _scopes(top)
        for symbol in scope.get_symbols()
        if symbol.is_declared_global() and symbol.is_assigned()
    }


def forbidden_uses(source: str, forbidden: Iterable[str], own: Iterable[str] = ()) -> list[str]:
    """Return the forbidden names that `source` uses, as a name or as a part of a dotted one.

    A name that `source` makes itself, such as a helper of the same name, is its own business; so
    are `own`, names that are defined beside it.

    Example:
        >>> forbidden_uses("def f(x): return F.softmax(x)", ["softmax", "exp"])
        ['softmax']
    """
    used = free_names(source) - set(own)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.alias):
            used.add(node.name.rpartition(".")[2])
        elif isinstance(node, ast.ImportFrom):
            used.update((node.module or "").split("."))
        elif isinstance(node, ast.MatchClass):  # `case Tensor(softmax=f)` reads an attribute
            used.update(node.kwd_attrs)
    return [name for name in forbidden if name in used]


def _bound_in(scope: symtable.SymbolTable) -> set[str]:
    return {s.get_name() for s in scope.get_symbols() if s.is_assigned() or s.is_imported()}


def _read_globally(scope: symtable.SymbolTable) -> set[str]:
    names = {
        symbol.get_name()
        for symbol in scope.get_symbols()
        if symbol.is_referenced() and (scope.get_type() == "module" or symbol.is_global())
    }
    for child in scope.get_children():
        names |= _read_globally(child)
    return names


def _scopes(top: symtable.SymbolTable) -> list[symtable.SymbolTable]:
    found = [top]
    for scope in found:
        found.extend(scope.get_children())
    return found

"""Modules that do nothing, for all of the course that graded code neither needs nor may use.

The set-up cells of a lesson import figures, widgets, `check`, `hint`, `mine`: their names have to
exist, what they show has no reader here.
"""

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType


class Nothing:
    """Whatever is asked of it, it is nothing again."""

    def __call__(self, *_, **__):
        return self

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _):
        return self

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __or__(self, _):  # in type hints, such as `KVCache | None`
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return "nothing (this part of the course is not here when answers are graded)"


class _EmptyModule(ModuleType):
    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("course_lib."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _EmptyModule(spec.name)

    def exec_module(self, module):
        pass


def install() -> None:
    """Let every module of the course that is not here be imported as one that does nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())

"""The variable a program calls an object by, read from the line of its source that made it."""

from __future__ import annotations

import ast
import functools
import os
import warnings
from collections.abc import Iterator
from typing import NamedTuple

_SIZE_LIMIT = 1_000_000
"""Bytes; a larger file is no program that somebody wrote, and parsing it would be slow."""

_MAKERS = frozenset((
    "Array", "Barrier", "BoundedSemaphore", "Condition", "Event", "JoinableQueue", "Lock", "Manager",
    "Namespace", "Pipe", "Pool", "Process", "ProcessPoolExecutor", "Queue", "RLock", "RawArray", "RawValue",
    "Semaphore", "SharedMemory", "ShareableList", "SimpleQueue", "SyncManager", "ThreadPool", "Value",
    "dict", "list",
))  # fmt: skip
"""Names of the calls that make what is shown; on a line with several calls they are the ones meant."""


class _Call(NamedTuple):
    """A call, and what its result is bound to."""

    first: int
    last: int
    maker: str
    """The last part of the called name; empty where it has none."""
    name: str | None


def assigned_name(file: str, line: int, kind: str | None = None) -> str | None:
    """What the program calls the object that was made by a call on this line; None where that is not plain.

    Two objects made on one line are told apart by their `kind`, the name of the call that made them. An
    object that goes straight into a list, tuple or dict called `queues` is `queues[]`. Never raises.
    """
    try:
        status = os.stat(file)
        if status.st_size > _SIZE_LIMIT:
            return None
        calls = _calls(file, status.st_mtime_ns, status.st_size)
    except Exception:
        return None
    here = [call for call in calls if call.first <= line <= call.last]
    makers = [call for call in here if call.maker == kind] or [call for call in here if call.maker in _MAKERS]
    if not makers:
        # A call by another name: the outermost on the line is the one that gives the object away.
        return _narrowest(here)[0].name if here else None
    names = {call.name for call in _narrowest(makers)}
    return names.pop() if len(names) == 1 else None


def _narrowest(calls: list[_Call]) -> list[_Call]:
    height = min(call.last - call.first for call in calls)
    return [call for call in calls if call.last - call.first == height]


@functools.lru_cache(maxsize=64)
def _calls(file: str, _modified: int, _size: int) -> tuple[_Call, ...]:
    """Every call of a file, outer ones first; read again when the file has changed."""
    with open(file, "rb") as opened:
        source = opened.read(_SIZE_LIMIT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source, file)
    return tuple(_in(tree))


def _in(node: ast.AST) -> Iterator[_Call]:
    """The calls below a node that binds nothing itself."""
    for child in ast.iter_child_nodes(node):
        yield from _under(child)


def _under(node: ast.AST) -> Iterator[_Call]:
    match node:
        case ast.Assign(targets=[target, *_], value=value):
            yield from _bound(value, target)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield from _bound(value, target)
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            yield from _bound(value, target)
        case ast.expr():
            yield from _named(node, None)
        case _:
            yield from _in(node)


def _bound(value: ast.expr, target: ast.expr) -> Iterator[_Call]:
    """The calls in a value that is assigned to a target."""
    match target, value:
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ):
            starred = any(isinstance(part, ast.Starred) for part in (*names, *values))
            if len(names) == len(values) and not starred:
                for name, part in zip(names, values, strict=True):
                    yield from _bound(part, name)
            else:
                yield from _in(value)
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), _):
            yield from _named(value, ", ".join(ast.unparse(name) for name in names))
        case _:
            yield from _named(value, ast.unparse(target))
            # The target may hold a call of its own: `queues[key()] = Queue()`.
            yield from _in(target)


def _named(value: ast.expr, name: str | None) -> Iterator[_Call]:
    """The calls in an expression whose result goes by a name."""
    match value:
        case ast.Call(func=func, args=args, keywords=keywords):
            yield _Call(value.lineno, value.end_lineno or value.lineno, _last(func), name)
            yield from _under(func)
            for argument in args:
                yield from _under(argument)
            for keyword in keywords:
                yield from _named(keyword.value, keyword.arg)
        case ast.NamedExpr(target=target, value=inner):
            yield from _bound(inner, target)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from _under(test)
            yield from _named(body, name)
            yield from _named(orelse, name)
        case ast.BoolOp(values=values):
            for part in values:
                yield from _named(part, name)
        case ast.Await(value=inner):
            yield from _named(inner, name)
        case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
            for part in values:
                yield from _named(part, _one_of(name))
        case ast.Dict(keys=keys, values=values):
            for key in keys:
                if key is not None:
                    yield from _under(key)
            for part in values:
                yield from _named(part, _one_of(name))
        case ast.ListComp(elt=part, generators=loops) | ast.SetComp(elt=part, generators=loops):
            yield from _named(part, _one_of(name))
            for loop in loops:
                yield from _in(loop)
        case ast.DictComp(value=part, generators=loops):
            yield from _named(part, _one_of(name))
            for loop in loops:
                yield from _in(loop)
        case _:
            yield from _in(value)


def _one_of(name: str | None) -> str | None:
    return None if name is None else f"{name}[]"


def _last(func: ast.expr) -> str:
    match func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner):
            return _last(inner)
        case _:
            return ""

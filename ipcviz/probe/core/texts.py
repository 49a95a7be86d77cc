"""Short safe texts: of an item, a call, an error. Clipped, never raising, never slow on a huge object.

None of the program's own code runs for them: no `__repr__`, `__str__` or `__getattr__` of its classes.
"""

import builtins

from ipcviz.log.slots import clip

LIMIT = 60
_SHORT = LIMIT // 4
"""Bytes of text that ride along with an item."""
_PARTS = 6
"""How many elements of a container are looked at."""


def text_of(thing, depth=2):
    """At most `LIMIT` bytes that let a person recognise the item. Runs no code of the program's own."""
    try:
        return QUICK[type(thing)](thing)
    except KeyError:
        pass
    except Exception:
        return b"?"
    try:
        return clip(_long(thing, depth), LIMIT)
    except Exception:
        return clip(f"<{class_name(type(thing))}>", LIMIT)


def _of_int(thing):
    # The decimal digits of a huge int take quadratic time.
    if -(1 << 128) < thing < 1 << 128:
        return b"%d" % thing
    return b"<int of %d bits>" % thing.bit_length()


def _of_str(thing):
    if len(thing) <= _SHORT:
        return repr(thing).encode("utf-8", "replace")
    if len(thing) > LIMIT:
        return clip(repr(thing[:LIMIT]), LIMIT - 3) + "…".encode()
    return clip(repr(thing), LIMIT)


def _of_bytes(thing):
    if len(thing) > 16:
        # Short enough for the fast way out, see `slots.INLINE`.
        start = repr(thing[:8])
        if len(start) > 12:
            start = repr(thing[:2])
        return b"%s.. %d B" % (start.encode(), len(thing))
    return repr(thing).encode()


def _of_bytearray(thing):
    return b"bytearray(" + _of_bytes(bytes(thing[:21])) + b")"


QUICK = {
    int: _of_int,
    str: _of_str,
    bytes: _of_bytes,
    bytearray: _of_bytearray,
    bool: lambda thing: b"True" if thing else b"False",
    type(None): lambda thing: b"None",
    float: lambda thing: repr(thing).encode(),
    complex: lambda thing: repr(thing).encode(),
}
"""For these types the text is made without a further look; none of them can raise."""


def _long(thing, depth):
    """Containers of the built-in types are looked into; of anything else only the type is named.

    A `__repr__` of the program's own could be slow, print, or put an item itself: it is not called.
    """
    kind = type(thing)
    if kind in (tuple, list, set, frozenset):
        opening, closing = {tuple: "()", list: "[]", set: "{}"}.get(kind, ("frozenset({", "})"))
        if not depth:
            return opening + "…" + closing
        parts = []
        for part in thing:
            if len(parts) == _PARTS:
                parts.append("…")
                break
            parts.append(text_of(part, depth - 1).decode("utf-8", "replace"))
        comma = "," if kind is tuple and len(parts) == 1 else ""
        return opening + ", ".join(parts) + comma + closing
    if kind is dict:
        if not depth:
            return "{…}"
        parts = []
        # `items()`: indexing would call a key's own `__hash__`.
        for name, value in thing.items():
            if len(parts) == _PARTS:
                parts.append("…")
                break
            left = text_of(name, depth - 1).decode("utf-8", "replace")
            parts.append(left + ": " + text_of(value, depth - 1).decode("utf-8", "replace"))
        return "{" + ", ".join(parts) + "}"
    name = getattr(thing, "__name__", None) if kind in _NAMED else None
    if type(name) is str:
        return name
    return f"<{class_name(kind)}>"


_NAMED = (type, type(text_of), type(len))


def class_name(kind):
    """What a class is called, whatever its metaclass says."""
    return _class_name(kind)


_class_name = type.__dict__["__name__"].__get__


class _Any:
    def method(self):
        """Nothing; it is there for its type."""


def name_of_call(func, args=()):
    """`func(arg, …)` as short as can be; a chunk of a map says how many there are."""
    name = short_name(func)
    if name in _CHUNKS and type(func) is _FUNCTION and func.__module__ == "multiprocessing.pool":
        return _name_of_chunk(func, args)
    if type(args) not in (tuple, list):
        # Looking into an iterable of the program's own would run its code.
        inside = "…".encode()
    elif len(args) == 1:
        inside = text_of(args[0], 1)
    else:
        inside = b", ".join([text_of(arg, 1) for arg in args[:4]])
    return b"%s(%s)" % (name, inside[:40])


def _name_of_chunk(func, args):
    inner, batch = args[0]
    many = len(batch)
    if many == 1 and func.__name__ == "mapstar":
        return name_of_call(inner, tuple(batch))
    return short_name(inner) + b" x%d" % many


_CHUNKS = (b"mapstar", b"starmapstar")


def short_name(func):
    """What a function is called, at most 40 bytes."""
    kind = type(func)
    if kind is _METHOD:
        func = func.__func__
        kind = type(func)
    name = class_name(func) if issubclass(kind, type) else func.__name__ if kind in _NAMED else None
    if type(name) is str and len(name) <= _SHORT_NAME:
        return name.encode("utf-8", "replace")
    return clip(name if type(name) is str else class_name(kind), _NAME_LIMIT)


_FUNCTION = type(text_of)
_METHOD = type(_Any().method)


def error_text(error):
    """`Type: message` in one line, never raising; the type alone where the program makes the message."""
    kind = type(error)
    name = class_name(kind)
    try:
        message = str(error).split("\n")[0] if _says_it_itself(error, kind) else ""
    except Exception:
        message = ""
    return f"{name}: {message}" if message else name


def _says_it_itself(error, kind):
    """Whether `str(error)` asks nobody but the interpreter and its library."""
    say = type.__getattribute__(kind, "__str__")
    if type(say) is _FUNCTION:
        if say.__globals__.get("__name__", "").partition(".")[0] not in ("multiprocessing", "concurrent"):
            return False
    elif type(say) is not _SLOT:
        return False
    said = [*_args_of(error)]
    if _GROUP in kind.__mro__:
        # Only its message is looked at, and how many there are.
        del said[1:]
    if isinstance(error, OSError):
        said += [error.filename, error.filename2]
    return all(type(one) in QUICK for one in said)


_SLOT = type(BaseException.__str__)
_GROUP = getattr(builtins, "BaseExceptionGroup", None)
_args_of = BaseException.__dict__["args"].__get__


_NAME_LIMIT = 40
_SHORT_NAME = _NAME_LIMIT // 4

"""Every sentence the screen and the story say, in the language of the room: English is the key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("en", "zh")

_language = "en"
_sentences: dict[str, str] = {}


def choose(wish: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The language to use: the wish, else what the environment says; English for any we do not speak."""
    for said in (wish, *(environ.get(name) for name in ("IPCVIZ_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))):
        if said:
            return "zh" if said.lower().startswith("zh") else "en"
    return "en"


def use(language: str) -> None:
    """Speak this language from now on."""
    global _language, _sentences
    _language = language if language in LANGUAGES else "en"
    _sentences = {} if _language == "en" else _read(LOCALE / f"{_language}.po")


def language() -> str:
    """The language spoken now."""
    return _language


def _(sentence: str, /, **fields: object) -> str:
    """The sentence in the language spoken now, its `{named}` fields filled in."""
    said = _sentences.get(sentence) or sentence
    return said.format(**fields) if fields else said


def of(texts: Mapping[str, str]) -> str:
    """The right one of a text kept in several languages, English where it is missing."""
    return texts.get(_language) or texts.get("en", "")


def _read(path: Path) -> dict[str, str]:
    # Only a language other than English pays for the import.
    import polib

    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path)) if entry.msgstr}

"""Texts brought to one form before they are compared: width, case, old characters, blanks, Chinese numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar

_TENS = re.compile("([一二三四五六七八九])十([一二三四五六七八九])")
_TEENS = re.compile("十([一二三四五六七八九])")
_ROUND = re.compile("([一二三四五六七八九])十")


def narrow() -> dict[int, str]:
    """Full-width letters, digits and signs → half-width, for `str.translate`."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    return table | {0x3000: " "}


class Wording:
    """The rules of one content version, compiled."""

    def __init__(self, store: ContentStore) -> None:
        grammar = store.rules(AddressGrammar)
        rows = store.code_lists["old_character"]
        pairs: Mapping[str, str] = dict(zip(rows["local"].to_pylist(), rows["code"].to_pylist(), strict=True))
        self._plain = narrow() | {ord(old): new for old, new in pairs.items()}
        self._ignored = {ord(c): None for c in grammar.ignored}
        self._digits = str.maketrans(grammar.digits.from_, grammar.digits.to)
        self._ten = re.compile(f"十({'|'.join(sorted(grammar.counted, key=len, reverse=True))})")

    def plain(self, text: str) -> str:
        """Half width, simplified characters, capitals, without blanks and punctuation; # as 号.

        Brackets stay: they set a remark apart.
        """
        return text.translate(self._plain).upper().translate(self._ignored).replace("#", "号")

    def arabic(self, text: str) -> str:
        """Chinese numbers up to 99 as digits: 二十一号楼 → 21号楼; ten alone before counted words only."""
        text = _TENS.sub(r"\1\2", text)
        text = _TEENS.sub(r"一\1", text)
        text = _ROUND.sub(r"\1〇", text)
        return self._ten.sub(r"10\1", text).translate(self._digits)

"""Values of typed sources (databases, Parquet) as the texts a file of the same source would hold."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc


def texts(values: pa.Array) -> pa.Array:
    """The values as texts, blank = null: ISO dates and times (midnight left out), 1 and 0, whole floats without point.

    Raises pa.ArrowInvalid or pa.ArrowNotImplementedError for values that are no single ones, or no UTF-8.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if pa.types.is_boolean(kind):
        values = values.cast(pa.int8())
    elif pa.types.is_timestamp(kind):
        values = _times(values)
    out = values.cast(pa.string())
    if pa.types.is_floating(kind):
        out = pc.replace_substring_regex(out, r"\.0$", "")
    return pc.if_else(pc.equal(out, ""), pa.scalar(None, pa.string()), out)


def _times(values: pa.Array) -> pa.Array:
    if values.type.tz is not None:
        values = pc.local_timestamp(values)
    shown = pc.strftime(values, format="%Y-%m-%d %H:%M:%S")
    return pc.replace_substring_regex(shown, r"(\.0+|[ ]00:00:00(\.0+)?)$", "")


def texts_of(values: Sequence[object]) -> pa.Array:
    """The same of Python values as drivers give them; what is a list or object comes as JSON."""
    try:
        array = pa.array(values)
        if not pa.types.is_nested(array.type):
            return texts(array)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        pass
    told = [None if v is None or isinstance(v, str) else _told(v) for v in values]
    plain = [t if v is None or not isinstance(v, str) else v for t, v in zip(told, values, strict=True)]
    return texts(pa.array(plain, pa.string()))


def _told(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8")
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    return str(value)

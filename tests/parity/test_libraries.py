"""Every library has the same rows on both engines."""

from __future__ import annotations

from importlib.resources import files

import pyarrow as pa
import pytest

from tests.parity import world
from tests.parity.conftest import Derived
from yuheng.content.libraryshape import LIBRARY_RESULTS, full_sql
from yuheng.library import library_inputs, register_codes
from yuheng.library.build import day_param

pytestmark = pytest.mark.spark

FILES = files("yuheng.content").joinpath("libraries").iterdir()
IDS = sorted(
    p.name[:4].upper() for p in FILES if p.name.endswith(".sql") and "\nresult_of:" not in p.read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def libraries(derived: Derived) -> set[str]:
    """Code lists and rating tables of the libraries, readable on both engines; the names of libraries built so far."""
    store, both = derived.store, derived.both
    read = frozenset().union(*(library_inputs(x) for x in store.libraries.values()))
    for engine in (both.duck, both.spark):
        register_codes(engine, store, (read & store.code_lists.keys()) - store.standard.keys())
    for name in ("grade", "indicator_point"):
        both.register(name, _made_up(LIBRARY_RESULTS[name]))
    return set()


def _made_up(schema: pa.Schema) -> pa.Table:
    """Rows of 60 firms with small numbers and short texts."""
    rows = range(60)
    made = {}
    for field in schema:
        if pa.types.is_string(field.type):
            values = [("A", "B", "C", "D")[n % 4] for n in rows]
        elif pa.types.is_date(field.type):
            values = [world.AS_OF for _ in rows]
        else:
            values = [n if field.name == "ent_id" else n % 7 + 1 for n in rows]
        made[field.name] = pa.array(values).cast(field.type)
    return pa.table(made, schema=schema)


def _build(name: str, derived: Derived, built: set[str]) -> pa.Table | None:
    store = derived.store
    library = store.libraries[name.upper()]
    for needed in sorted(library_inputs(library)):
        if needed in store.derived:
            derived.build(needed)
        elif needed.upper() in store.libraries and needed not in built:
            _build(needed, derived, built)
    text = full_sql(library)
    derived.both.define(library.table, text, params=day_param(text, world.AS_OF), materialise=True)
    built.add(library.table)
    return derived.both.agree(f"select * from {library.table}")


@pytest.mark.parametrize("name", IDS)
def test_a_library(name: str, derived: Derived, libraries: set[str]) -> None:
    found = _build(name.lower(), derived, libraries)
    assert found is not None
    assert found.num_rows > 0

"""The databases of the base layer and the logical models: what holds their rows."""

from __future__ import annotations

from tools.reference.markdown import code, link, page, table
from yuheng.content import ContentStore

_KINDS = {"standard": "tables.md", "derived": "tables/derived.md", "code": "codes.md", "content": "indicators.md"}
"""Kind of what realises a model -> the page about it."""


def pages(store: ContentStore) -> dict[str, str]:
    """databases.md and models.md."""
    return {"databases.md": _databases(store), "models.md": _models(store)}


def _databases(store: ContentStore) -> str:
    intro = (
        f"{len(store.databases)} databases with {len(store.standard)} standard tables. `yuheng lake databases` shows "
        f"the rows of a deployment. {link('Tables', 'tables.md')} has their columns."
    )
    rows = [
        (d.id, d.name_zh, d.owner, ", ".join(code(name) for name in d.tables) or f"filled by {d.filled_by}")
        for d in store.databases.values()
    ]
    return page("Databases", intro, table(("Id", "", "Owner", "Standard tables"), rows))


def _models(store: ContentStore) -> str:
    pending = sum(model.filled_by is not None for model in store.models.values())
    intro = (
        f"{len(store.models)} logical models by domain: {len(store.models) - pending} are realised, {pending} wait for "
        "the floor of the house that fills them. `standard/`, `derived/`, `result/` and `library/` are tables of the "
        "lake, `office/` tables of the office database, `content/` and `code/` content."
    )
    rows = [
        (code(m.id), m.name_zh, m.domain, ", ".join(_realisation(ref) for ref in m.by) or f"pending: {m.filled_by}")
        for m in store.models.values()
    ]
    return page("Logical models", intro, table(("Model", "", "Domain", "Realised by"), rows))


def _realisation(ref: str) -> str:
    target = _KINDS.get(ref.partition("/")[0])
    return link(code(ref), target) if target else code(ref)

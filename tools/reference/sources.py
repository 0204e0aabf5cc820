"""The sources: one page with all feeds, one page per source with the way of every column."""

from __future__ import annotations

from tools.reference.markdown import anchor, code, facts, link, page, table
from yuheng.content import ContentStore
from yuheng.content.schema import Check, CodeMap, Feed, FileFormat, Link, Source, TokenMap

_LINKS = {"uscc": "USCC", "pripid": "PRIPID", "regno": "REGNO"}


def pages(store: ContentStore) -> dict[str, str]:
    """sources.md and sources/<id>.md."""
    made = {"sources.md": _overview(store)}
    for source in store.sources.values():
        made[f"sources/{source.id}.md"] = _source(store, source)
    return made


def _overview(store: ContentStore) -> str:
    extracts = sum(s.extract_of is not None for s in store.sources.values())
    feeds = sum(len(s.feeds) for s in store.sources.values())
    intro = (
        f"{len(store.sources) - extracts} source systems and {extracts} extract of one, with {feeds} feeds. A file "
        "goes to `inbox/<source>/<feed>/<file>`; its name fits the pattern, gzipped (`.gz`) or not. "
        f"{link('Intake', '../intake.md')} says what happens then."
    )
    rows = [
        (
            link(s.id, f"sources/{s.id}.md"),
            s.name_zh,
            code(f.id),
            f.name_zh,
            code(f.pattern),
            file_format(f.format),
            code(f.table),
            ", ".join(link_kinds(f.link)),
        )
        for s in store.sources.values()
        for f in s.feeds
    ]
    head = ("Source", "", "Feed", "", "File names", "Format", "Standard table", "Linked by")
    return page("Sources and feeds", intro, table(head, rows))


def _source(store: ContentStore, source: Source) -> str:
    regions = "everywhere" if "" in source.regions else ", ".join(source.regions)
    intro = facts(
        [
            ("Owner", source.owner),
            ("Extract of", source.extract_of or ""),
            ("Legal basis", source.legal_basis),
            ("Category of national shared data", str(source.share_category or "")),
            ("Transport", source.transport),
            ("Connected", regions),
        ]
    )
    parts = [_feed(store, source, feed) for feed in source.feeds]
    return page(f"{source.id} {source.name_zh}", intro, link("All sources", "../sources.md"), *parts)


def _feed(store: ContentStore, source: Source, feed: Feed) -> str:
    listed = facts(
        [
            ("Files", f"`inbox/{source.id}/{feed.id}/`, names {code(feed.pattern)}, {file_format(feed.format)}"),
            ("Goes to", _table_link(store, feed.table)),
            ("Frequency", feed.frequency),
            ("Key at the source", " and ".join(code(k) for k in feed.key)),
            ("Operation", f"{code(feed.op)}: I, U, or D (withdrawn at the source)" if feed.op else ""),
            ("Known from", _known(feed)),
            ("Linked by", ", ".join(link_kinds(feed.link)) or "not about one firm"),
            ("Population", f"only where {code(feed.population)}" if feed.population else ""),
            ("Rows expected per delivery", f"{feed.volume[0]}–{feed.volume[1]}" if feed.volume else ""),
            ("Must not be null", ", ".join(map(code, feed.required))),
            ("Not mapped", "; ".join(f"{code(c)} {why}" for c, why in feed.ignore.items())),
            ("Not filled", "; ".join(f"{code(c)} {why}" for c, why in feed.nulls.items())),
        ]
    )
    names = {c.name: c.name_zh for c in store.standard[feed.table].columns}
    mapped = table(("Column", "", "From"), [(code(c), names.get(c, ""), _mapping(m)) for c, m in feed.map.items()])
    return "\n\n".join(p for p in (f"## {feed.id} {feed.name_zh}", listed, mapped, checks(feed.checks)) if p)


def file_format(form: FileFormat) -> str:
    """How files look, in a word or two."""
    return form.kind.upper() + (f" {form.encoding.upper()}" if form.kind != "xlsx" else "")


def link_kinds(given: Link) -> list[str]:
    """The kinds of keys a feed's rows may be linked by, in the order they are tried."""
    if given.registers:
        return ["registers firms"]
    kinds = [kind for name, kind in _LINKS.items() if getattr(given, name)]
    return [*kinds, "NAME_REGION_LR"] if given.name and given.region and given.legal_rep else kinds


def checks(given: list[Check]) -> str:
    """Checks as a table."""
    rows = [(code(c.id), code(c.rule), c.action, c.dimension, c.reason) for c in given]
    return table(("Check", "True for a good row", "Else", "Dimension", "Reason"), rows)


def _known(feed: Feed) -> str:
    lag = f" plus {feed.lag_days} days" if feed.lag_days else ""
    return f"{code(feed.stamp)}{lag}" if feed.stamp else f"the event's date{lag} (the source gives no date of its own)"


def _mapping(mapping: str | CodeMap | TokenMap) -> str:
    if isinstance(mapping, TokenMap):
        other = f", else {code(mapping.otherwise)}" if mapping.otherwise else ""
        return f"keyed hash ({mapping.token}) of {code(mapping.of)}{other}"
    if isinstance(mapping, CodeMap):
        way = link(f"`{mapping.code}`", "../codes.md")
        default = f" {code(mapping.default)}" if mapping.default else ""
        return f"code list {way} of {code(mapping.of)}; unknown: {mapping.unknown}{default}"
    return code(mapping)


def _table_link(store: ContentStore, name: str) -> str:
    file = store.places["standard_table", name].file.removeprefix("standard/").removesuffix(".yaml")
    return link(f"`{name}`", f"../tables/{file}.md#{anchor(name)}") + f" {store.standard[name].name_zh}"

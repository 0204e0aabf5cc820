"""What is simulated is what the intake expects: files, columns, marks."""

from __future__ import annotations

from fnmatch import fnmatch

import yaml

from yuheng.simulate.params import HOME, Params
from yuheng.simulate.spec import FeedSpec, load_feeds

FEEDS, _ = load_feeds(HOME)


def sources() -> dict[tuple[str, str], dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for path in sorted((HOME.parent / "sources").glob("*.yaml")):
        source = yaml.safe_load(path.read_text(encoding="utf-8"))
        for feed in source["feeds"]:
            found[source["id"], feed["id"]] = feed
    return found


def test_every_simulated_feed_has_a_source_with_its_columns() -> None:
    known = sources()
    for spec in FEEDS.values():
        feed = known[spec.source, spec.feed]
        assert feed["columns"] == spec.header, spec.name


def test_file_names_fit_the_patterns_of_the_sources() -> None:
    known = sources()
    for spec in FEEDS.values():
        feed = known[spec.source, spec.feed]
        assert fnmatch(f"{spec.feed}_202501.{spec.suffix}", str(feed["pattern"])), spec.name


def test_encodings_are_those_of_the_sources() -> None:
    known = sources()
    kinds = {"csv": "csv", "jsonl": "jsonl", "xlsx": "xlsx"}
    for spec in FEEDS.values():
        given = known[spec.source, spec.feed]["format"]
        assert isinstance(given, dict)
        assert given["kind"] == kinds[spec.suffix], spec.name
        assert (given.get("encoding") == "gb18030") == (spec.encoding == "G"), spec.name


def test_keys_that_name_the_firm_are_never_withdrawn() -> None:
    known = sources()
    for spec in FEEDS.values():
        if not key_is_in(spec, known[spec.source, spec.feed]["key"]):
            assert spec.withdrawn == 0, spec.name


def key_is_in(spec: FeedSpec, key: object) -> bool:
    """Whether the source's key is made of the record's own number."""
    columns = [name for name, sql in spec.columns.items() if "key" in sql.replace("_key", "")]
    return any(name in str(text) for text in (key if isinstance(key, list) else [key]) for name in columns)


def test_the_codes_of_the_content_are_real_ones() -> None:
    params = Params()
    for code in params.column("counties", "code"):
        assert len(code) == 6
        assert code.startswith("41")
    for name in ("enterprise_weight", "self_employed_weight"):
        assert params.figures("counties", name).sum() > 99
    licences = set(params.column("licences", "code"))
    assert {code for code in params.column("industries", "licence") if code} <= licences
    for rule in params.registry.rules("type"):
        assert rule["type"] in params.column("types", "code")
    for rule in params.registry.rules("industry"):
        assert rule["industry"] in params.column("industries", "code")


def test_every_word_list_a_feed_names_exists() -> None:
    params = Params()
    made = {"industry_before", "industry_after", "scope_before", "scope_after", "tax_level", "grade"}
    made |= {"licence_name", "licence_prefix", "county_code"}
    for spec in FEEDS.values():
        for name in spec.gather.get("w", ()):
            assert name in made or params.words(name), (spec.name, name)

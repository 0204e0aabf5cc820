"""Addresses taken apart in bulk: one value per level, a normal form and a standard id. In SQL, for millions of rows.

For the comparison of two addresses, which may name several roads each, see `yuheng.identity.compare`.
"""

from __future__ import annotations

from yuheng.content import ContentStore
from yuheng.content.schema import AddressGrammar
from yuheng.identity.plain import arabic, plain
from yuheng.identity.regionsql import patterns
from yuheng.identity.staged import either, staged
from yuheng.sql import literal

LEVELS = ("town", "village", "road", "lane", "number", "estate", "building", "unit", "floor", "room")
"""Levels below the county, from wide to narrow; columns `addr_<level>`, an absent one is an empty text."""
ADDRESS_PARTS = (
    "region_code",
    *(f"addr_{level}" for level in LEVELS),
    "addr_text",
    "addr_std_id",
    "addr_confidence",
)
"""Columns `address_parts` adds: region_code (null: not said or not clear), the levels, the normal form, its id (null
where the address tells nothing below the county), and how sure the parse is, 0 to 1."""
PLACES_VIEW = "__places"
"""Relation `address_parts` reads: the table `places(store, home)`, registered under this name."""


def address_parts(store: ContentStore, rows: str, column: str, *, home: str, region: str = "") -> str:
    """SELECT of the relation `rows` with the columns `ADDRESS_PARTS` of the addresses in `column`.

    `home` is the region of duty; `region` SQL of a region code the row has anyway, used where the address names none.
    """
    g = store.rules(AddressGrammar)
    levels = patterns(store, home)
    # Both engines' patterns have no look-ahead in common, so what follows a name is a second test.
    beside = "^(?:[东南西北中一二三四五六七八九十0-9]{0,2}(?:路|大道|大街|巷)|街[^道])"
    steps: list[dict[str, str]] = [{"__plain": f"coalesce({plain(store, column)}, '')"}]
    steps.append({"__r0": "regexp_replace(__plain, '[(][^()]*[)]?|[)]', '', 'g')"})
    for place, pattern in enumerate(levels):
        steps += _region_steps(place, pattern, beside)
    steps.append({"__key": "__n0 || '|' || __n1 || '|' || __n2", "__t": arabic(store, "__r3")})
    steps += _inner_steps(g)
    out = staged(rows, *steps)
    given = f"coalesce(p.region_code, {region})" if region else "p.region_code"
    joined = f"(select s.*, {given} as region_code from {out} s left join {PLACES_VIEW} p on p.names = s.__key)"
    return staged(joined, {"addr_text": _text()}, {"addr_std_id": _std_id(), "addr_confidence": _confidence()})


def _region_steps(place: int, pattern: str, beside: str) -> list[dict[str, str]]:
    """The name of one level taken off the front of `__r<place>`, unless what follows makes it a road's name."""
    before, found, after = f"__r{place}", f"__f{place}", f"__r{place + 1}"
    said = f"regexp_extract({before}, {literal(f'^(?:{pattern})')}, 0)"
    rest = f"substr({before}, length({found}) + 1)"
    kept = f"case when {found} = '' or regexp_matches({rest}, {literal(beside)}) then '' else {found} end"
    behind = f"substr({before}, length(__n{place}) + 1)"
    named, beyond = f"__n{place}", f"__a{place}"
    twice = f"case when {named} <> '' and starts_with({behind}, {named})"
    again = f"{twice} then substr({behind}, length({named}) + 1) else {behind} end"
    glued = f"case when {named} <> '' and regexp_matches({beyond}, '^[省市]')"
    glue = f"{glued} then substr({beyond}, 2) else {beyond} end"
    return [{found: said}, {f"__n{place}": kept}, {beyond: again}, {after: glue if place < 2 else beyond}]


def _inner_steps(g: AddressGrammar) -> list[dict[str, str]]:
    """The levels below the county, each taken off the front of what is left."""
    town = f"^([^0-9号巷弄]{{1,8}}?(?:{either(g.town)}))"
    village = f"^([0-9]{{0,2}}[^0-9号路街巷弄]{{0,12}}?(?:{either(g.village)})(?:村委会|村委|村|社区)?)"
    road = f"^.{{0,12}}?([^0-9号]{{1,8}}?[0-9]{{0,3}}[^0-9号]{{0,2}}?(?:{either(g.road)})(?:{either(g.road_section)})?)"
    number = "^[东南西北]{0,2}侧?(附?[0-9]+(?:-[0-9]+)?号)(?:[^楼线]|$)"
    numbered = either([word for word in g.building if word != "楼"])
    building = f"([A-Z]?[0-9]+|[A-Z]|[东南西北中甲乙丙丁])(?:-[0-9]+)?(?:{numbered})"
    return [
        {"addr_town": f"regexp_extract(__t, {literal(town)}, 1)"},
        {"__t1": "substr(__t, length(addr_town) + 1)"},
        {"addr_village": f"regexp_extract(__t1, {literal(village)}, 1)"},
        {"__t2": "substr(__t1, length(addr_village) + 1)"},
        {"addr_road": f"regexp_extract(__t2, {literal(road)}, 1)"},
        {"__t3": _behind("__t2", "addr_road")},
        {"addr_lane": f"regexp_extract(__t3, {literal(f'^([0-9]+(?:{either(g.lane)}))')}, 1)"},
        {"__t4": "substr(__t3, length(addr_lane) + 1)"},
        {"addr_number": f"regexp_extract(__t4, {literal(number)}, 1)"},
        {"__t5": _behind("__t4", "addr_number")},
        {
            name: f"regexp_extract(__t5, {literal(building)}, {n})"
            for n, name in enumerate(("__building", "addr_building"))
        },
        {
            "__t6": _behind("__t5", "__building"),
            "__named": "case when __building = '' then regexp_extract(__t5, '^[^0-9A-Z]*', 0) "
            "else substr(__t5, 1, strpos(__t5, __building) - 1) end",
        },
        {
            "addr_estate": "__named",
            "addr_unit": f"regexp_extract(__t6, {literal(f'([0-9A-Z]+)(?:{either(g.unit)})')}, 1)",
            "addr_floor": f"regexp_extract(__t6, {literal(f'([0-9]+)(?:{either(g.floor)})')}, 1)",
            "addr_room": "coalesce(nullif(regexp_extract(__t6, '([0-9]{1,5})(?:室|户|房|号)', 1), ''), "
            "regexp_extract(__t6, '(?:^|[^0-9])([0-9]{3,5})$', 1))",
        },
    ]


def _behind(text: str, found: str) -> str:
    """What stands behind the first `found` in `text`; all of it where nothing was found."""
    return f"case when {found} = '' then {text} else substr({text}, strpos({text}, {found}) + length({found})) end"


def _text() -> str:
    """The normal form: levels from wide to narrow with their units, gaps left out."""
    named = [f"addr_{level}" for level in ("town", "village", "road", "lane", "number", "estate")]
    numbered = [f"case when addr_{level} <> '' then addr_{level} || '{unit}' else '' end" for level, unit in _UNITS]
    return " || ".join([*named, *numbered])


_UNITS = (("building", "号楼"), ("unit", "单元"), ("floor", "层"), ("room", "室"))


def _std_id() -> str:
    return "case when addr_text <> '' and region_code is not null then hash63(region_code || '|' || addr_text) end"


def _confidence() -> str:
    """Shares: the county known 0.4, a road or village 0.3, a number, estate or building 0.3."""
    return (
        "cast(case when substr(region_code, 5, 2) <> '00' then 0.4 when region_code is not null then 0.2 else 0 end "
        "+ case when addr_road <> '' or addr_village <> '' then 0.3 else 0 end "
        "+ case when addr_number <> '' or addr_building <> '' or addr_estate <> '' then 0.3 else 0 end as double)"
    )

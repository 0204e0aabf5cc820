"""Every command: its help, its one JSON object, and what it says and leaves when it is called or fed wrongly."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
import typer

from tests.cli.conftest import Call, Called
from tests.province import END, Province
from yuheng.cli import app
from yuheng.content import ContentStore
from yuheng.pipeline import Workspace

DAY = END.isoformat()


@pytest.fixture(scope="module")
def root(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment with a rated day, of this module's own."""
    return province.copy(tmp_path_factory.mktemp("commands") / "deployment")


@pytest.fixture
def bare(tmp_path: Path, call: Call) -> Path:
    """A deployment nothing was delivered to."""
    assert call("init", tmp_path / "bare").code == 0
    return tmp_path / "bare"


def leaves(
    command: click.Command | None = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Every command with the options it knows."""
    found = typer.main.get_command(app) if command is None else command
    for name, one in getattr(found, "commands", {}).items():
        yield from leaves(one, (*path, name))
    if not hasattr(found, "commands"):
        yield path, {option for p in found.params for option in p.opts}


COMMANDS = dict(leaves())


# ── help and JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", sorted({c[:n] for c in COMMANDS for n in range(len(c) + 1)}), ids=" ".join)
def test_every_command_and_group_explains_itself(call: Call, command: tuple[str, ...]) -> None:
    done = call(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert "Usage: " in done.out
    assert not command or command not in COMMANDS or "--json" in done.out


def test_every_command_knows_json() -> None:
    assert [c for c, options in COMMANDS.items() if "--json" not in options] == []


def test_init_and_simulate_print_one_object(call: Call, tmp_path: Path) -> None:
    made = call("init", tmp_path / "d", "--region", "410100", "--json").data
    assert made == {"deployment": str(tmp_path / "d"), "region": "410100"}
    played = call("simulate", "--dir", tmp_path / "d", "--enterprises", "20", "--months", "1", "--end", DAY, "--json")
    assert played.data["enterprises"] == 20
    assert list((tmp_path / "d" / "inbox").rglob("*.csv"))


READING: dict[tuple[str, ...], tuple[str, ...]] = {
    ("content", "list"): (),
    ("content", "check"): (),
    ("content", "models"): ("--pending",),
    ("content", "test"): ("--indicator", "penalty_count_3y"),
    ("intake", "report"): (),
    ("intake", "batches"): (),
    ("intake", "pull"): (),
    ("quality", "score"): ("--source", "S-PUN"),
    ("quality", "orders"): ("--all",),
    ("quality", "reconcile"): ("--source", "S-PUN"),
    ("identity", "queue"): (),
    ("quarantine", "list"): (),
    ("adjust", "list"): (),
    ("lake", "databases"): (),
    ("lake", "vacuum"): (),
    ("catalog", "list"): (),
    ("catalog", "show"): ("ZT01",),
    ("catalog", "databases"): (),
    ("catalog", "lineage"): ("ZT01.ent_name",),
    ("catalog", "export"): (),
    ("search",): ("公司",),
    ("rating", "list"): (),
    ("rating", "top"): (),
    ("release", "list"): (),
    ("audit", "verify"): (),
    ("audit", "show"): (),
}
REPEATED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("intake", "run"): (),
    ("quality", "check"): ("--on", DAY),
    ("library", "build"): ("--as-of", DAY),
    ("rate",): ("--as-of", DAY),
    ("run",): ("--as-of", DAY),
}
STEPS = {  # covered by the tests below, in an order that makes sense
    ("init",), ("explain",), ("intake", "add"), ("intake", "replay"), ("rating", "fit"),
    ("rating", "approve"), ("rating", "back-test"), ("release", "draft"), ("release", "accept"), ("release", "sign"),
    ("release", "freeze"), ("release", "withdraw"),
    # and by test_newcomer and test_records
    ("intake", "shred"), ("quarantine", "show"), ("adjust", "add"), ("adjust", "approve"), ("adjust", "withdraw"),
    # by tests of their own: test_quality, test_industry, tests/identity, tests/connect
    ("quality", "order"), ("quality", "answer"), ("quality", "close"), ("intake", "industry"), ("intake", "test"),
    ("simulate", "serve"), ("identity", "compare-addresses"), ("identity", "link"), ("identity", "show"),
    ("identity", "decide"), ("identity", "undo"), ("identity", "merge"), ("identity", "split"),
}  # fmt: skip


def test_no_command_is_left_out() -> None:
    assert READING.keys() | REPEATED.keys() | STEPS == COMMANDS.keys()


@pytest.mark.parametrize("command", [*READING, *REPEATED], ids=" ".join)
def test_its_json_is_one_object_and_its_text_is_not_empty(call: Call, root: Path, command: tuple[str, ...]) -> None:
    args = (*command, *{**READING, **REPEATED}[command], "--dir", str(root))
    assert call(*args, "--json").data
    if command == ("run",):  # as text: test_a_run_beside_another_is_refused
        return
    plain = call(*args)
    assert plain.code == 0
    assert plain.out.strip()


def test_a_month_is_closed_by_commands_alone(call: Call, root: Path) -> None:
    here = ("--dir", root, "--json")
    fitted = call("rating", "fit", "--as-of", DAY, "--by", "甲", "--train", "none", *here).data
    listed = call("rating", "list", *here).data["models"]
    assert isinstance(listed, list)
    assert fitted["version"] in {m["version"] for m in listed}
    for version in sorted({m["grading"]: m["version"] for m in listed}.values()):
        assert call("rating", "approve", version, "--by", "乙", *here).data["state"] == "active"
    tested = call("rating", "back-test", "--as-of", "2025-12-31", *here).data
    assert tested["grading"] == "enterprise"
    assert call("rate", "--as-of", DAY, *here).code == 0
    drafted = call("release", "draft", "--as-of", DAY, "--by", "甲", *here).data
    number = str(drafted["id"])
    checks = drafted["checks"]
    assert isinstance(checks, list)
    for check in checks:
        if not check["passed"]:
            done = call("release", "accept", number, check["name"], "--by", "丙", "--reason", "样本小", *here)
            assert done.data["id"] == drafted["id"]
    assert call("release", "sign", number, "--by", "乙", *here).data["signatures"] == ["乙"]
    assert call("release", "sign", number, "--by", "丙", *here).data["signatures"] == ["乙", "丙"]
    assert call("release", "freeze", number, "--by", "甲", *here).data["state"] == "frozen"
    gone = call("release", "withdraw", number, "--by", "甲", "--reason", "试验", *here).data
    assert gone["state"] == "withdrawn"
    assert call("audit", "verify", *here).code == 0


def test_explain_adds_up(call: Call, root: Path) -> None:
    firms = call("rating", "top", "--limit", "1", "--dir", root, "--json").data["firms"]
    assert isinstance(firms, list)
    told = call("explain", firms[0]["uscc"], "--dir", root, "--reason", "试验", "--json").data
    indicators = told["indicators"]
    assert isinstance(indicators, list)
    assert len(indicators) == 81


def test_add_copies_and_replay_reads_again(call: Call, root: Path, province: Province, tmp_path: Path) -> None:
    source = sorted((province.inbox / "S-PUN" / "penalty").glob("*.csv"))[-1]
    shutil.copy(source, tmp_path / source.name)
    added = call("intake", "add", "S-PUN", tmp_path / source.name, "--dir", root, "--json").data
    assert added["files"] == [str(root / "inbox" / "S-PUN" / "penalty" / source.name)]
    again = call("intake", "run", "--dir", root, "--json").data
    assert (again["repeated"], again["records"]) == ([source.name], 0)
    replayed = call("intake", "replay", "S-PUN", "penalty", "--dir", root, "--json")
    assert replayed.data["refused"] == {}


# ── called wrongly ────────────────────────────────────────────────────────────────────────────────────────────────────

WRONG = [
    ("run",),  # no day
    ("run", "--as-of", "yesterday", "--dir", "."),
    ("rate", "--as-of", "2026-02-30", "--dir", "."),
    ("run", "--as-of", DAY, "--colour", "red"),
    ("simulate", "--enterprises", "many"),
    ("simulate", "--months", "0"),
    ("rating", "fit", "--as-of", DAY),  # by whom?
    ("rating", "top", "--limit", "0"),
    ("release", "sign", "first", "--by", "乙"),
    ("release", "accept", "1", "check", "--by", "乙"),  # why?
    ("content", "list", "--kind", "nothing"),
    ("content", "test", "--indicator", "nothing"),
    ("explain",),
    ("intake", "add", "S-PUN"),
    ("nothing",),
    ("release",),
]


@pytest.mark.parametrize("args", WRONG, ids=" ".join)
def test_a_wrong_call_ends_with_2(call: Call, root: Path, args: tuple[str, ...]) -> None:
    done = call(*(str(root) if a == "." else a for a in args))
    assert done.code == 2
    assert "Traceback" not in done.out + done.err
    assert (done.out + done.err).strip()


def test_an_unknown_grading_is_wrong_usage(call: Call, root: Path) -> None:
    done = call("rating", "top", "--grading", "nothing", "--dir", root)
    assert (done.code, done.out) == (2, "")
    assert "enterprise" in done.err


# ── fed wrongly ───────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(done: Called, *parts: str) -> None:
    """Exit code 1, nothing on standard output, one message that names `parts`."""
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.splitlines()[-1].strip()
    told = [line for line in done.err.splitlines() if line.startswith("yuheng: ")]
    assert len(told) == 1, done.err
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err


@pytest.mark.parametrize("command", [c for c, options in COMMANDS.items() if "--dir" in options], ids=" ".join)
def test_without_a_deployment_it_says_where_it_looked(call: Call, tmp_path: Path, command: tuple[str, ...]) -> None:
    needed = {
        "--as-of": DAY, "--by": "甲", "--reason": "试验", "--code": "FIX", "--evidence": "文号", "--note": "说明",
    }  # fmt: skip
    arguments = {
        ("explain",): ["91410000MA00000000"], ("intake", "add"): ["S-PUN", str(tmp_path)],
        ("intake", "replay"): ["S-PUN", "penalty"], ("rating", "approve"): ["x"], ("release", "accept"): ["1", "check"],
        ("release", "sign"): ["1"], ("release", "freeze"): ["1"], ("release", "withdraw"): ["1"],
        ("intake", "shred"): ["x"], ("quarantine", "show"): ["x", "1"], ("adjust", "add"): ["x", "B"],
        ("adjust", "approve"): ["1"], ("adjust", "withdraw"): ["1"],
        ("catalog", "show"): ["ZT01"], ("catalog", "lineage"): ["ZT01"], ("search",): ["公司"],
        ("intake", "test"): ["S-COURT"], ("quality", "order"): ["1"], ("quality", "answer"): ["1"],
        ("quality", "close"): ["1"], ("identity", "show"): ["1"], ("identity", "decide"): ["1", "accept"],
        ("identity", "undo"): ["1"], ("identity", "merge"): ["1", "2"], ("identity", "split"): ["1"],
    }.get(command, [])  # fmt: skip
    options = [part for o, value in needed.items() if o in COMMANDS[command] for part in (o, value)]
    done = call(*command, *arguments, *options, "--dir", tmp_path / "nowhere")
    refused(done, str(tmp_path / "nowhere"), "yuheng init")
    assert not (tmp_path / "nowhere").exists()


def test_a_wrong_key_opens_nothing_and_changes_nothing(call: Call, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.stat().st_mtime_ns for p in (root / "lake").rglob("*") if p.is_file()}
    monkeypatch.setenv("YUHENG_MASTER_KEY", "22" * 32)
    refused(call("run", "--as-of", DAY, "--dir", root), "key")
    refused(call("explain", "91410000MA00000000", "--dir", root), "key")
    assert before == {p: p.stat().st_mtime_ns for p in (root / "lake").rglob("*") if p.is_file()}
    monkeypatch.setenv("YUHENG_MASTER_KEY", "22")
    refused(call("audit", "verify", "--dir", root), "YUHENG_MASTER_KEY", "64 hex digits")


def test_a_missing_key_file_is_named(call: Call, bare: Path) -> None:
    (bare / "keys" / "master.key").unlink()
    refused(call("intake", "run", "--dir", bare), "keys/master.key", "backup")


def test_wrong_settings_are_named(call: Call, bare: Path) -> None:
    path = bare / "yuheng.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "colour = 1\n", encoding="utf-8")
    refused(call("rating", "list", "--dir", bare), "yuheng.toml", "colour")
    path.write_text(text.replace('region = "410000"', 'region = "Henan"'), encoding="utf-8")
    refused(call("rating", "list", "--dir", bare), "yuheng.toml", "region")
    path.write_text("[[[", encoding="utf-8")
    refused(call("rating", "list", "--dir", bare), "yuheng.toml")


def test_nothing_delivered(call: Call, bare: Path) -> None:
    assert call("intake", "run", "--dir", bare, "--json").data["records"] == 0
    refused(call("library", "build", "--as-of", DAY, "--dir", bare), "no registration", DAY)
    refused(call("rate", "--as-of", DAY, "--dir", bare), "no registration", DAY)
    refused(call("run", "--as-of", DAY, "--dir", bare), "no registration", DAY)
    refused(call("rating", "top", "--dir", bare), "yuheng run")
    refused(call("explain", "91410000MA00000000", "--dir", bare), "yuheng run")
    refused(call("release", "draft", "--as-of", DAY, "--by", "甲", "--dir", bare), DAY)


def test_unknown_things_are_named(call: Call, root: Path, tmp_path: Path) -> None:
    refused(call("explain", "91410000MA00000000", "--dir", root), "91410000MA00000000", DAY)
    refused(call("explain", "x", "--as-of", "2020-01-31", "--dir", root), "2020-01-31")
    refused(call("rate", "--as-of", "1980-01-31", "--dir", root), "no registration", "1980-01-31")
    refused(call("rating", "approve", "enterprise-x", "--by", "乙", "--dir", root), "enterprise-x")
    refused(call("release", "sign", "99", "--by", "乙", "--dir", root), "99")
    refused(call("rating", "back-test", "--as-of", DAY, "--dir", root), DAY)
    refused(call("intake", "add", "S-NONE", tmp_path, "--dir", root), "S-NONE")
    refused(call("intake", "replay", "S-PUN", "nothing", "--dir", root), "S-PUN", "nothing")


# ── overlays ──────────────────────────────────────────────────────────────────────────────────────────────────────────

INDICATORS = "indicators/administrative_penalty.yaml"
MISTAKES = {  # one of each kind; every check has its own in tests/content
    "unknown column": (INDICATORS, "coalesce(t.fine_wan,0)", "coalesce(t.fine_yuan,0)", "fine_yuan"),
    "unknown field": (INDICATORS, 'unit: "次"', 'colour: red\n    unit: "次"', "colour"),
    "no YAML": (INDICATORS, "indicators:", "indicators: [", ""),
    "cuts with a hole": ("gradings/enterprise.yaml", "lower: 200, upper", "lower: 210, upper", "A ends at 200"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_overlay_is_named_with_file_and_line(call: Call, bare: Path, mistake: str) -> None:
    name, old, new, word = MISTAKES[mistake]
    text = ContentStore.load().files.text(name)
    assert old in text
    wrong = text.replace(old, new, 1)
    place = bare / "content" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(wrong, encoding="utf-8")
    done = call("content", "check", "--dir", bare, "--json")
    assert done.code == 1
    problems = json.loads(done.out)["problems"]
    assert isinstance(problems, list)
    assert problems
    assert {p["file"] for p in problems} == {name}
    assert all(1 <= p["line"] <= len(wrong.splitlines()) for p in problems)
    assert any(word in p["message"] for p in problems)
    refused(call("rate", "--as-of", DAY, "--dir", bare), f"{name}:")


# ── a lake that was damaged, a run beside another ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def damaged(root: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    shutil.copytree(root, tmp_path / "damaged")
    return tmp_path / "damaged"


def largest(folder: Path) -> Path:
    """The file of a table that matters most."""
    return max(folder.glob("slice=*/*.parquet"), key=lambda p: p.stat().st_size)


ZSTD = bytes.fromhex("28b52ffd")
"""How every packed page begins."""


def page_of(path: Path, column: str) -> int:
    """Where the first packed page of a column begins."""
    group = pq.read_metadata(path).row_group(0)
    found = next(c for i in range(group.num_columns) if (c := group.column(i)).path_in_schema == column)
    return path.read_bytes().index(ZSTD, found.dictionary_page_offset or found.data_page_offset)


def test_a_damaged_lake_file_is_named(call: Call, damaged: Path) -> None:
    path = largest(damaged / "lake" / "standard" / "ent_registration")
    whole = path.read_bytes()
    other, place = "2026-05-31", page_of(path, "ent_name")
    for body in (whole[: len(whole) // 2], whole[:place] + bytes(64) + whole[place + 64 :], None):
        if body is None:
            path.unlink()
        else:
            path.write_bytes(body)
        refused(call("rate", "--as-of", other, "--dir", damaged), path.name)
    path.write_bytes(whole)
    assert call("rate", "--as-of", other, "--dir", damaged, "--json").code == 0


def test_a_damaged_log_is_named(call: Call, damaged: Path) -> None:
    log = damaged / "lake" / "rating" / "grade" / "_delta_log"
    newest = max(log.glob("*.json"))
    whole = newest.read_bytes()
    newest.write_bytes(whole[: len(whole) // 2])
    refused(call("rating", "top", "--dir", damaged), "rating/grade")
    newest.write_bytes(whole)
    assert call("rating", "top", "--dir", damaged, "--json").code == 0


def test_a_damaged_office_is_named(call: Call, damaged: Path) -> None:
    (damaged / "office.db").write_bytes(b"not a database" * 100)
    refused(call("rating", "list", "--dir", damaged), "office.db")


def test_a_run_beside_another_is_refused(call: Call, root: Path) -> None:
    with Workspace.open(root) as ws:
        with ws.office.leases.hold("run"):
            refused(call("run", "--as-of", DAY, "--dir", root), "'run'", "process")
        with ws.office.leases.hold("intake"):
            refused(call("intake", "run", "--dir", root), "'intake'", "process")
    done = call("run", "--as-of", DAY, "--dir", root)
    assert done.code == 0
    assert done.out.strip()

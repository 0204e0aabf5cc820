"""`yuheng intake pull` and `yuheng intake test`: fetch from the source systems, and say what is wrong there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yuheng.cli.output import Directory, Json, emit, known, progress_bar, table

if TYPE_CHECKING:
    from yuheng.intake.pull import FeedTest, PullReport

Source = Annotated[
    list[str] | None, typer.Option("--source", metavar="ID", help="Only this source; may be given several times.")
]
_STEPS = {
    "settings": "设置", "resolve": "解析", "connect": "连接", "login": "认证", "clock": "时钟", "columns": "字段",
    "rows": "数据",
}  # fmt: skip
_LEVELS = {"ok": "正常", "warning": "注意", "error": "错误"}


def pull(directory: Directory = Path(), source: Source = None, json: Json = False) -> None:
    """Fetch what is new from every source with a connection into the inbox. Exit code 1 when a source failed."""
    from yuheng.intake.pull import pull_all
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws, progress_bar() as bar:
        known("source", source or (), ws.store.sources)
        found = pull_all(ws.deployment, ws.office, ws.store, sources=source, progress=bar)
    emit(pull_shape(found), pull_text(found), json=json)
    if found.failed:
        raise typer.Exit(1)


def try_out(
    source: Annotated[str, typer.Argument(help="The source, such as S-COURT.")],
    directory: Directory = Path(),
    json: Json = False,
) -> None:
    """Try a source: name, connection, login, clock, columns, first rows (masked). Nothing is taken."""
    from yuheng.intake.pull import try_source
    from yuheng.pipeline import Workspace

    with Workspace.open(directory) as ws:
        known("source", [source], ws.store.sources)
        tests = try_source(ws.deployment, ws.store, source)
    data = {"source": source, "sound": all(t.sound for t in tests), "feeds": [_tested(t) for t in tests]}
    emit(data, "\n\n".join(_test_text(t) for t in tests), json=json)
    if not data["sound"]:
        raise typer.Exit(1)


def pull_shape(found: PullReport) -> dict[str, object]:
    """A pull as JSON."""
    feeds = [{**vars(one), "findings": [vars(f) for f in one.findings]} for one in found.feeds]
    return {"rows": sum(one.rows for one in found.feeds), "failed": len(found.failed), "feeds": feeds}


def pull_text(found: PullReport) -> str:
    """A pull as lines for people."""
    if not found.feeds:
        return "没有可拉取的来源：请在 yuheng.toml 中配置 [connections.<来源>]，见 docs/connectors.md。"
    rows = [["来源", "文件", "行", "结果"]]
    for one in found.feeds:
        result = "失败" if one.error else "注意" if one.findings else "正常"
        rows.append([f"{one.source}.{one.feed}", f"{len(one.files)}", f"{one.rows:,}", result])
    notes = [f"失败 {o.source}.{o.feed}：{o.error} {o.todo}".rstrip() for o in found.failed]
    notes += [f"{_LEVELS[f.level]} {f.text}{f.todo}" for one in found.feeds for f in one.findings if f.level != "ok"]
    return "\n".join([table(rows), *notes])


def _tested(one: FeedTest) -> dict[str, object]:
    return {**vars(one), "sound": one.sound, "findings": [vars(f) for f in one.findings]}


def _test_text(one: FeedTest) -> str:
    rows = [[_STEPS[f.step], _LEVELS[f.level], f.text + (f" → {f.todo}" if f.todo else "")] for f in one.findings]
    sample = [[*one.columns], *one.rows] if one.rows else []
    return "\n".join([f"{one.source}.{one.feed}", table(rows), *([table(sample)] if sample else [])])

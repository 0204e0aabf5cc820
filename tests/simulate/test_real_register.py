"""A real register as population: its structure stays, no name, code or person of it is delivered."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from yuheng.errors import DataError, UsageError
from yuheng.simulate import Summary, simulate
from yuheng.simulate.fakes import true_digits
from yuheng.simulate.params import HOME
from yuheng.simulate.spec import load_feeds

from .world_case import END, files_of

HEADER = "企业名称,统一社会信用代码,注册日期,企业类型,法人代表,注册资金,经营范围,所在省份,地区,注册地址"
REAL = Path(__file__).parents[3] / "shared" / "data" / "henan_registry"
ROWS = [
    "郑州甲乙丙商贸有限公司,91410105XX0000001A,2012-01-01,N/A,杜某36be8b,100(万元),销售：钢材,河南,郑州,郑州市金水区优胜北路2号院2单元14层244号",
    '郑州丁戊文化传媒有限公司,91410105XX0000002B,2012-01-01,N/A,杜某36be8b,"1,000(万元)",广告设计,河南,郑州,郑州市金水区优胜北路2号院2单元14层244号',
    "洛阳己庚锁业配件厂,92410300XX0000003C,2013-01-03,个体工商户,李某e046d9,N/A,锁配件加工,河南,洛阳,洛阳市洛龙区诸葛镇诸葛村",
    "西华县辛壬种植专业合作社,93411622XX0000004D,2019-01-01,N/A,刘某2b7e0a,500万元人民币,农作物种植,河南,周口,西华县奉母镇刘庄村7号",
    "河南癸子大药房有限公司第三分公司,91410423XX0000005E,2010-11-18,N/A,,N/A,药品零售,河南,平顶山,鲁山县赵村乡3号郑州甲乙丙商贸有限公司院内",
    ",,,,,,,,,",
    "没有日期有限公司,91410423XX0000006F,N/A,N/A,王某,N/A,药品零售,河南,平顶山,鲁山县",
]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("register")
    with gzip.open(folder / "2012.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join([HEADER, *ROWS[:3]]) + "\n")
    with gzip.open(folder / "2013.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join([HEADER, *ROWS[3:]]) + "\n")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, register: Path) -> Summary:
    target = tmp_path_factory.mktemp("made") / "inbox"
    return simulate(target, enterprises=0, months=3, end=END, population=register)


def test_firms_keep_their_structure(made: Summary) -> None:
    table = pq.read_table(made.truth / "population.parquet").to_pylist()
    firms = pq.read_table(made.truth / "firms.parquet").to_pylist()
    assert len(table) == len(firms) == made.enterprises == 5
    assert [firm["kind"] for firm in firms] == [0, 0, 1, 2, 0]
    assert [firm["est_day"].year for firm in firms] == [2012, 2012, 2013, 2019, 2010]
    assert table[0]["fake_leader"] == table[1]["fake_leader"] != table[2]["fake_leader"]
    assert table[0]["fake_address"] == table[1]["fake_address"] != table[0]["address"]
    assert table[4]["fake_address"].startswith("鲁山县赵村乡")
    assert "甲乙丙" not in table[4]["fake_address"]
    assert [row["fake_uscc"][:8] for row in table[:2]] == ["91410105"] * 2
    assert table[3]["fake_uscc"].startswith("93411622")
    assert "农民专业合作社" in table[3]["fake_name"]


def test_the_key_turns_addresses_back(made: Summary) -> None:
    from yuheng.crypto.keys import derive

    key = derive(bytes.fromhex((made.truth / "key.hex").read_text().strip()), b"addresses")
    table = pq.read_table(made.truth / "population.parquet")
    back = true_digits(table["fake_address"].combine_chunks(), key).to_pylist()
    assert back[:4] == table["address"].to_pylist()[:4]


def test_no_name_code_or_person_of_the_register_is_delivered(made: Summary) -> None:
    secrets = {field for row in ROWS for field in row.split(",")[:2] if field} | {
        row.split(",")[4] for row in ROWS if row.split(",")[4]
    }
    assert_absent(made.target, secrets)


def assert_absent(folder: Path, secrets: set[str]) -> None:
    from zipfile import ZipFile

    chinese = {(spec.source, spec.feed) for spec in load_feeds(HOME)[0].values() if spec.encoding == "G"}
    for name, body in files_of(folder).items():
        if name.endswith("xlsx"):
            with ZipFile(folder / name) as book:
                body = b"".join(book.read(part) for part in book.namelist())
        encoded = "gb18030" if tuple(name.split("/")[:2]) in chinese else "utf-8"
        text = body.decode(encoded)
        for secret in secrets:
            assert secret not in text, (name, secret)


def test_the_same_key_gives_the_same_bytes(made: Summary, register: Path, tmp_path: Path) -> None:
    arguments = {"enterprises": 0, "months": 3, "end": END, "population": register}
    again = simulate(tmp_path / "inbox", key=made.truth / "key.hex", **arguments)  # type: ignore[arg-type]
    assert files_of(again.target) == files_of(made.target)
    other = simulate(tmp_path / "b" / "inbox", **arguments)  # type: ignore[arg-type]
    assert (other.truth / "key.hex").read_text() != (made.truth / "key.hex").read_text()
    assert files_of(other.target) != files_of(made.target)


def test_firms_by_lot(register: Path, tmp_path: Path) -> None:
    some = simulate(tmp_path / "inbox", enterprises=2, months=1, end=END, population=register)
    assert some.enterprises == 2
    assert some.rows < 2000


def test_an_empty_folder_and_a_wrong_key_are_refused(register: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="There is no"):
        simulate(tmp_path / "inbox", enterprises=0, months=1, end=END, population=tmp_path / "empty")
    (tmp_path / "key").write_text("no key\n")
    with pytest.raises(UsageError, match="not a key"):
        simulate(tmp_path / "inbox", enterprises=0, months=1, end=END, population=register, key=tmp_path / "key")
    assert not (tmp_path / "inbox").exists()


@pytest.mark.shared
@pytest.mark.skipif(not REAL.exists(), reason="the folder of real data is not beside the checkout")
def test_nothing_of_the_real_register_is_delivered(tmp_path: Path) -> None:
    made = simulate(tmp_path / "inbox", enterprises=1500, months=2, end=END, population=REAL)
    table = pq.read_table(made.truth / "population.parquet")
    real = {name: {x for x in table[name].to_pylist() if x} for name in ("name", "uscc", "leader")}
    entity = b"".join(p.read_bytes() for p in sorted((made.target / "S-REG" / "reg_entity").iterdir()))
    text = entity.decode("gb18030")
    for values in real.values():
        for value in values:
            assert value not in text
    everything = json.dumps(
        [files_of(made.target)[n].decode("gb18030", "replace") for n in files_of(made.target) if n.endswith("jsonl")]
    )
    for value in real["uscc"]:
        assert value not in everything

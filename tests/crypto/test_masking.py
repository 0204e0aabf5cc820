from __future__ import annotations

import duckdb
import pytest

from yuheng.crypto import mask_address, mask_id, mask_name, mask_phone, mask_sql
from yuheng.crypto.masking import MaskKind

FUNCTIONS = {"name": mask_name, "id": mask_id, "phone": mask_phone, "address": mask_address}
CASES: list[tuple[MaskKind, str | None, str | None]] = [
    ("name", "张三", "张*"),
    ("name", "欧阳娜娜", "欧*"),
    ("name", "", ""),
    ("name", None, None),
    ("id", "41010519900101123X", "410***********123X"),
    ("id", "410105900101123", "410********1123"),
    ("id", "4101051990", "**********"),
    ("phone", "13812341234", "138****1234"),
    ("phone", "0371-65501234", "*********1234"),
    ("phone", "12345", "*****"),
    ("address", "河南省郑州市金水区花园路39号2单元501", "河南省郑州市金水区花园路****"),
    ("address", "河南省郑州市金水区花园路街道经三路8号", "河南省郑州市金水区花园路****"),
    ("address", "镇平县城关镇人民路1号", "镇平县城关镇****"),
    ("address", "郑州市管城回族区阳光小区3号楼", "郑州市管城回族区****"),
    ("address", "3号楼501", "****"),
    ("address", None, None),
]


@pytest.mark.parametrize(("kind", "value", "masked"), CASES)
def test_function_and_sql_mask_alike(kind: MaskKind, value: str | None, masked: str | None) -> None:
    assert FUNCTIONS[kind](value) == masked
    with duckdb.connect() as con:
        told = con.execute(f"select {mask_sql(kind, 'x')} from (select cast(? as varchar) as x)", [value]).fetchall()
    assert told == [(masked,)]

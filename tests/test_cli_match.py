"""The command `urbangeo match`: every row kept, the issue table beside it, the input untouched, exit 2 on doubt."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from urbangeo.door.cli import main
from urbangeo.windows.own_tables import write_own_table

Capture = pytest.CaptureFixture[str]

TABLE = """2018年分县人口,,,
单位：万人,,,
市,县（市、区）,代 码,人口
济南市,历下区,370102.0,-5.20
济南市,章丘市,370181,0102
莱芜市,莱城区,,=1+1
,市中区,,7
,合　计,,9
"""


def run(arguments: list[Any], capsys: Capture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["match", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "人口.csv"
    path.write_bytes(TABLE.encode("gb18030"))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_csv_to_csv(table: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "结果" / "out.csv"
    before = hashlib.sha256(table.read_bytes()).hexdigest()
    arguments = [table, "--name", "县(市、区)", "--code", "代码", "--parent", "市", "--year", 2018, "--out", out]
    code, printed, err = run(arguments, capsys)
    assert code == 2
    beside = out.with_name("out_issues.csv")
    assert printed.splitlines() == [str(out), str(beside)]
    for word in ("GB18030", "单位：万人", "共 5 行", "已对应 1", "旧称或旧码已换算 2", "有 2 行待核", "out_issues.csv"):
        assert word in err
    rows = rows_of(out)
    given_columns = ["市", "县（市、区）", "代 码", "人口"]
    assert list(rows[0]) == [*given_columns, "adcode", "name", "status", "reason", "candidates"]
    assert [row["adcode"] for row in rows] == ["370102", "370114", "370116", "", ""]
    assert [row["status"] for row in rows] == ["matched", "superseded", "superseded", "ambiguous", "unmatched"]
    # Every cell as it came; what a spreadsheet would run as a formula is guarded, a negative figure is not one.
    assert [row["人口"] for row in rows] == ["-5.20", "0102", "'=1+1", "7", "9"]
    assert rows[4]["县（市、区）"] == "合　计"
    assert rows[0]["代 码"] == "370102.0"
    issues = rows_of(beside)
    assert [row["row"] for row in issues] == ["5", "6", "7", "8"]
    assert issues[2]["candidates"] == "370103 市中区;370402 市中区"
    assert issues[3]["cause"] == "total_row"
    assert hashlib.sha256(table.read_bytes()).hexdigest() == before


def test_all_matched_exits_with_zero_and_an_empty_issue_table(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "in.csv"
    path.write_text("县\n历下区\n历城区\n", encoding="utf-8")
    (tmp_path / "out_issues.csv").write_text("of an earlier run", encoding="utf-8")
    code, _, err = run([path, "--name", "县", "--out", tmp_path / "out.csv"], capsys)
    assert code == 0
    assert "待核" not in err
    assert rows_of(tmp_path / "out_issues.csv") == []


def test_superseded_rows_alone_need_no_review(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "in.csv"
    path.write_text("县\n章丘市\n", encoding="utf-8")
    assert run([path, "--name", "县", "--out", tmp_path / "out.csv"], capsys)[0] == 0
    assert [row["status"] for row in rows_of(tmp_path / "out_issues.csv")] == ["superseded"]


def test_workbook_to_workbook(tmp_path: Path, capsys: Capture) -> None:
    made = Workbook()
    page: Any = made.active
    for row in (
        ["市", "县", "代码", "人口", "备注"],
        ["济南市", "历下区", 370102, 819139, "=A1"],
        [None, "市中区", None, 9.5, "007"],
    ):
        page.append(row)
    page["E2"].data_type = "s"
    page.merge_cells("A2:A3")
    made.save(tmp_path / "in.xlsx")
    before = (tmp_path / "in.xlsx").read_bytes()
    out = tmp_path / "out.xlsx"
    code, printed, _ = run(
        [tmp_path / "in.xlsx", "--name", "县", "--code", "代码", "--parent", "市", "--out", out], capsys
    )
    assert code == 0
    assert len(printed.splitlines()) == 2
    sheet: Any = load_workbook(out).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("市", "县", "代码", "人口", "备注", "adcode", "name", "status", "reason", "candidates")
    # Figures are figures again; codes stay text.
    assert rows[1][:7] == ("济南市", "历下区", "370102", 819139, "=A1", "370102", "历下区")
    assert rows[2][:7] == ("济南市", "市中区", None, 9.5, "007", "370103", "市中区")
    assert sheet["E2"].data_type == "s"
    assert (tmp_path / "in.xlsx").read_bytes() == before
    assert (tmp_path / "out_issues.xlsx").is_file()


@pytest.mark.parametrize("how", ["same", "other spelling", "link", "issues"])
def test_the_input_is_never_overwritten(how: str, table: Path, tmp_path: Path, capsys: Capture) -> None:
    before = table.read_bytes()
    out = {
        "same": table,
        "other spelling": tmp_path / "." / ".." / tmp_path.name / table.name,
        "link": tmp_path / "link.csv",
        "issues": tmp_path / "in.csv",
    }[how]
    source = table
    if how == "link":
        Path(out).symlink_to(table)
    if how == "issues":
        source = tmp_path / "in_issues.csv"
        source.write_bytes(before)
    code, _, err = run([source, "--name", "县（市、区）", "--out", out], capsys)
    assert code == 1
    assert "overwrite the input" in err
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("extra", "word"),
    [
        (["--name", "没有"], "no such column"),
        ([], "Neither code nor name"),
        (["--name", "县（市、区）", "--year", "1999"], "2010"),
        (["--name", "县（市、区）", "--province", "山冬"], "山东省"),
        (["--name", "县（市、区）", "--sheet", "一"], "no workbook"),
        (["--name", "县（市、区）", "--encoding", "utf-8"], "cannot be decoded"),
    ],
)
def test_wrong_input_writes_nothing(extra: list[str], word: str, table: Path, tmp_path: Path, capsys: Capture) -> None:
    code, out, err = run([table, *extra, "--out", tmp_path / "new" / "out.csv"], capsys)
    assert (code, out) == (1, "")
    assert word in err
    assert not (tmp_path / "new").exists()


def test_other_endings_and_missing_files(table: Path, tmp_path: Path, capsys: Capture) -> None:
    assert ".csv, .xlsx" in run([table, "--name", "市", "--out", tmp_path / "out.parquet"], capsys)[2]
    assert "Check the name" in run([tmp_path / "none.csv", "--name", "市", "--out", tmp_path / "o.csv"], capsys)[2]
    assert "--out" in run([table, "--name", "市"], capsys)[2]


def test_both_files_are_written_or_none(
    table: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import urbangeo.windows.own_tables as room

    real = room.write_own_table

    def fail_on_issues(frame: pd.DataFrame, path: Path, **options: Any) -> Path:
        if "issues" in path.name:
            raise OSError(28, "No space left on device")
        return real(frame, path, **options)

    monkeypatch.setattr(room, "write_own_table", fail_on_issues)
    (tmp_path / "out.csv").write_text("before", encoding="utf-8")
    code, _, err = run([table, "--name", "县（市、区）", "--out", tmp_path / "out.csv"], capsys)
    assert code == 1
    assert "No space left" in err
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == "before"
    assert not (tmp_path / "out_issues.csv").exists()


def test_headings_and_cells_of_the_user_stay_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=1+1": ["-1+1", "-7"], "long": ["123456789012345678", "00700"], "gone": [None, "a\x00b"]})
    write_own_table(frame, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "'=1+1,long,gone",
        "'-1+1,123456789012345678,",
        "-7,00700,ab",
    ]
    write_own_table(frame, tmp_path / "t.xlsx")
    sheet: Any = load_workbook(tmp_path / "t.xlsx").active
    assert list(sheet.iter_rows(values_only=True)) == [
        ("=1+1", "long", "gone"),
        ("-1+1", "123456789012345678", None),
        (-7, "00700", "ab"),
    ]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s", "n"}
    with pytest.raises(ValueError, match=r"\.csv or \.xlsx"):
        write_own_table(frame, tmp_path / "t.txt")

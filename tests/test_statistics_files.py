"""Statistics files: every cell as text, each step of the reader told, and what is doubtful refused with the remedy."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from urbangeo.errors import InputError
from urbangeo.sources import statistics_files
from urbangeo.sources.statistics_files import StatisticsFile, read_statistics

TABLE = "地区,代码,人口\n历下区,370102,819139\n市中区,370103,903714\n"
UTF8, GBK = TABLE.encode(), TABLE.encode("gb18030")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes | str, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def book(path: Path, rows: Sequence[Sequence[Any]], merged: tuple[str, ...] = (), title: str = "Sheet") -> Path:
    made = Workbook()
    page: Any = made.active
    page.title = title
    for row in rows:
        page.append(row)
    for area in merged:
        page.merge_cells(area)
    made.save(path)
    return path


def said(table: StatisticsFile, word: str) -> bool:
    return any(word in note for note in table.notes)


# --- encodings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (UTF8, "utf-8", "UTF-8"),
        (b"\xef\xbb\xbf" + UTF8, "utf-8-sig", "BOM"),
        (GBK, "gb18030", "GB18030"),
        (TABLE.replace("\n", "\r\n").encode("gb18030"), "gb18030", "GB18030"),
        (TABLE.replace("历下", "𠮷㐂").encode("gb18030"), "gb18030", "GB18030"),
        (b"a,b\n1,2\n", "utf-8", "UTF-8"),
    ],
)
def test_the_encoding_is_found_and_stated(
    content: bytes, encoding: str, words: str, written: Callable[..., Path]
) -> None:
    table = read_statistics(written(content))
    assert table.encoding == encoding
    assert words in table.notes[0]
    assert table.sheet is None


def test_all_encodings_give_the_same_cells_as_they_stand(written: Callable[..., Path]) -> None:
    frames = [read_statistics(written(content)).frame for content in (UTF8, GBK, b"\xef\xbb\xbf" + UTF8)]
    for frame in frames:
        assert frame.to_dict("list") == {
            "地区": ["历下区", "市中区"],
            "代码": ["370102", "370103"],
            "人口": ["819139", "903714"],
        }
        assert list(frame.index) == [2, 3]
        assert frame.index.name == "row"
        assert {str(dtype) for dtype in frame.dtypes} == {"str"}


def test_mixed_encodings_are_refused_with_the_lines(written: Callable[..., Path]) -> None:
    path = written("地区,人口\n历下区,1\n".encode() + "市中区,2\n".encode("gb18030"))
    with pytest.raises(InputError, match=r"mixes encodings: lines 1, 2 are UTF-8, lines 3 are not"):
        read_statistics(path)


def test_a_short_gb18030_word_that_is_valid_utf8_by_chance_is_no_mixture(written: Callable[..., Path]) -> None:
    path = written("地区,人口\n联通\n历下区,1\n".replace("联通\n", "联通,5\n").encode("gb18030"))
    assert list(read_statistics(path).frame["地区"]) == ["联通", "历下区"]


def test_the_callers_encoding_is_taken_and_checked(written: Callable[..., Path]) -> None:
    assert read_statistics(written(GBK), encoding="gb18030").encoding == "gb18030"
    with pytest.raises(InputError, match="line 1 cannot be decoded"):
        read_statistics(written(GBK), encoding="utf-8")
    with pytest.raises(InputError, match="latin"):
        read_statistics(written(GBK), encoding="latin-1")
    assert read_statistics(written(b"\xef\xbb\xbf" + UTF8), encoding="utf-8").encoding == "utf-8-sig"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"a,b\n\xff\xff\xff,1\n", "neither UTF-8 nor GB18030"),
        (b"\xef\xbb\xbfa,b\n" + "历".encode("gb18030"), "not utf-8-sig throughout"),
        (TABLE.encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\x00\n", "zero bytes"),
        (b"", "empty"),
        (b"\n\n , \n", "no cells"),
        (b"PK\x03\x04junk", "workbook"),
        (b'a,b\n"1,2\n', "quotation mark"),
        ("地区,人口\n历下区,819,139\n".encode(), "more cells than there are headings"),
        ("地区,人口\n".encode(), "no rows below"),
        (b"1,2\n3,4\n", "no heading row"),
    ],
)
def test_text_files_that_are_refused(content: bytes, word: str, written: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match=word):
        read_statistics(written(content))


def test_text_lost_before_is_told(written: Callable[..., Path]) -> None:
    table = read_statistics(written("地区,人口\n历\ufffd区,1\n"))
    assert said(table, "第2行含有替换符")


# --- layout -------------------------------------------------------------------------------------------------------


def test_titles_blank_rows_and_empty_columns(written: Callable[..., Path]) -> None:
    text = (
        "2020年人口,,,,\n单位：万人,,,,\n地区,代码,人口,备注,\n"
        "历下区,370102,81.9,,\n,,,,\n市中区,370103,90.4,,\n合计,,172.3,,\n,,,,\n"
    )
    table = read_statistics(written(text))
    assert list(table.frame.columns) == ["地区", "代码", "人口", "备注"]
    assert list(table.frame.index) == [4, 6, 7]
    assert table.frame["代码"].isna().tolist() == [False, False, True]
    for word in ("单位：万人", "1个空行未读取（第5行）", "没有任何数据，照原样保留：备注", "1个既无表头也无数据"):
        assert said(table, word), word


def test_missing_and_doubled_headings(written: Callable[..., Path]) -> None:
    table = read_statistics(written("地区,人口,,人口\n历下区,1,2,3\n"))
    assert list(table.frame.columns) == ["地区", "人口", "列3", "人口_2"]
    assert said(table, "没有表头")
    assert said(table, "重名")


def test_years_are_headings_and_cells_stay_as_they_are(written: Callable[..., Path]) -> None:
    table = read_statistics(written("地区,2010,2020\n　历下区 ,370102.0,０３\n"))
    assert list(table.frame.columns) == ["地区", "2010", "2020"]
    assert table.frame.iloc[0].tolist() == ["　历下区 ", "370102.0", "０３"]


def test_other_separators_and_quoted_line_ends(written: Callable[..., Path]) -> None:
    table = read_statistics(written('地区\t人口\n"历下\n区"\t1\n市中区\t2\n', "table.tsv"))
    assert list(table.frame["地区"]) == ["历下\n区", "市中区"]
    assert list(table.frame.index) == [2, 4]
    assert said(table, "制表符")
    assert read_statistics(written("地区;人口\n历下区;1,5\n")).frame["人口"].tolist() == ["1,5"]


def test_one_column(written: Callable[..., Path]) -> None:
    assert read_statistics(written("地区\n历下区\n市中区\n")).frame["地区"].tolist() == ["历下区", "市中区"]


def test_short_rows_are_filled_with_missing(written: Callable[..., Path]) -> None:
    assert read_statistics(written("地区,人口\n历下区\n市中区,2\n")).frame["人口"].isna().tolist() == [True, False]


# --- workbooks ----------------------------------------------------------------------------------------------------


def test_a_workbook_as_offices_make_them(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["2020年分县人口", None, None, None],
        ["市", "县（市、区）", "人口", None],
        [None, None, "常住", "城镇"],
        ["济南市", "历下区", 819139, 819139.0],
        [None, "市中区", 903714, 869291],
        ["青岛市", "市南区", 490000, None],
        ["合计", None, 2212853, None],
    ]
    path = book(tmp_path / "t.xlsx", rows, ("A1:D1", "A2:A3", "B2:B3", "C2:D2", "A4:A5", "A7:B7"), "表1")
    table = read_statistics(path)
    assert (table.encoding, table.sheet) == (None, "表1")
    assert list(table.frame.columns) == ["市", "县（市、区）", "人口_常住", "人口_城镇"]
    assert table.frame["市"].tolist() == ["济南市", "济南市", "青岛市", "合计"]
    assert table.frame["县（市、区）"].tolist() == ["历下区", "市中区", "市南区", "合计"]
    assert table.frame["人口_常住"].tolist() == ["819139", "903714", "490000", "2212853"]
    assert list(table.frame.index) == [4, 5, 6, 7]
    for word in (
        "工作表：“表1”",
        "第1行在表头之前",
        "表头占第2至3行",
        "合并单元格中的文字已填入其每一格：A4:A5, A7:B7",
    ):
        assert said(table, word), (word, table.notes)


def test_a_merged_figure_is_not_counted_twice(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["县", "人口"], ["甲县", 500000], ["乙县", None], ["丙县", 3]]
    table = read_statistics(book(tmp_path / "t.xlsx", rows, ("B2:B3",)))
    assert table.frame["人口"].isna().tolist() == [False, True, False]
    assert said(table, "数字只留在第一格")
    assert said(table, "B2:B3")


def test_cells_keep_what_the_workbook_holds(tmp_path: Path) -> None:
    import datetime as dt

    rows: list[list[Any]] = [["a", "b", "c", "d", "e"], [370102, 370102.5, True, dt.datetime(2020, 11, 1), "370102"]]  # noqa: DTZ001
    table = read_statistics(book(tmp_path / "t.xlsx", rows))
    assert table.frame.iloc[0].tolist() == ["370102", "370102.5", "TRUE", "2020-11-01T00:00:00", "370102"]


def test_codes_stored_as_floats_come_as_they_are(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["代码", "县"], [370102, "历下区"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v>370102</v>", b"<v>370102.0</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert read_statistics(path).frame["代码"].tolist() == ["370102.0"]


def test_the_sheet_is_chosen_and_the_others_are_named(tmp_path: Path) -> None:
    made = Workbook()
    first: Any = made.active
    first.title = "空表"
    hidden = made.create_sheet("隐藏")
    hidden.append(["x", "y"])
    hidden.append(["p", "q"])
    hidden.sheet_state = "hidden"
    for title in ("甲", "乙"):
        page = made.create_sheet(title)
        page.append(["县", "人口"])
        page.append([title, 5])
    page.row_dimensions[2].hidden = True
    made.save(tmp_path / "t.xlsx")
    table = read_statistics(tmp_path / "t.xlsx")
    assert table.sheet == "甲"
    assert said(table, "另有1个工作表未读取（乙）")
    other = read_statistics(tmp_path / "t.xlsx", sheet="乙")
    assert other.frame["县"].tolist() == ["乙"]
    assert said(other, "1个隐藏行")
    with pytest.raises(InputError, match="no sheet '丙'; it has 空表, 隐藏, 甲, 乙"):
        read_statistics(tmp_path / "t.xlsx", sheet="丙")


def test_formulas_without_results_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["县", "人口"], ["甲县", "=1+1"]])
    with pytest.raises(InputError, match="formulas without results in rows 2"):
        read_statistics(path)


@pytest.mark.parametrize("name", ["t.xlsx", "t.xlsm"])
def test_damaged_and_locked_workbooks(name: str, written: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="damaged"):
        read_statistics(written(b"no workbook", name))
    with pytest.raises(InputError, match="password"):
        read_statistics(written(b"\xd0\xcf\x11\xe0" + bytes(100), name))


def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match="damaged"):
        read_statistics(path)


def test_an_empty_workbook(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="no visible sheet"):
        read_statistics(tmp_path / "t.xlsx")


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 3_000_000)
    monkeypatch.setattr(statistics_files, "MOST_BYTES", 1_000_000)
    with pytest.raises(InputError, match="unpacks to 3,000,000 bytes"):
        read_statistics(path)


def test_a_cell_far_away_is_told_and_not_walked_to(tmp_path: Path) -> None:
    made = Workbook()
    page: Any = made.active
    page.append(["县", "人口"])
    page.append(["甲县", 5])
    page["XFD1048576"] = "x"
    made.save(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="reaches to row 1,048,576"):
        read_statistics(tmp_path / "t.xlsx")


# --- Parquet ------------------------------------------------------------------------------------------------------


def test_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"县": ["历下区", None], "代码": [370102.0, float("nan")], "人口": [819139, 5], "空": [None, None]}
    )
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_statistics(tmp_path / "t.parquet")
    assert table.frame["代码"].tolist()[0] == "370102.0"
    assert table.frame["代码"].isna().tolist() == [False, True]
    assert table.frame["人口"].tolist() == ["819139", "5"]
    assert said(table, "没有任何数据")
    pd.DataFrame({"g": [b"x"]}).to_parquet(tmp_path / "g.parquet")
    with pytest.raises(InputError, match="read_boundary_file"):
        read_statistics(tmp_path / "g.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1junk")
    with pytest.raises(InputError, match="no Parquet file or is damaged"):
        read_statistics(tmp_path / "bad.parquet")


def test_parquet_without_its_reader_says_what_to_install(
    written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="pip install pyarrow"):
        read_statistics(written(b"PAR1", "t.parquet"))


# --- files --------------------------------------------------------------------------------------------------------


def test_files_that_cannot_be_read(tmp_path: Path, written: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="Check the name"):
        read_statistics(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="no file"):
        read_statistics(tmp_path / "folder.csv")
    with pytest.raises(InputError, match=r"save it as \.xlsx"):
        read_statistics(written(b"x", "t.xls"))
    with pytest.raises(InputError, match=r"\.pdf"):
        read_statistics(written(b"x", "t.pdf"))
    with pytest.raises(InputError, match="no workbook"):
        read_statistics(written(UTF8), sheet="甲")
    with pytest.raises(InputError, match="no text file"):
        read_statistics(book(tmp_path / "t.xlsx", [["a", "b"], ["c", "d"]]), encoding="gb18030")


def test_too_large_is_refused_before_it_is_read(written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(UTF8)
    monkeypatch.setattr(statistics_files, "MOST_BYTES", 10)
    with pytest.raises(InputError, match="more than 10"):
        read_statistics(path)
    monkeypatch.setattr(statistics_files, "MOST_BYTES", 1_000)
    monkeypatch.setattr(statistics_files, "MOST_CELLS", 4)
    with pytest.raises(InputError, match="more than 4 cells"):
        read_statistics(path)


def test_the_file_is_never_changed(tmp_path: Path, written: Callable[..., Path]) -> None:
    for path in (written(GBK), book(tmp_path / "t.xlsx", [["a", "b"], ["c", 5]])):
        before = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns
        read_statistics(path)
        assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_an_input_error(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        table = read_statistics(path)
    except InputError:
        return
    assert len(table.frame) > 0
    assert table.frame.columns.is_unique


@given(
    rows=st.lists(
        st.tuples(st.text("历下市中区 县,\"\n'é", min_size=1, max_size=6), st.integers(0, 10**6)),
        min_size=1,
        max_size=8,
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
)
def test_what_is_written_as_csv_comes_back(
    rows: list[tuple[str, int]], encoding: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.csv"
    frame = pd.DataFrame(rows, columns=["地区", "人口"])
    frame.to_csv(path, index=False, encoding=encoding, lineterminator="\n")
    read = read_statistics(path).frame
    assert read["地区"].tolist() == frame["地区"].tolist()
    assert read["人口"].tolist() == frame["人口"].astype(str).tolist()

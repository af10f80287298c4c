"""What the slides themselves say, in both languages; what is said about a map comes with the map."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[str, dict[Language, str]] = {
    "sources": {"zh": "资料来源", "en": "Sources"},
    "sources_short": {"zh": "来源：", "en": "Sources: "},
    "sources_here": {
        "zh": "来源：见文末“资料来源”第{numbers}项。",
        "en": "Sources: numbers {numbers} of the list at the end.",
    },
    "roads": {"zh": "路网来源：", "en": "Roads: "},
    "of_map": {"zh": "地图全部图层的资料来源", "en": "Sources of all layers of the map"},
    "marked": {
        "zh": "注明“待核实”“转载”“引述”的资料，应以原件核对、替换。",
        "en": "Sources marked as unconfirmed, reposted or quoted are to be checked against the originals.",
    },
    "table": {"zh": "表{number}", "en": "Table {number}"},
    "continued": {"zh": "（续）", "en": " (continued)"},
    "continued_again": {"zh": "（续{number}）", "en": " (continued {number})"},
    "joined": {"zh": "；", "en": "; "},
    "enumerated": {"zh": "、", "en": ", "},
    "colon": {"zh": "：", "en": ": "},
    "bracketed": {"zh": "（{text}）", "en": " ({text})"},
    "stop": {"zh": "。", "en": "."},
    "skeleton": {"zh": "骨架路网结果，非实测", "en": "Skeleton road network, not surveyed"},
    "unconfirmed": {"zh": "含待核实信息", "en": "Contains unconfirmed facts"},
    "tinted": {"zh": "底色标出的行含待核实信息。", "en": "Tinted rows contain unconfirmed facts."},
    "shows": {"zh": "图中内容：", "en": "On the map: "},
    "view": {"zh": "范围：", "en": "Extent: "},
    "fill": {"zh": "底图着色：", "en": "Fill: "},
    "parameters": {"zh": "参数", "en": "Parameters"},
    "gaps": {"zh": "说明与缺口", "en": "Notes and gaps"},
    "about": {"zh": "坐标与数据日期", "en": "Coordinates and dates of the data"},
    "statement": {"zh": "声明", "en": "Statement"},
    "remarks": {"zh": "备注", "en": "Remarks"},
    "in_full": {"zh": "版面所限而截短的文字，全文如下", "en": "Texts cut for lack of room, in full"},
    "rows": {
        "zh": "表格，第{first}—{last}行，共{count}行；列：{columns}",
        "en": "Table, rows {first} to {last} of {count}; columns: {columns}",
    },
    "number": {"zh": "序号", "en": "No."},
    "source": {"zh": "文件或资料", "en": "Document or data"},
    "reached": {"zh": "核实程度", "en": "How sure"},
    "foot_name": {"zh": "声明与来源", "en": "Statement and sources"},
    "marks_name": {"zh": "副题与标记", "en": "Subtitle and marks"},
    "map_name": {"zh": "地图", "en": "Map"},
    "table_name": {"zh": "表格", "en": "Table"},
    "page_name": {"zh": "页码", "en": "Slide number"},
}


def word(key: str, language: Language) -> str:
    """Return what a slide says.

    Parameters
    ----------
    key : str
        One of the keys of :data:`WORDS`.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    str
        The words.

    Examples
    --------
    >>> word("sources", "zh"), word("sources", "en")
    ('资料来源', 'Sources')
    """
    return WORDS[key][language]

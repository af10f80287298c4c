"""Names as tables print them: cleaned of layout, told apart from totals and zones, and in the forms people use."""

from __future__ import annotations

import re
import unicodedata

from urbangeo.language.adcode import clean_code, short_name
from urbangeo.language.scalars import is_missing

_BRACKETS = dict(zip("([〔【〈<", ")]〕】〉>", strict=True))
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Zs"}
"""Unicode categories of what takes room or none and says nothing: controls, zero-width marks, all kinds of blanks."""

_TOTAL = re.compile(
    r"(?:.*(?:合计|总计|小计|共计|总和|总数|平均)(?:数|值)?"
    r"|全(?:国|省|市|州|盟|县|区|旗|地区|自治区|自治州|部)(?:总数|平均数)?"
    r"|(?:省|市|州)辖[区县市]|市区|省直辖县级行政(?:区划|单位)|(?:total|subtotal|sum|average|mean)"
    r"):?",
    re.IGNORECASE,
)
_ZONE = re.compile(r"37[0-9]{2}7[0-9]", re.ASCII)
_AUTONOMOUS = {"自治县": "县", "自治旗": "旗", "自治州": "州"}
_FU = "\N{CJK UNIFIED IDEOGRAPH-5DFF}"
_COMMITTEE = "行政委员会"


def clean_name(value: object) -> str:
    """Free the name of a division from what a table's layout put into it.

    Full-width characters become half-width (NFKC), blanks of all kinds, control and zero-width characters go, and so
    do remarks in brackets such as (县级). If nothing stands outside the brackets, what stands inside is the name.
    The words themselves are not mended, but for 巿 (fú), which no division's name holds and which books print for 市;
    no rank is added.

    Parameters
    ----------
    value : object
        A cell: text, a number, or missing.

    Returns
    -------
    str
        The cleaned name; empty for a missing or blank cell.

    Examples
    --------
    >>> clean_name("　章　丘　市（县级）"), clean_name(None), clean_name("(合 计)")
    ('章丘市', '', '合计')

    References
    ----------
    中国2010年人口普查分县资料 prints 巿中区 and 招远巿 (table ``census/census``, column name_in_source).
    """
    text = "" if is_missing(value) else str(value)
    # Until nothing changes: a blank that goes can bring together what NFKC makes one character of.
    while (cleaned := _without_layout(text)) != text:
        text = cleaned
    return text


def _without_layout(text: str) -> str:
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", text).replace(_FU, "市")
        if unicodedata.category(character) not in _INVISIBLE
    )
    return _without_remarks(visible) or "".join(
        character for character in visible if character not in _BRACKETS and character not in _BRACKETS.values()
    )


def _without_remarks(text: str) -> str:
    """Drop brackets with what stands in them; a bracket without its partner stays."""
    kept: list[str] = []
    awaited: list[tuple[str, int]] = []
    for character in text:
        kept.append(character)
        if character in _BRACKETS:
            awaited.append((_BRACKETS[character], len(kept) - 1))
        elif awaited and character == awaited[-1][0]:
            del kept[awaited.pop()[1] :]
    return "".join(kept)


def is_total_row(name: object) -> bool:
    """Tell whether a name is that of a sum or heading row (合计, 总计, 全省, 小计, 市辖区 …) and of no division.

    A short 全州 is read as the total of a prefecture, though 全州县 exists in Guangxi: write that name in full.

    Parameters
    ----------
    name : object
        A cell; it is cleaned first.

    Returns
    -------
    bool
        True for a sum, an average or a heading.

    Examples
    --------
    >>> [is_total_row(n) for n in ("合　计", "山东省总计", "全市", "全州县", "历下区", None)]
    [True, True, True, False, False, False]
    """
    return _TOTAL.fullmatch(clean_name(name)) is not None


def is_zone_code(code: object) -> bool:
    """Tell whether a code is one under which statistics print a functional zone of Shandong (37xx7x).

    Parameters
    ----------
    code : object
        A cell; it is cleaned first.

    Returns
    -------
    bool
        True if the code is six digits, begins with 37 and has 7 as its fifth digit.

    Examples
    --------
    >>> [is_zone_code(code) for code in ("370171", 370672.0, "370102", "济南高新区")]
    [True, True, False, False]
    """
    cleaned = clean_code(code)
    return cleaned is not None and _ZONE.fullmatch(cleaned) is not None


def name_forms(name: str) -> tuple[str, ...]:
    """Return the ways in which people write the name of a division, the full one first.

    The full name; the name without its rank (历城); for autonomous units the name with the plain rank (大通县, 海西州);
    for an administrative committee its shorthand (大柴旦行委). A form is compared letter for letter.

    Parameters
    ----------
    name : str
        A full name.

    Returns
    -------
    tuple of str
        The forms, without repetition.

    Examples
    --------
    >>> name_forms("大通回族土族自治县")
    ('大通回族土族自治县', '大通', '大通县')
    >>> name_forms("大柴旦行政委员会")
    ('大柴旦行政委员会', '大柴旦', '大柴旦行委')
    >>> name_forms("单县")
    ('单县',)
    """
    short = short_name(name)
    forms = [name, short]
    plain_rank = _AUTONOMOUS.get(name[-3:])
    if plain_rank is not None:
        # 东乡族自治县 is nothing but a people and a rank: 东乡县.
        stem = short if short != name else name[:-3].removesuffix("族")
        forms.append(stem + plain_rank)
    elif name.endswith("族区") and short != name:
        forms.append(short + "区")
    elif name.endswith(_COMMITTEE):
        forms.append(short + "行委")
    return tuple(dict.fromkeys(forms))

"""Rows that by their looks alone are none of a county: totals, remarks, blanks, higher levels, other provinces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.language.names import is_total_row

if TYPE_CHECKING:
    from urbangeo.sources.matching.outcome import Status
    from urbangeo.sources.matching.vocabulary import Higher

HAS_DIGIT = re.compile("[0-9]")
_REMARK = re.compile(
    r"(?:注|备注|附注|说明|资料来源|数据来源|来源|(?:计量)?单位|制表人?|填表人?|审核人?|联系人|报送单位)"
    r"(?:[0-9]*[:.、].*|$)"
)
LEVELS_ZH = {"province": "省级", "prefecture": "地级"}


@dataclass(frozen=True)
class Answer:
    """What became of a row."""

    status: Status
    reason: str
    adcode: str | None = None
    cause: str = ""
    candidates: str = ""


def of_no_unit(said: str, code_text: str, parent_text: str, adcode: str | None) -> Answer | None:
    """Answer a row that by its looks is none of a unit: a total, a remark, or blank.

    Parameters
    ----------
    said, code_text, parent_text : str
        Its cells, cleaned.
    adcode : str or None
        Its code, if it is one.

    Returns
    -------
    Answer or None
        None for a row that may be one of a county.
    """
    leading = said or (code_text if adcode is None else "")
    total = leading if said or code_text else parent_text
    if is_total_row(total):
        return Answer("unmatched", f"合计或分组行（{total[:30]}），不是县级单位", cause="total_row")
    if adcode is None and _REMARK.fullmatch(leading):
        return Answer("unmatched", "表下说明文字，不是县级单位", cause="remark")
    if not said and adcode is None and not HAS_DIGIT.search(code_text):
        return Answer("unmatched", "没有代码，也没有名称", cause="blank")
    return None


def is_higher(unit: Higher) -> Answer:
    """Answer a row that is one of a prefecture or a province.

    Parameters
    ----------
    unit : Higher
        What it is.

    Returns
    -------
    Answer
        Unmatched.
    """
    former = f"（已撤销：{unit.former}）" if unit.former else ""
    return Answer("unmatched", f"{unit.name}是{LEVELS_ZH[unit.level]}单位{former}，不是县级单位", cause="higher_level")


def is_outside(what: str, candidates: str) -> Answer:
    """Answer a row of another province.

    Parameters
    ----------
    what : str
        What it is, in Chinese.
    candidates : str
        What it means there.

    Returns
    -------
    Answer
        Unmatched.
    """
    return Answer("unmatched", f"{what}，在山东、青海两省之外", cause="outside", candidates=candidates)

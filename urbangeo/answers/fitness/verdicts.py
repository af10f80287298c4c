"""Figures held against their thresholds: the table, the reasons, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.measures import MEASURES, Measure, RowVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


def judged_table(values: Mapping[str, float | None], told: Mapping[str, str]) -> pd.DataFrame:
    """Hold every figure against its thresholds.

    Parameters
    ----------
    values : mapping of str to float or None
        Figures by item.
    told : mapping of str to str
        What is said beside a figure, by item.

    Returns
    -------
    pandas.DataFrame
        As ``NetworkReport.table``.
    """
    import pandas as pd

    rows = []
    for measure in MEASURES:
        if measure.item not in values:
            continue
        value = values[measure.item]
        verdict: RowVerdict = "not_judged" if value is None else measure.judge(value)
        if value is None and measure.item == "age_months":
            # Data without a date are not refused, but nobody may think them new.
            verdict = "fit_with_notes"
        rows.append(
            {
                "item": measure.item,
                "name_zh": measure.name_zh,
                "value": value,
                "unit": measure.unit_zh,
                "threshold": measure.threshold_zh,
                "verdict": verdict,
                "reason_zh": _reason(measure, value, verdict, told.get(measure.item, "")),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.astype({"value": "float64"})


def _reason(measure: Measure, value: float | None, verdict: RowVerdict, told: str) -> str:
    """Say in one sentence what was found, what is wanted, and what it does."""
    if measure.item == "skeleton" and verdict != "not_judged":
        return f"{measure.name_zh}：{measure.effect_zh}" if value else "不是骨架路网"
    if value is None:
        return told
    detail = f"（{told}）" if told else ""
    figure = f"{measure.name_zh} {number(value)} {measure.unit_zh}".rstrip() + detail
    if verdict == "information":
        return figure
    limit = measure.unfit if verdict == "not_fit" else measure.notes
    if verdict == "fit":
        relation = "达到" if measure.high_is_good else "未超过"
        return f"{figure}，{relation}门槛 {number(limit)} {measure.unit_zh}".rstrip()
    relation = "低于" if measure.high_is_good else "超过"
    return f"{figure}，{relation}门槛 {number(limit)} {measure.unit_zh}".rstrip() + f"：{measure.effect_zh}"


def worst_verdict(table: pd.DataFrame) -> tuple[Verdict, tuple[str, ...]]:
    """Give the verdict on the network, which is the worst of any line, and what it rests on.

    Parameters
    ----------
    table : pandas.DataFrame
        As :func:`judged_table` returns it.

    Returns
    -------
    tuple
        The verdict, and reasons in Chinese, the worst first.
    """
    for verdict in ("not_fit", "fit_with_notes"):
        if (table["verdict"] == verdict).any():
            worst: Verdict = verdict
            break
    else:
        worst = "fit"
    reasons = [
        str(reason)
        for wanted in ("not_fit", "fit_with_notes")
        for reason in table.loc[table["verdict"] == wanted, "reason_zh"]
    ]
    if not reasons:
        judged = int((table["verdict"] == "fit").sum())
        reasons = [f"判定的{judged}项指标均达到门槛"]
    return worst, tuple(reasons)

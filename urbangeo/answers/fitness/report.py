"""Is this road network fit for 1-hour circles: measured, judged, told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.found import Found
from urbangeo.answers.fitness.kilometres import km_by_class, km_by_county
from urbangeo.answers.fitness.lines import county_lines, measure_line, problem_lines
from urbangeo.answers.fitness.measures import GAP_M, OWN_CHOICE_ZH, VERDICT_ZH, Verdict
from urbangeo.answers.fitness.problems import problem_points
from urbangeo.answers.fitness.stated import data_date
from urbangeo.answers.fitness.values import figures_of
from urbangeo.answers.fitness.verdicts import judged_table, worst_verdict
from urbangeo.archive.wording import word
from urbangeo.errors import InputError
from urbangeo.sources.network import check_arrays

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from urbangeo.sources.network import Network


@dataclass(frozen=True, eq=False)
class NetworkReport:
    """What :func:`network_report` found.

    Attributes
    ----------
    verdict : {"fit", "fit_with_notes", "not_fit"}
        For 1-hour circles: the worst verdict of any line.
    reasons : tuple of str
        Chinese sentences with figure and threshold, the worst first; what the verdict rests on.
    table : pandas.DataFrame
        item, name_zh, value, unit, threshold, verdict, reason_zh, one row a measure. A value that could not be measured
        is missing and its verdict "not_judged".
    by_class : pandas.DataFrame
        Index road_class; name_zh, pieces, km, km_share, speed_kmh (km over hours).
    by_county : pandas.DataFrame or None
        Index adcode; name, prefecture, province, km, expressway_km, residents, km_per_10000. None without counties.
    problems : geopandas.GeoDataFrame
        Points, EPSG:4490: kind, name_zh, note_zh, lon, lat, size (metres, km or km/h as the note says).
    kind, mode : str
        Of the network.
    as_of : str
        Date of the data as the network states it, or "".
    skeleton : bool
        Whether the network is, or contains, the authored skeleton.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    table: pd.DataFrame
    by_class: pd.DataFrame
    by_county: pd.DataFrame | None
    problems: gpd.GeoDataFrame
    kind: str
    mode: str
    as_of: str
    skeleton: bool

    @property
    def verdict_zh(self) -> str:
        """The verdict in Chinese."""
        return VERDICT_ZH[self.verdict]

    def text(self) -> str:
        """Write the report as plain Chinese text.

        Returns
        -------
        str
            Lines ended by line feeds, ready to print.
        """
        mixed = self.skeleton and self.kind != "skeleton"
        source = word("network_kind", f"{self.kind}+skeleton" if mixed else self.kind)
        lines = [
            "路网适用性报告（1小时交通圈）",
            f"结论：{self.verdict_zh}",
            f"路网：{source}，{word('mode', self.mode)}，数据时点{self.as_of or '未注明'}",
            "",
            "理由：",
            *(f"  {rank}. {reason}" for rank, reason in enumerate(self.reasons, 1)),
            "",
            "指标：",
            *(measure_line(row) for row in self.table.to_dict("records")),
            "",
            "道路里程（按等级，双向计一次，分幅道路各幅分别计）：",
            *(
                f"  {row['name_zh']}：{number(row['km'])} 公里，占 {number(100 * row['km_share'])} %，"
                f"平均 {number(row['speed_kmh'])} 公里/小时"
                for row in self.by_class.to_dict("records")
            ),
        ]
        if self.by_county is not None:
            lines += ["", *county_lines(self.by_county)]
        lines += ["", *problem_lines(self.problems), "", f"说明：{OWN_CHOICE_ZH}。"]
        return "\n".join(lines) + "\n"


def network_report(
    network: Network,
    *,
    counties: gpd.GeoDataFrame | None = None,
    census: pd.DataFrame | None = None,
    gap_m: float = GAP_M,
    today: date | None = None,
) -> NetworkReport:
    """Say how fit a road network is for 1-hour circles, and why.

    Parameters
    ----------
    network : Network
        As :func:`urbangeo.read_network` returns; it is not changed.
    counties : geopandas.GeoDataFrame, optional
        As :func:`urbangeo.read_counties` returns; roads are cut at their borders. Without them nothing is said of
        counties.
    census : pandas.DataFrame, optional
        As :func:`urbangeo.read_census` returns, with zones added to their hosts where people are to be complete; the
        newest year counts. Needs ``counties``.
    gap_m : float, default 20
        Dead ends nearer than this to a road they are not joined to are listed, metres.
    today : datetime.date, optional
        The day the age of the data is counted to; the day of the run by default.

    Returns
    -------
    NetworkReport
        Verdict, reasons, figures with thresholds, km by class and county, and the places to look at.

    Raises
    ------
    InputError
        If the network has no edges, ``gap_m`` is not positive, or a census comes without counties.
    SchemaError
        If a frame is not as described, or the arrays of the network do not make a usable one.
    CrsError
        If the counties have no coordinate reference system.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> report = network_report(read_network())
    >>> report.verdict, report.verdict_zh
    ('fit_with_notes', '有保留地适用')
    >>> report.by_class.loc["expressway", "km"].round(1)
    np.float64(12482.1)
    """
    if not len(network.u):
        msg = "The network has no edges; expected roads. Read it again, or choose another file."
        raise InputError(msg)
    if not 0 < gap_m < np.inf:
        msg = f"gap_m is {gap_m!r}; expected a positive distance in metres, such as {GAP_M:g}."
        raise InputError(msg)
    if census is not None and counties is None:
        msg = "census was given without counties; roads per resident need both. Give counties=read_counties()."
        raise InputError(msg)
    check_arrays(network)
    found = Found(network, gap_m)
    by_county = None if counties is None else km_by_county(found, counties, census)
    values, told = figures_of(found, by_county, today or datetime.now(tz=UTC).date())
    table = judged_table(values, told)
    verdict, reasons = worst_verdict(table)
    return NetworkReport(
        verdict=verdict,
        reasons=reasons,
        table=table,
        by_class=km_by_class(found),
        by_county=by_county,
        problems=problem_points(found),
        kind=network.kind,
        mode=network.mode,
        as_of=data_date(network),
        skeleton=network.is_skeleton,
    )

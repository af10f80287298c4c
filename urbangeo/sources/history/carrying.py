"""Sums carried from the counties of one year to those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from urbangeo.errors import InputError, listed
from urbangeo.sources.history.acts import checked_year
from urbangeo.sources.history.carried import check_codes, checked_columns, checked_weights
from urbangeo.sources.history.edges import Edge, edges_between, names_in
from urbangeo.sources.history.lists import units_in
from urbangeo.sources.history.tracing import SAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

OnTransfer = Literal["mark", "refuse"]


def crosswalk(
    frame: pd.DataFrame,
    from_year: int,
    to_year: int,
    *,
    extensive: Sequence[str],
    weights: pd.DataFrame | None = None,
    on_transfer: OnTransfer = "mark",
) -> pd.DataFrame:
    """Carry sums (people, area, output) from the counties of one year to those of another.

    Renamed and recoded units keep their figures, merged ones are added up. Where only a part of a unit moved, its
    figures stay with the unit that goes on and both are marked, unless ``weights`` says how to divide them. Rates,
    shares and means are refused: carry their numerators and denominators and divide afterwards. Going back in time
    works unless a merge would have to be undone.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index ``adcode`` with codes valid at the end of ``from_year``. It need not hold all counties, but of every
        merged unit it must hold all parts.
    from_year, to_year : int
        2010 to 2025.
    extensive : sequence of str
        The numeric columns to carry; all others are left out.
    weights : pandas.DataFrame, optional
        Columns old_adcode (of ``from_year``), new_adcode (of ``to_year``), weight (0–1, summing to 1 for each
        old_adcode): how to divide units of which parts went to different ones.
    on_transfer : {"mark", "refuse"}, default "mark"
        What to do with units whose territory moved in part and that ``weights`` does not cover.

    Returns
    -------
    pandas.DataFrame
        Index ``adcode`` of ``to_year``, sorted; columns name, prefecture, province, the extensive ones (missing where
        the figure of a part is), made_of ("370634 长岛县;370684 蓬莱市"), territory ("same", "by weights: …" or
        "part moved: …", with what moved in Chinese).

    Raises
    ------
    SchemaError
        If the index is no unique ``adcode``, or a column is missing or not numeric.
    InputError
        If a year, a code or the weights are wrong, a column is a rate, a part of a merged unit is missing, a merge
        would have to be undone, or ``on_transfer="refuse"`` meets a moved part.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"people": [451109, 44025]}, index=pd.Index(["370684", "370634"], name="adcode"))
    >>> crosswalk(people, 2010, 2020, extensive=["people"])[["name", "people", "territory"]].values.tolist()
    [['蓬莱区', 495134, 'same']]
    """
    import pandas as pd

    start, stop = checked_year(from_year, "from_year"), checked_year(to_year, "to_year")
    if on_transfer not in ("mark", "refuse"):
        msg = f"on_transfer={on_transfer!r}; expected 'mark' or 'refuse'."
        raise InputError(msg)
    columns = checked_columns(frame, extensive)
    check_codes(frame, start)
    edges = [edge for edge in edges_between(start, stop) if edge.source in frame.index]
    shares = checked_weights(weights, start, stop)
    flows = _flows(edges, shares, start, stop, on_transfer)
    _check_complete(frame, flows, start, stop, shares)

    order = pd.DataFrame(flows, columns=["source", "target", "share"])
    values = frame.loc[order["source"], columns].reset_index(drop=True)
    if (order["share"] != 1).any():
        values = values.mul(order["share"], axis="index")
    grouped = values.groupby(order["target"])
    sums = pd.DataFrame({column: grouped[column].sum(min_count=1) for column in columns})
    incomplete = values.isna().groupby(order["target"]).any()
    sums = sums.mask(incomplete)
    sums.index = pd.Index(sums.index.astype("str"), name="adcode")

    result = units_in(stop).loc[sums.index, ["name", "prefecture", "province"]].join(sums)
    then = names_in(start)
    parts: dict[str, list[str]] = {}
    for source, target, _ in sorted(flows):
        parts.setdefault(target, []).append(f"{source} {then[source]}")
    result["made_of"] = [";".join(parts[target]) for target in result.index]
    result["territory"] = [_territory(target, start, stop, shares) for target in result.index]
    return result.sort_index()


def _flows(
    edges: list[Edge], shares: dict[str, dict[str, float]], start: int, stop: int, on_transfer: OnTransfer
) -> list[tuple[str, str, float]]:
    """Say which share of which unit goes where; refuse what cannot be told."""
    then, now = names_in(start), names_in(stop)
    by_source: dict[str, list[Edge]] = {}
    for edge in edges:
        by_source.setdefault(edge.source, []).append(edge)
    flows: list[tuple[str, str, float]] = []
    stuck, moved = [], []
    for source, ways in by_source.items():
        label = f"{source} {then[source]} → {'、'.join(f'{edge.target} {now[edge.target]}' for edge in ways)}"
        if source in shares:
            flows += [(source, target, share) for target, share in shares[source].items() if share > 0]
            continue
        main = [edge for edge in ways if edge.main]
        if not main:
            stuck.append(label)
            continue
        if len(ways) > 1:
            moved.append(label)
        flows += [(source, edge.target, 1.0) for edge in main]
    if stuck:
        what = "merges would have to be undone" if start > stop else "units were divided and none goes on"
        msg = f"From {start} to {stop} {what}: {listed(stuck)}. Give weights, or leave these units out."
        raise InputError(msg)
    if moved and on_transfer == "refuse":
        msg = (
            f"From {start} to {stop} parts of these units moved: {listed(moved)}. Give weights, or on_transfer='mark'."
        )
        raise InputError(msg)
    return flows


def _check_complete(
    frame: pd.DataFrame,
    flows: list[tuple[str, str, float]],
    start: int,
    stop: int,
    shares: dict[str, dict[str, float]],
) -> None:
    """Refuse a sum of which a part is not in the frame: it would be too small and look whole."""
    then, now = names_in(start), names_in(stop)
    reached = {target for _, target, _ in flows}
    lacking = []
    for edge in edges_between(start, stop):
        flowing = shares[edge.source].get(edge.target, 0) > 0 if edge.source in shares else edge.main
        if flowing and edge.target in reached and edge.source not in frame.index:
            lacking.append(f"{edge.source} {then[edge.source]} for {edge.target} {now[edge.target]}")
    if lacking:
        msg = f"The frame lacks some parts of units it holds other parts of: {listed(lacking)}. Add or drop them."
        raise InputError(msg)


def _territory(target: str, start: int, stop: int, shares: dict[str, dict[str, float]]) -> str:
    """Say whether a figure on the new list stands for the same ground as on the old one."""
    then, now = names_in(start), names_in(stop)
    edges = edges_between(start, stop)
    into = [edge for edge in edges if edge.target == target]
    moved, weighted = [], []
    for edge in into:
        told = f"{edge.source} {then[edge.source]}"
        if edge.source in shares:
            if len([other for other in edges if other.source == edge.source]) > 1:
                weighted.append(f"{told}按权重{shares[edge.source].get(target, 0):g}计入")
        elif not edge.main:
            moved.append(f"{told}的一部分划入，未计入")
        else:
            gone = [other.target for other in edges if other.source == edge.source and other.target != target]
            moved += [f"{told}的一部分划归{code} {now[code]}，仍计在内" for code in gone]
    if moved:
        return "part moved: " + "；".join([*moved, *weighted])
    return "by weights: " + "；".join(weighted) if weighted else SAME

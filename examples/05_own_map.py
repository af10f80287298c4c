"""Draw a map of one province with layers of one's choice.

Writes qinghai.html, one file that needs no network, to the current folder, or to the folder given.
Run: python 05_own_map.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import urbangeo as ug


def main(folder: Path) -> None:
    counties = ug.read_counties("青海")
    census = ug.read_census(2020, provinces="青海")
    lists = ug.read_designations(["国家新型城镇化综合试点", "兰州—西宁城市群(青海部分)"])
    figure = ug.draw_map(
        counties,
        census=census,
        designations=lists[lists["adcode"].isin(counties.index)],
        potential=ug.potential_areas(census, rows="all"),
        title="青海省潜力地区与城市群",
        subtitle="2020年人口普查",
        notes=["本图由示例程序生成，供内部讨论使用。"],
        layers_on=["potential", "ua_lanxi", "labels"],
    )
    path = ug.save_map(figure, folder / "qinghai.html")
    page = path.read_text(encoding="utf-8")
    print(f"{path.name}: {len(page.encode()) / 1024:.0f} KB, {len(counties)} counties")

    # Counties by name, the number that unchanged outlines of the default source carry, the ban on loading anything.
    for words in ("湟中区", "审图号：GS（2024）0650号", "default-src 'none'"):
        if words not in page:
            raise SystemExit(f"The map lacks {words}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())

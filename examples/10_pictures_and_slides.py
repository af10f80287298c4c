"""Make a picture of a map, and slides of it and a list, with titles, tables and notes that can be edited.

Writes qinghai.png and qinghai.pptx to the current folder, or to the folder given. Needs a font with Chinese
characters, as every picture of a map does. Run: python 10_pictures_and_slides.py [FOLDER]
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import urbangeo as ug

COLUMNS = ["adcode", "name", "prefecture", "resident_population", "urbanization_rate_pct", "gap_pct", "source_id"]


def main(folder: Path) -> None:
    counties = ug.read_counties("青海")
    census = ug.read_census(2020, provinces="青海")
    judged = ug.potential_areas(census, rows="all")
    listed = judged[judged["decision"] == "potential"]
    figure = ug.draw_map(counties, census=census, potential=judged, title="青海省潜力地区")

    picture = ug.save_picture(figure, folder / "qinghai.png", fill="rate", dpi=100)
    wide, high = (int.from_bytes(picture.read_bytes()[at : at + 4], "big") for at in (16, 20))
    print(f"{picture.name}: {wide} x {high} pixels, {picture.stat().st_size / 1024:.0f} KB")
    # A3 on its long side, 420 by 297 mm.
    if abs(wide / high - 420 / 297) > 0.01:
        raise SystemExit("The picture is not A3.")

    slides = [
        figure,
        ug.Slide(
            table=listed,
            columns=COLUMNS,
            title=f"潜力地区名单（{len(listed)}个）",
            foot=[f"规则：{ug.PotentialRule().in_chinese()}。"],
            notes=["按2020年人口普查判定，规则引自解读材料，未见原件。"],
        ),
    ]
    deck = ug.save_slides(slides, folder / "qinghai.pptx", title="青海省县域新型城镇化", date="2026年11月")
    with zipfile.ZipFile(deck) as package:
        pages = [name for name in package.namelist() if name.startswith("ppt/slides/slide")]
        first_table = package.read("ppt/slides/slide3.xml").decode()
    print(f"{deck.name}: {len(pages)} slides, {deck.stat().st_size / 1024:.0f} KB")

    # A first slide, the map, the list, the sources; the list is a table, not a picture of one.
    if len(pages) != 4 or "<a:tbl>" not in first_table or "湟中区" not in first_table:
        raise SystemExit("The deck is not the four slides that were asked for.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())

"""Take the pictures of the README and the manual with the system's own browser and no network.

    python tools/take_pictures.py atlas docs/pictures        # the views of a finished pack
    python tools/take_pictures.py --skeleton docs/pictures   # the skeleton of roads and rails, with its fitness

Look at every picture before it is kept.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Mapping

VIEWS = {
    "atlas": "view=all&on=demo,zone,potential,circle:济南,circle:青岛,circle:西宁—海东,centres,labels,graticule,"
    "context",
    "jinan": "view=circle:济南&on=circle:济南,ma_jinan,roads,centres,labels,context",
    "qingdao": "view=circle:青岛&on=circle:青岛,ma_qingdao,roads,centres,labels,context",
    "xining": "view=circle:西宁—海东&on=circle:西宁—海东,potential,roads,centres,labels,context",
    "potential": "view=370000&on=demo,zone,potential,labels,context&fill=none",
    "live": "view=circle:济南&on=live,labels,context&live-at=36.50000,117.60000&live-min=50",
}
"""Picture name to what the address of the page says after the hash sign."""

SKELETON_VIEWS = {
    "skeleton": "view=370000&on=roads,problems,seats,labels,context&fill=none",
    "skeleton_qinghai": "view=630000&on=roads,problems,seats,labels,context&fill=none",
}
"""The same for the map of the skeleton."""


def main(pack: Path | None, pictures: Path) -> None:
    """Open a map once for every view and keep a picture of it.

    Parameters
    ----------
    pack : Path, optional
        Folder with ``atlas.html``; without it the map of the skeleton is drawn and photographed.
    pictures : Path
        Folder for the PNG files.
    """
    pictures.mkdir(parents=True, exist_ok=True)
    if pack is not None:
        _photograph(pack / "atlas.html", VIEWS, pictures)
        return
    with tempfile.TemporaryDirectory() as folder:
        _photograph(skeleton_map(Path(folder)), SKELETON_VIEWS, pictures)


def skeleton_map(folder: Path) -> Path:
    """Draw the skeleton, km per 10,000 residents by county, and what its report has to say.

    Parameters
    ----------
    folder : Path
        Where the page is written.

    Returns
    -------
    Path
        The page.
    """
    from urbangeo import draw_map, read_census, read_counties, read_network, save_map
    from urbangeo.answers.fitness import network_report

    counties, network = read_counties(), read_network()
    report = network_report(network, counties=counties, census=read_census(2020, zones="to_host"))
    page = draw_map(
        counties, network=network, report=report, title="骨架路网", subtitle=f"1小时交通圈：{report.verdict_zh}"
    )
    return save_map(page, folder / "skeleton.html")


def _photograph(page_file: Path, views: Mapping[str, str], pictures: Path) -> None:
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for name, state in views.items():
            context = browser.new_context(viewport={"width": 1600, "height": 900}, offline=True, locale="zh-CN")
            page = context.new_page()
            page.goto(page_file.resolve().as_uri() + "#" + quote(state, safe="=&,:;"))
            page.wait_for_selector("html[data-urbangeo=ready]")
            page.wait_for_timeout(500)
            page.screenshot(path=pictures / f"{name}.png")
            print(pictures / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the pictures of the manual.")
    parser.add_argument("pack", nargs="?", type=Path, help="folder with atlas.html")
    parser.add_argument("pictures", type=Path, help="folder for the PNG files")
    parser.add_argument("--skeleton", action="store_true", help="photograph the skeleton instead of a pack")
    chosen = parser.parse_args()
    if (chosen.pack is None) != chosen.skeleton:
        parser.error("give the folder of a pack, or --skeleton")
    main(chosen.pack, chosen.pictures)

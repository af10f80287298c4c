"""Take the pictures of the README and the manual from a finished pack, with the system's own browser and no network.

    python tools/take_pictures.py atlas docs/pictures

Look at every picture before it is kept.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import sync_playwright

VIEWS = {
    "atlas": "view=all&on=demo,zone,potential,circle:济南,circle:青岛,circle:西宁—海东,centres,labels,graticule",
    "jinan": "view=circle:济南&on=circle:济南,ma_jinan,roads,centres,labels",
    "qingdao": "view=circle:青岛&on=circle:青岛,ma_qingdao,roads,centres,labels",
    "xining": "view=circle:西宁—海东&on=circle:西宁—海东,potential,roads,centres,labels",
    "potential": "view=370000&on=demo,zone,potential,labels&fill=none",
}
"""Picture name to what the address of the page says after the hash sign."""


def main(pack: Path, pictures: Path) -> None:
    """Open the map of a pack once for every view and keep a picture of it.

    Parameters
    ----------
    pack : Path
        Folder with ``atlas.html``.
    pictures : Path
        Folder for the PNG files.
    """
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for name, state in VIEWS.items():
            context = browser.new_context(viewport={"width": 1600, "height": 900}, offline=True, locale="zh-CN")
            page = context.new_page()
            page.goto((pack / "atlas.html").resolve().as_uri() + "#" + quote(state, safe="=&,:"))
            page.wait_for_selector("html[data-urbangeo=ready]")
            page.wait_for_timeout(500)
            page.screenshot(path=pictures / f"{name}.png")
            print(pictures / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

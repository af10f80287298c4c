"""Make a map whose circle is computed in the page: move the centre, close a road, change a speed, with no network.

Writes live.html to the current folder, or to the folder given; open it in any browser. The roads are the authored
skeleton, so these are skeleton results. Run: python 09_live_circle.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import urbangeo as ug

ORIGINS = ["济南", "青岛"]
"""Where a reader may begin; the first is shown at once."""
LIMIT_BYTES = 2_000_000


def main(folder: Path) -> None:
    counties = ug.read_counties("山东")
    census = ug.read_census(2020, provinces="山东", zones="to_host")

    # Roads, counties and people, packed for the page: it computes what isochrones, seat_minutes and coverage compute.
    live = ug.live_circle(ug.read_network(), counties, census, origin=ORIGINS)
    print(f"live circle: {live.nbytes / 1024:.0f} KB, {len(live.adcodes)} counties, up to {live.limit_min:g} minutes")

    figure = ug.draw_map(
        counties, census=census, live=live, layers_on=["live", "labels"], title="活动交通圈：济南、青岛"
    )
    path = ug.save_map(figure, folder / "live.html")
    size = path.stat().st_size
    print(f"{path.name}: {size / 1024:.0f} KB, everything in it")

    # A link says what was chosen: here 45 minutes from two centres.
    print(f"{path.name}#on=live,labels&live-min=45&live-at=36.66200,117.01700;36.68100,117.53400")

    if live.source != "graph" or size > LIMIT_BYTES:
        raise SystemExit("The skeleton should be small enough to be searched in the page.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())

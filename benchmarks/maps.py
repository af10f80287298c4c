"""Size and opening time of the map, against ``GeoDataFrame.explore`` of the same data.

Run ``python benchmarks/maps.py`` in the project folder; it prints the Markdown of ``benchmarks/maps.md``. It needs
Chromium, node's package manager for the scripts explore loads, and the peers of the extra ``benchmark``.

Drawn is the frame after all elements of the page are there (ours paints the counties first, then the rest).
Interactive is when the pointer is answered: it lies on a county from the beginning and is never quite still, and what
counts is the time from the start of the navigation to the frame after the one in which that county is named (by explore
in its tooltip, by ours on its card). Answer is how long later moves of the pointer, to and fro between two counties
when everything stands, wait for the same. All pages are measured by the same lines, in turns, each in a fresh context
of the same browser.

explore's page loads Leaflet, jQuery and Bootstrap from public servers. Here they come from a server on the same
machine, packages of the same versions from npm, so that no line of a network is counted; fonts and style sheets that
no package has come empty, and there are no tiles. Our page asks for nothing.

File is the page as written. Needed is what a browser must have to show it: the file and all that it loads, counted in
the requests of one opening; ours is the file. The bar on size is on what is needed, for that is what lies on a machine
without a network. Files alone are told beside it: our sealed file has Leaflet in it and explore's has not, so the one
that loads Leaflet as explore's does (``sealed=False``) is told, too.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import itertools
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import bar, bars, said, table, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
SEED = 20261122
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"]
WINDOW = {"width": 1400, "height": 900}
PATIENCE_S = 120.0
"""A page that has not answered by then counts with that time."""
MOVES = 4
"""Moves of the pointer after the first, for the median of the answers."""

PACKAGES = (
    "leaflet@1.9.3",
    "jquery@3.7.1",
    "bootstrap@5.2.2",
    "@fortawesome/fontawesome-free@6.2.0",
    "leaflet.awesome-markers@2.0.5",
)
SERVED = {
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js": "leaflet/dist/leaflet.js",
    "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css": "leaflet/dist/leaflet.css",
    "https://code.jquery.com/jquery-3.7.1.min.js": "jquery/dist/jquery.min.js",
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": "bootstrap/dist/js/"
    "bootstrap.bundle.min.js",
    "https://cdn.jsdelivr.net/npm/bootstrap@5.2.2/dist/css/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js": "leaflet."
    "awesome-markers/dist/leaflet.awesome-markers.js",
    "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css": "leaflet."
    "awesome-markers/dist/leaflet.awesome-markers.css",
    "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@6.2.0/css/all.min.css": "@fortawesome/"
    "fontawesome-free/css/all.min.css",
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css": "",
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/leaflet.awesome.rotate.min.css": "",
}
"""What explore's page loads, and the file of a package that stands in for it; "" for an empty one."""

WATCH = """
window.bench = {drawn: null, moved: null, frame: null};
(function () {
  var isDrawn = %s, marked = %s;
  // One task after the frame: the frame itself is then made.
  function after(work) { requestAnimationFrame(function () { setTimeout(work, 0); }); }
  function wait() {
    if (document.body && isDrawn()) { after(function () { window.bench.drawn = performance.now(); }); }
    else { requestAnimationFrame(wait); }
  }
  requestAnimationFrame(wait);
  window.bench.expect = function (name) {
    window.bench.moved = window.bench.frame = null;
    function look() {
      var node = marked();
      if (!node || node.textContent.indexOf(name) < 0) { requestAnimationFrame(look); return; }
      after(function () { window.bench.frame = performance.now(); });
    }
    requestAnimationFrame(look);
  };
  ['pointerover', 'pointermove', 'mouseover', 'mousemove'].forEach(function (kind) {
    window.addEventListener(kind, function (event) {
      if (window.bench.moved === null) { window.bench.moved = event.timeStamp; }
    }, true);
  });
}());
"""
OURS = (
    "() => document.documentElement.getAttribute('data-urbangeo') === 'ready'",
    "() => document.querySelector('.ug-card:not([hidden]) h3')",
)
EXPLORE = (
    "() => document.readyState === 'complete' && (%s)",
    "() => document.querySelector('.leaflet-tooltip')",
)


def made_circle(vertices: int) -> Any:
    """Return four nested discs of 15, 30, 45 and 60 minutes with about so many vertices in all, the same each time.

    The field is a distance with noise of several widths, contoured on a grid as travel times are: jagged edges, holes
    and islands, as a circle on a whole province of OpenStreetMap has.

    Parameters
    ----------
    vertices : int
        Wanted number of vertices.

    Returns
    -------
    geopandas.GeoDataFrame
        Index (origin_id, cutoff_min).
    """
    import geopandas as gpd
    import pandas as pd
    import shapely
    from contourpy import FillType, contour_generator
    from scipy.ndimage import gaussian_filter

    draw = np.random.default_rng(SEED)
    side = int(2_800 * (vertices / 500_000) ** 0.5)
    lon, lat = np.linspace(115.2, 118.8, side), np.linspace(35.2, 38.1, side)
    field = 55.0 * np.hypot((lon[None, :] - 117.0) * 0.81, lat[:, None] - 36.66)
    for width, strength in ((1.2, 1.6), (4, 3.0), (15, 4.0), (60, 5.0)):
        noise = gaussian_filter(draw.standard_normal((side, side)), width)
        field += strength * noise / noise.std()
    contours = contour_generator(lon, lat, field, fill_type=FillType.OuterOffset)
    rows = []
    for cutoff in (15.0, 30.0, 45.0, 60.0):
        polygons = [
            shapely.Polygon(points[cuts[0] : cuts[1]], [points[a:b] for a, b in itertools.pairwise(cuts[1:])])
            for points, cuts in zip(*contours.filled(-100.0, cutoff), strict=True)
        ]
        rows.append(("济南", cutoff, shapely.MultiPolygon(polygons)))
    frame = pd.DataFrame(rows, columns=["origin_id", "cutoff_min", "geometry"])
    circle = gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4490").set_index(["origin_id", "cutoff_min"])
    return circle.assign(network_kind="synthetic", mode="drive", direction="from")


def two_provinces() -> dict[str, Any]:
    """Return what the planning-meeting pack draws: the frames of its map."""
    import urbangeo as ug

    with tempfile.TemporaryDirectory() as folder:
        pack = ug.build_atlas(Path(folder) / "pack")
    census = ug.read_census(2020)
    return {
        "counties": pack.counties,
        "census": census,
        "designations": pack.designations,
        "potential": ug.potential_areas(census, rows="all"),
        "isochrones": pack.isochrones,
        "coverage": pack.coverage,
        "totals": pack.totals,
        "network": ug.read_network(),
    }


def one_circle() -> dict[str, Any]:
    """Return one province and one of the pack's circles."""
    import urbangeo as ug

    network = ug.read_network()
    counties = ug.read_counties("山东")
    centre = ug.circle_centres().loc[["济南"]]
    return {"counties": counties, "isochrones": ug.isochrones(network, centre), "network": None}


def all_china() -> dict[str, Any]:
    """Return all counties of China."""
    import urbangeo as ug

    return {"counties": ug.read_counties(None)}


def all_china_and_a_circle() -> dict[str, Any]:
    """Return all counties of China and a circle of half a million vertices."""
    return all_china() | {"isochrones": made_circle(500_000)}


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "two provinces, the pack": two_provinces,
    "one province, one circle": one_circle,
    "all of China": all_china,
    "all of China, a circle of 500,000 vertices": all_china_and_a_circle,
}


def ours(frames: dict[str, Any], path: Path) -> None:
    """Write our page."""
    import urbangeo as ug

    ug.save_map(ug.draw_map(**frames), path)


def linked_mb(frames: dict[str, Any], path: Path) -> float:
    """Return the size of our page with Leaflet as a link, as explore's has it."""
    import urbangeo as ug

    size = ug.save_map(ug.draw_map(**frames), path, sealed=False).stat().st_size
    path.unlink()
    return size / 1e6


def explored(frames: dict[str, Any], path: Path, *, canvas: bool) -> None:
    """Write the page of GeoDataFrame.explore: counties with what our cards say, discs, roads; no tiles."""
    counties = frames["counties"].drop(columns=["label_lon", "label_lat"], errors="ignore")
    if "census" in frames:
        people = frames["census"].droplevel("year")[
            ["resident_population", "urban_population", "urbanization_rate_pct"]
        ]
        counties = counties.join(people)
        counties = counties.join(frames["potential"][["decision", "reason", "flips_under"]])
        lists = frames["designations"].dropna(subset="adcode").groupby("adcode")["programme_zh"].agg("；".join)
        counties = counties.join(lists.rename("lists"))
    chart = counties.reset_index().explore(tiles=None, prefer_canvas=canvas, tooltip=["adcode", "name"])
    if frames.get("isochrones") is not None:
        discs = frames["isochrones"].reset_index().sort_values("cutoff_min", ascending=False)
        # As on our page discs lie over the counties and let the pointer through, or no county could be pointed at.
        style = {"interactive": False, "fillOpacity": 0.2, "weight": 1}
        discs[["origin_id", "cutoff_min", "geometry"]].explore(m=chart, tooltip=False, style_kwds=style)
    if frames.get("network") is not None:
        lines = frames["network"].lines().reset_index()[["road_class", "geometry"]]
        lines.explore(m=chart, tooltip=False, style_kwds={"interactive": False})
    chart.save(path)


def assets(folder: Path) -> Path:
    """Fetch the packages explore's page loads."""
    (folder / "package.json").write_text("{}")
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed for the scripts of explore's page")
    subprocess.run([npm, "install", "--silent", *PACKAGES], cwd=folder, check=True, capture_output=True)
    return folder / "node_modules"


def localized(page: str, port: int) -> str:
    """Let a page load from this machine what it loads from public servers."""
    for address, file in SERVED.items():
        page = page.replace(address, f"http://127.0.0.1:{port}/{'node_modules/' + file if file else 'empty.css'}")
    return page


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # named so by the base class
        """Say nothing."""


def answered(page: Any, patience_ms: float) -> bool:
    """Tell whether a page answers the pointer in time."""
    from playwright.sync_api import TimeoutError as TooLate

    try:
        page.wait_for_function("() => window.bench.frame !== null", polling=5, timeout=patience_ms)
    except TooLate:
        return False
    return True


def opened(
    browser: Any, address: str, kind: str, spots: list[tuple[float, float, str]], ready: str
) -> dict[str, float]:
    """Open a page in a fresh context and return when it was drawn and interactive, and its heap."""
    context = browser.new_context(viewport=WINDOW, locale="zh-CN")
    drawn, marked = OURS if kind == "urbangeo" else (EXPLORE[0] % ready, EXPLORE[1])
    context.add_init_script(WATCH % (drawn, marked))
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(address, wait_until="commit")
    answers: list[float] = []
    for turn in range(1 + MOVES):
        x, y, name = spots[turn % 2]
        page.evaluate("name => window.bench.expect(name)", name)
        until = time.perf_counter() + PATIENCE_S
        for nudge in range(10_000):
            # A hand is never quite still; a page that missed one move while it drew gets another.
            page.mouse.move(x + nudge % 2, y)
            # While the page opens it is moved without a rest.
            done = answered(page, 1_000) if turn else page.evaluate("() => window.bench.frame !== null")
            if done or time.perf_counter() > until:
                break
        moved, frame = page.evaluate("() => [window.bench.moved, window.bench.frame || performance.now()]")
        if turn == 0:
            interactive = frame
            # The pointer is on a county from the beginning; later moves are measured when everything stands.
            page.wait_for_function("() => window.bench.drawn !== null", polling=20)
        else:
            answers.append(frame - moved)
    drawn_at = page.evaluate("() => window.bench.drawn")
    heap = context.new_cdp_session(page).send("Runtime.getHeapUsage")["usedSize"]
    context.close()
    return {
        "drawn_s": drawn_at / 1_000,
        "interactive_s": interactive / 1_000,
        "answer_ms": statistics.median(answers),
        "heap_mb": heap / 1e6,
    }


def spots_of(browser: Any, address: str, kind: str, frames: dict[str, Any]) -> list[tuple[float, float, str]]:
    """Return where two counties stand in the window of a page, and their names."""
    context = browser.new_context(viewport=WINDOW, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(address, wait_until="load")
    if kind == "urbangeo":
        page.wait_for_selector("html[data-urbangeo=ready]", state="attached")
    counties = frames["counties"]
    # The widest counties, so that the pointer surely meets them: the westernmost, and the one farthest from it.
    wide = counties.loc[counties.geometry.area.sort_values(ascending=False).index[:40]]
    spots = wide.representative_point()
    west = int(spots.x.to_numpy().argmin())
    east = int(spots.distance(spots.iloc[west]).to_numpy().argmax())
    chart = (
        "Object.keys(window).filter(key => /^map_/.test(key) && window[key] && window[key].latLngToContainerPoint)[0]"
    )
    script = f"""at => {{ const map = window[{chart}], box = map.getContainer().getBoundingClientRect();
        const point = map.latLngToContainerPoint(at); return [box.left + point.x, box.top + point.y]; }}"""
    found = []
    for place in (west, east):
        x, y = page.evaluate(script, [spots.iloc[place].y, spots.iloc[place].x])
        found.append((x, y, str(wide["name"].iloc[place])))
    context.close()
    return found


def loaded(browser: Any, address: str) -> tuple[int, int]:
    """Return the bytes of all that a page loads beside itself, plain and compressed each for itself."""
    context = browser.new_context(viewport=WINDOW, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(180_000)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - a handler must take attributes
    page.goto(address, wait_until="networkidle")
    own = (address, address.rsplit("/", 1)[0] + "/favicon.ico")
    bodies = [answer.body() for answer in answers if answer.ok and answer.url not in own]
    context.close()
    return sum(map(len, bodies)), sum(len(gzip.compress(body, 6)) for body in bodies)


def ready_script(frames: dict[str, Any], *, canvas: bool) -> str:
    """Return when all of explore's page is there: its last script has run and its elements stand in the page."""
    if canvas:
        return "document.querySelector('canvas.leaflet-zoom-animated') !== null"
    count = len(frames["counties"])
    count += len(frames["isochrones"]) if frames.get("isochrones") is not None else 0
    count += len(frames["network"].lines()) if frames.get("network") is not None else 0
    return f"document.querySelectorAll('.leaflet-overlay-pane path').length >= {count}"


def measured(rounds: int, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write the pages of each case and open them in turns."""
    from playwright.sync_api import sync_playwright

    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise SystemExit("Chromium is needed")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        with told("scripts of explore's page"):
            assets(folder)
        (folder / "empty.css").write_text("")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=made))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        for name in names:
            with told(name):
                frames = CASES[name]()
                writers: dict[str, Callable[[Path], None]] = {
                    "urbangeo": lambda path, frames=frames: ours(frames, path),
                    "explore": lambda path, frames=frames: explored(frames, path, canvas=False),
                    "explore, canvas": lambda path, frames=frames: explored(frames, path, canvas=True),
                }
                found: dict[str, Any] = {}
                places = {}
                for kind, write in writers.items():
                    path = folder / f"{len(found)}.html"
                    begun = time.perf_counter()
                    write(path)
                    took = time.perf_counter() - begun
                    content = path.read_bytes()
                    found[kind] = {
                        "write_s": took,
                        "mb": len(content) / 1e6,
                        "gz_mb": len(gzip.compress(content, 6)) / 1e6,
                        "runs": [],
                    }
                    if kind != "urbangeo":
                        path.write_text(localized(content.decode(), port), encoding="utf-8")
                    else:
                        found[kind]["linked_mb"] = linked_mb(frames, folder / "linked.html")
                    address = f"http://127.0.0.1:{port}/{path.name}"
                    plain, packed = loaded(browser, address)
                    found[kind]["all_mb"] = found[kind]["mb"] + plain / 1e6
                    found[kind]["all_gz_mb"] = found[kind]["gz_mb"] + packed / 1e6
                    places[kind] = (address, spots_of(browser, address, kind, frames))
                for _ in range(rounds):
                    for kind, (address, spots) in places.items():
                        ready = ready_script(frames, canvas=kind.endswith("canvas"))
                        found[kind]["runs"].append(opened(browser, address, kind, spots, ready))
            for kind, one in medians(found).items():
                print(kind, {key: round(value, 3) for key, value in one.items()}, file=sys.stderr, flush=True)
            yield name, found
        browser.close()
        server.shutdown()


def medians(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the medians of the runs beside what was measured once."""
    return {
        kind: {key: value for key, value in one.items() if key != "runs"}
        | {key: statistics.median(run[key] for run in one["runs"]) for key in one["runs"][0]}
        for kind, one in found.items()
    }


def report(rounds: int, names: list[str]) -> None:
    """Print the Markdown page."""
    got = {name: medians(found) for name, found in measured(rounds, names)}
    print("# Benchmarks of the map\n")
    print("Printed by `python benchmarks/maps.py`; what each line does is written there.\n")
    packages = ("urbangeo", "folium", "geopandas", "shapely", "numpy", "playwright")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages) + ".")
    print(
        f"{platform.system()}, {platform.machine()}, headless Chromium without a graphics card, {WINDOW['width']} by "
        f"{WINDOW['height']}; medians of {rounds} runs in turns on a shared machine: read the ratios.\n"
    )
    print((__doc__ or "").split("\n\n", 2)[2].strip() + "\n")
    for name, kinds in got.items():
        print(f"## {name[0].upper()}{name[1:]}\n")
        heads = (
            "page",
            "file MB",
            "gzip",
            "needed MB",
            "gzip",
            "written s",
            "drawn s",
            "interactive s",
            "answer ms",
            "heap MB",
        )
        keys = ("mb", "gz_mb", "all_mb", "all_gz_mb", "write_s", "drawn_s", "interactive_s", "answer_ms", "heap_mb")
        table(heads, [(kind, *(one[key] for key in keys)) for kind, one in kinds.items()])
    rows, alone = [], []
    limits = dict(zip(CASES, (5.0, 2.0, 15.0, 15.0), strict=True))
    for name, kinds in got.items():
        we, they = kinds["urbangeo"], kinds["explore"]
        sooner = 3.0 if name.startswith("all") else 2.0
        rows.append(bar(f"{name}: size", we["mb"], limits[name], at_least=False, unit="MB"))
        rows.append(
            bar(
                f"{name}: interactive sooner than explore",
                they["interactive_s"] / we["interactive_s"],
                sooner,
                at_least=True,
            )
        )
        rows.append(bar(f"{name}: less needed than explore", they["all_mb"] / we["all_mb"], 3.0, at_least=True))
        ratios = (they["mb"] / we["mb"], they["mb"] / we["linked_mb"])
        alone.append((name, *(f"{said(ratio)} ×" for ratio in ratios)))
    print("## Bars\n")
    bars(rows)
    print("Files alone, explore's / ours:\n")
    table(("page", "sealed, with Leaflet in it", "sealed=False, Leaflet as a link"), alone)


def main() -> None:
    """Measure all cases, or some."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--case", type=int, action="append", help="number of a case, from 0; all by default")
    words = parser.parse_args()
    names = list(CASES)
    report(words.rounds, [names[number] for number in words.case] if words.case else names)


if __name__ == "__main__":
    main()

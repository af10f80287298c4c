"""A web server on this computer that plays a boundary service, and writes down what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import shapely

from urbangeo.language.datum import wgs84_to_gcj02


@dataclass
class Reply:
    """What the server answers: status, body, headers; `promised` is the length it claims."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    chunked: bool = False
    wait: bool = False
    """Send nothing until the test is over."""
    drip: bool = False
    """Send one byte a time, slowly, until the test is over."""


@dataclass
class Stage:
    """One playing server: its address, what it was asked, and how it answers."""

    answer: Callable[[str, dict[str, str]], Reply]
    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [path for path, _ in self.asked]


@contextmanager
def playing(answer: Callable[[str, dict[str, str]], Reply]) -> Iterator[Stage]:
    """Play a service on the loopback interface while the block runs."""
    stage = Stage(answer)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            stage.asked.append((parts.path, query))
            _send(self, stage.answer(parts.path, query), stage.over)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    stage.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stage
    finally:
        stage.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _send(handler: BaseHTTPRequestHandler, reply: Reply, over: threading.Event) -> None:
    try:
        if reply.wait:
            over.wait(10)
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if reply.chunked:
            handler.send_header("Transfer-Encoding", "chunked")
        else:
            handler.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
        handler.end_headers()
        if reply.chunked:
            # A chunk that claims more than it holds, and no end.
            handler.wfile.write(b"%x\r\n" % (len(reply.body) + 10) + reply.body)
        elif reply.drip:
            for byte in reply.body:
                handler.wfile.write(bytes([byte]))
                if over.wait(0.05):
                    return
        else:
            handler.wfile.write(reply.body)
    except OSError:
        # The caller has hung up, as it should.
        return


def always(reply: Reply) -> Callable[[str, dict[str, str]], Reply]:
    """Give the same answer to everything."""

    def answer(_path: str, _query: dict[str, str]) -> Reply:
        return reply

    return answer


def as_json(document: object) -> Reply:
    """Answer with a JSON document."""
    return Reply(json.dumps(document, ensure_ascii=False).encode(), headers={"Content-Type": "application/json"})


def tianditu(counties: gpd.GeoDataFrame) -> Callable[[str, dict[str, str]], Reply]:
    """Play Tianditu's division service with the given counties."""

    def district(code: str, name: str, level: int, **more: Any) -> dict[str, Any]:
        return {"gb": f"156{code}", "name": name, "level": level, **more}

    def answer(path: str, query: dict[str, str]) -> Reply:
        if path != "/v2/administrative":
            return Reply(status=404)
        code = query["keyword"].removeprefix("156")
        if query["extensions"] == "true":
            if code not in counties.index:
                return as_json({"status": 200, "message": "", "data": {"suggestion": [], "district": []}})
            row: Any = counties.loc[code]
            centre = {"lng": row["label_lon"], "lat": row["label_lat"]}
            found = district(code, row["name"], 2, boundary=row["geometry"].wkt, center=centre, children=[])
        else:
            column = "province_adcode" if code.endswith("0000") else "prefecture_adcode"
            inside = counties[counties[column] == code]
            groups = [
                district(
                    str(over), str(rows["prefecture"].iloc[0]), 3,
                    children=[district(str(c), str(n), 2) for c, n in rows["name"].items()],
                )
                for over, rows in inside.groupby("prefecture_adcode")
            ]  # fmt: skip
            if code.endswith("0000"):
                found = district(code, str(inside["province"].iloc[0]), 4, children=groups)
            else:
                found = groups[0]
        return as_json({"status": 200, "message": "success", "data": {"suggestion": [], "district": [found]}})

    return answer


def datav(counties: gpd.GeoDataFrame) -> Callable[[str, dict[str, str]], Reply]:
    """Play DataV with the given counties: moved to GCJ-02 without saying so, 大柴旦 under its other code."""

    def move(points: Any) -> Any:
        return np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1]))

    shifted = counties.assign(geometry=shapely.transform(counties.geometry.to_numpy(), move))

    def feature(outline: Any, code: str, **properties: Any) -> dict[str, Any]:
        said = {"adcode": int(code)} | properties
        return {"type": "Feature", "properties": said, "geometry": shapely.geometry.mapping(outline)}

    def county(code: str) -> dict[str, Any]:
        row: Any = shifted.loc[code]
        centre = [float(value[0]) for value in wgs84_to_gcj02([row["label_lon"]], [row["label_lat"]])]
        served = {"632857": "632825"}.get(code, code)
        return feature(row["geometry"], served, name=row["name"], level="district", center=centre, childrenNum=0)

    def answer(path: str, _: dict[str, str]) -> Reply:
        word = path.removeprefix("/areas_v3/bound/").removesuffix(".json")
        code = word.removesuffix("_full")
        if not word.endswith("_full"):
            ours = {"632825": "632857"}.get(code, code)
            features = [county(ours)] if ours in shifted.index else []
        elif code.endswith("0000"):
            inside = shifted[shifted["province_adcode"] == code]
            features = [
                feature(
                    rows.geometry.union_all(),
                    str(over),
                    name=rows["prefecture"].iloc[0],
                    level="city",
                    childrenNum=len(rows),
                )
                for over, rows in inside.groupby("prefecture_adcode")
            ]
        else:
            features = [county(str(c)) for c in shifted.index[shifted["prefecture_adcode"] == code]]
        if not features:
            return Reply(b"<html>NoSuchKey</html>", status=404)
        return as_json({"type": "FeatureCollection", "features": features})

    return answer

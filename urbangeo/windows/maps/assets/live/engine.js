/* The engine: open what was packed, solve for centres and changed roads, read areas, counties and people at any time. */
(function (live) {
  "use strict";

  const LEAST_SHARE = 1e-4, WHOLE = 1e-6, KEPT = 8;

  function open(packed) {
    if (packed.format !== 1) { throw new Error("This live circle was packed in format " + packed.format + "; expected 1."); }
    const counties = packed.counties ? readCounties(packed.counties) : null;
    const engine = {
      limit: packed.limit_min, cell_m: packed.cell_m, kind: packed.network_kind, marks: packed.marks, source: packed.source,
      reason: packed.reason, start: packed.start, direction: packed.direction, rule: packed.rule, rules: packed.rules,
      members: packed.counties ? packed.counties.adcodes : []
    };
    return packed.source === "surface" ? openSurfaces(engine, packed, counties) : openGraph(engine, packed, counties);
  }

  function readCounties(packed) {
    const arcs = live.lines(packed.arcs);
    const rings = packed.units.map(function (unit) {
      return unit.map(function (ring) {
        const out = [];
        ring.forEach(function (number) {
          const arc = arcs[number < 0 ? -number - 1 : number], size = arc.length / 2;
          // The last point of an arc is the first of the next.
          for (let i = 0; i + 1 < size; i += 1) {
            const j = number < 0 ? size - 1 - i : i;
            out.push(arc[2 * j], arc[2 * j + 1]);
          }
        });
        return Float64Array.from(out);
      });
    });
    const all = [Infinity, Infinity, -Infinity, -Infinity];
    const boxes = rings.map(function (list) {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      list.forEach(function (ring) {
        const one = live.boxOf(ring);
        [0, 1].forEach(function (side) {
          box[side] = Math.min(box[side], one[side]);
          box[side + 2] = Math.max(box[side + 2], one[side + 2]);
          all[side] = Math.min(all[side], one[side]);
          all[side + 2] = Math.max(all[side + 2], one[side + 2]);
        });
      });
      return box;
    });
    const lattice = live.latticeOf(all), burnt = [], landOf = new Map();
    return {
      codes: packed.adcodes, residents: packed.residents, centroids: packed.centroids, lattice: lattice, landOf: landOf, count: rings.length, boxes: boxes,
      // Counties are laid over the cells when they are first needed.
      burn: function (member) {
        if (!burnt[member]) {
          const made = burnt[member] = live.burn(rings[member], lattice);
          made.cells.forEach(function (cell, i) { landOf.set(cell, (landOf.get(cell) || 0) + made.parts[i]); });
        }
        return burnt[member];
      }
    };
  }

  function readLand(packed) {
    return packed ? live.lines(packed).map(function (points) { return { points: points, box: live.boxOf(points) }; }) : null;
  }

  function openGraph(engine, packed, counties) {
    const roads = live.readRoads(packed.graph), land = readLand(packed.land), wide = readLand(packed.wide_land);
    const access = packed.access, limitMs = Math.round(packed.limit_min * 60000), bound = live.boundOf(limitMs, access, packed.cell_m);
    const beyond = limitMs + Math.round(3 * packed.cell_m * access.ms_per_m);
    const plain = live.buildGraph(roads, {});
    let changed = { key: "{}", graph: plain };

    engine.access = access;
    engine.routes = packed.roads.names.map(function (name, route) { return { id: route, name: name, roads: [] }; });
    engine.roads = packed.roads.route.map(function (route, id) {
      const kind = packed.roads.classes[packed.roads["class"][id]];
      if (route >= 0) { engine.routes[route].roads.push(id); }
      return {
        id: id, name: route < 0 ? "" : packed.roads.names[route], route: route, kmh: packed.roads.kmh[id],
        most: packed.roads.most_kmh ? packed.roads.most_kmh[id] : packed.roads.kmh[id], "class": kind, rail: packed.roads.rail.indexOf(kind) >= 0,
        path: pathOf(roads.points[packed.roads.piece[id]])
      };
    });

    function graphOf(changes) {
      const kept = {};
      Object.keys(changes || {}).sort(function (a, b) { return a - b; }).forEach(function (id) {
        const change = changes[id], speed = change && change.kmh;
        if (!engine.roads[id] || !(change && change.off || speed > 0 && speed < Infinity)) {
          throw new Error("Change of road " + id + ": expected {off: true} or {kmh: a positive number} for a road of engine.roads.");
        }
        kept[id] = change.off ? { off: true } : { kmh: speed };
      });
      const key = JSON.stringify(kept);
      if (key !== changed.key) { changed = { key: key, graph: key === "{}" ? plain : live.buildGraph(roads, kept) }; }
      return changed.graph;
    }

    function fieldsOf(graph, starts, direction) {
      const lon = starts.reduce(function (sum, one) { return sum + one.lon; }, 0) / starts.length;
      const lat = starts.reduce(function (sum, one) { return sum + one.lat; }, 0) / starts.length;
      const map = live.mapRound(Number(lon.toFixed(6)), Number(lat.toFixed(6)));
      const times = live.search(graph, live.sourcesOf(roads, graph, starts, direction), direction);
      const pieces = live.piecesOf(roads, graph, starts, times, direction, beyond, map);
      return live.islands(pieces, access, bound, packed.cell_m).map(function (part) {
        return { grid: live.gridRound(part, access, bound, packed.cell_m), map: map, pieces: part };
      });
    }

    engine.solve = function (asked) {
      const direction = asked.direction || engine.direction, faults = [], starts = [];
      if (direction !== "from" && direction !== "to") { throw new Error("direction " + direction + ": expected \"from\" or \"to\"."); }
      const graph = graphOf(asked.changes);
      const snapped = asked.centres.map(function (at, centre) {
        const lat = Number(at[0]), lon = Number(at[1]);
        if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)) { faults.push({ centre: centre, code: "no_place", metres: null }); return null; }
        const start = live.snap(roads, graph, lon, lat, access);
        if (!(start.metres <= access.max_m)) { faults.push({ centre: centre, code: "too_far", metres: start.metres }); return null; }
        starts.push(start);
        return { centre: centre, at: [start.road.y, start.road.x], metres: start.metres, minutes: start.spent / 60000, at_sea: Boolean(land && !live.within(land, lon, lat)) };
      }).filter(Boolean);
      const fields = groups(starts, function (some) { return fieldsOf(graph, some, direction); }).map(function (made) {
        const sea = wide ? live.seaCells(wide, made.grid, made.map) : null;
        const field = live.fillField(made.pieces, made.grid, access, bound, sea);
        const grid = made.grid;
        field.back = live.backTable(made.map, grid.west, grid.north - grid.cell * (grid.rows - 1), grid.west + grid.cell * (grid.columns - 1), grid.north);
        return field;
      });
      const times = live.search(graph, live.sourcesOf(roads, graph, starts, direction), direction);
      const seats = (packed.seats || []).map(function (node) {
        const time = node < 0 ? live.NEVER : Math.min(times[2 * node], times[2 * node + 1]);
        return time > 86400000 ? null : time / 60000;
      });
      return resultOf(engine, { fields: fields, seats: seats, counties: counties, land: land, faults: faults, snapped: snapped });
    };
    return engine;
  }

  function pathOf(points) {
    const out = [];
    for (let i = 0; i < points.length; i += 2) { out.push([points[i + 1], points[i]]); }
    return out;
  }

  // Centres whose circles may meet share one surface; others get one each, or the sea of cells between them would be made.
  function groups(starts, make) {
    let parts = starts.map(function (start) {
      const made = make([start]);
      return { starts: [start], made: made, boxes: made.map(boxOfField) };
    });
    for (let i = 0; i < parts.length; i += 1) {
      for (let j = i + 1; j < parts.length; j += 1) {
        if (parts[i].boxes.some(function (one) { return parts[j].boxes.some(function (other) { return live.meet(one, other); }); })) {
          const both = parts[i].starts.concat(parts[j].starts), made = make(both);
          parts = parts.filter(function (part, k) { return k !== i && k !== j; });
          parts.push({ starts: both, made: made, boxes: made.map(boxOfField) });
          i = -1;
          break;
        }
      }
    }
    return [].concat.apply([], parts.map(function (part) { return part.made; }));
  }

  function boxOfField(made) {
    const grid = made.grid, east = grid.west + grid.cell * grid.columns, south = grid.north - grid.cell * grid.rows, ring = [];
    for (let i = 0; i <= 8; i += 1) {
      [[grid.west + (east - grid.west) * i / 8, south], [grid.west + (east - grid.west) * i / 8, grid.north], [grid.west, south + (grid.north - south) * i / 8], [east, south + (grid.north - south) * i / 8]]
        .forEach(function (corner) {
          const at = made.map.back(corner[0], corner[1]);
          ring.push(at.x, at.y);
        });
    }
    return live.boxOf(ring);
  }

  function resultOf(engine, known) {
    const kept = new Map();

    // Rings of degrees, cut at the shore, and the cells they cover; the last few times asked for are remembered.
    function shapeAt(minutes) {
      if (!(minutes > 0 && minutes <= engine.limit)) { throw new Error("minutes=" + minutes + ": expected above 0 and up to " + engine.limit + "."); }
      if (!kept.has(minutes)) {
        if (kept.size >= KEPT) { kept["delete"](kept.keys().next().value); }
        let rings = [];
        known.fields.forEach(function (field) {
          live.ringsOf(field, minutes).forEach(function (ring) {
            for (let i = 0; i < ring.length; i += 2) {
              const at = field.back(ring[i], ring[i + 1]);
              ring[i] = at.x;
              ring[i + 1] = at.y;
            }
            rings.push(ring);
          });
        });
        if (known.land) { rings = live.cutAtShore(rings, known.land); }
        kept.set(minutes, { rings: rings, cover: undefined });
      }
      return kept.get(minutes);
    }

    function sharesAt(minutes) {
      const shape = shapeAt(minutes), counties = known.counties;
      if (!shape.shares) {
        const cover = shape.rings.length ? live.cover(shape.rings, counties.lattice) : null, near = [];
        for (let member = 0; cover && member < counties.count; member += 1) {
          if (live.meet(counties.boxes[member], cover.box)) { near.push([member, counties.burn(member)]); }
        }
        shape.shares = new Float64Array(counties.count);
        near.forEach(function (one) {
          const share = live.weigh(one[1], cover, counties.lattice, counties.landOf);
          shape.shares[one[0]] = share > 1 - WHOLE ? 1 : share;
        });
      }
      return shape.shares;
    }

    function verdictOf(rule, least, share, seat, minutes, member) {
      if (rule === "seat") { return seat === null ? null : seat <= minutes; }
      if (rule === "centroid") { return live.within(shapeAt(minutes).rings, known.counties.centroids[member][0], known.counties.centroids[member][1]); }
      if (rule === "people" && known.counties.residents[member] === null) { return null; }
      return share >= least;
    }

    const result = {
      faults: known.faults, snapped: known.snapped,
      rings: function (minutes) { return shapeAt(minutes).rings.map(pathOf); },
      counties: function (minutes, options) {
        if (!known.counties) { return []; }
        const rule = options && options.rule || engine.rule, words = engine.rules[rule], least = options && options.share || 0.5, out = [];
        if (!words) { throw new Error("rule " + rule + ": expected one of " + Object.keys(engine.rules).join(", ") + "."); }
        const shares = sharesAt(minutes);
        for (let member = 0; member < shares.length; member += 1) {
          const seat = known.seats.length ? known.seats[member] : null, residents = known.counties.residents[member];
          if (!(shares[member] > LEAST_SHARE || seat !== null && seat <= minutes)) { continue; }
          const covered = verdictOf(rule, least, shares[member], seat, minutes, member);
          out.push({
            member: member, adcode: known.counties.codes[member], seat_min: seat, covered: covered, verdict: words[covered === null ? 2 : covered ? 0 : 1],
            share: shares[member], people: residents === null ? null : Math.round(shares[member] * residents)
          });
        }
        return out;
      },
      // People inside; null where the count of a county inside is not known.
      people: function (minutes) {
        return result.counties(minutes).reduce(function (sum, one) { return sum === null || one.people === null ? null : sum + one.people; }, known.counties ? 0 : null);
      },
      curve: function (step) {
        const out = [], every = step || 5;
        for (let minutes = every; minutes < engine.limit; minutes += every) { out.push([minutes, result.people(minutes)]); }
        out.push([engine.limit, result.people(engine.limit)]);
        return out;
      }
    };
    return result;
  }

  // Surfaces made beforehand: any time may be read, but centres and roads stay as they are.
  function openSurfaces(engine, packed, counties) {
    const land = readLand(packed.land);
    engine.roads = [];
    engine.routes = [];
    const fields = packed.surfaces.map(function (one) { return live.readSurface(one); });
    engine.solve = function (asked) {
      const circle = asked && asked.circle || 0, one = packed.surfaces[circle];
      if (!one) { throw new Error("circle " + circle + ": expected 0 to " + (packed.surfaces.length - 1) + "."); }
      return resultOf(engine, { fields: [fields[circle]], seats: one.seats || [], counties: counties, land: land, faults: [], snapped: [] });
    };
    return engine;
  }

  live.open = open;
}(urbangeoLive));

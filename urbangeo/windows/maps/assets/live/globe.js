/* The ellipsoid (GRS80): distances and directions by Vincenty's formulas (Survey Review 23, 1975, 88-93), good to a
   tenth of a millimetre at the distances of a circle, and from them the azimuthal equidistant map round a centre. */
(function (live) {
  "use strict";

  const A = 6378137.0, F = 1 / 298.257222101, B = A * (1 - F), TURN = Math.PI / 180;
  const SECOND = (A * A - B * B) / (B * B);

  // East and north of a centre, metres, on the azimuthal equidistant map: distance and direction are true from there.
  function mapRound(lon0, lat0) {
    const u1 = Math.atan((1 - F) * Math.tan(lat0 * TURN)), sinU1 = Math.sin(u1), cosU1 = Math.cos(u1);
    const at = { x: 0, y: 0 };

    function forward(lon, lat) {
      const l = (lon - lon0) * TURN, tanU2 = (1 - F) * Math.tan(lat * TURN);
      const cosU2 = 1 / Math.sqrt(1 + tanU2 * tanU2), sinU2 = tanU2 * cosU2;
      if (lon === lon0 && lat === lat0) { at.x = at.y = 0; return at; }
      let lambda = l, sinS = 0, cosS = 1, sigma = 0, cos2a = 0, cos2m = 0, sinL = 0, cosL = 1;
      for (let turn = 0; turn < 60; turn += 1) {
        sinL = Math.sin(lambda);
        cosL = Math.cos(lambda);
        const p = cosU2 * sinL, q = cosU1 * sinU2 - sinU1 * cosU2 * cosL;
        sinS = Math.sqrt(p * p + q * q);
        if (sinS === 0) { at.x = at.y = 0; return at; }
        cosS = sinU1 * sinU2 + cosU1 * cosU2 * cosL;
        sigma = Math.atan2(sinS, cosS);
        const sinA = cosU1 * cosU2 * sinL / sinS;
        cos2a = 1 - sinA * sinA;
        cos2m = cos2a > 1e-12 ? cosS - 2 * sinU1 * sinU2 / cos2a : 0;
        const c = F / 16 * cos2a * (4 + F * (4 - 3 * cos2a)), before = lambda;
        lambda = l + (1 - c) * F * sinA * (sigma + c * sinS * (cos2m + c * cosS * (2 * cos2m * cos2m - 1)));
        if (Math.abs(lambda - before) < 1e-12) { break; }
      }
      const uu = cos2a * SECOND, big = 1 + uu / 16384 * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
      const small = uu / 1024 * (256 + uu * (-128 + uu * (74 - 47 * uu))), m2 = cos2m * cos2m;
      const ds = small * sinS * (cos2m + small / 4 * (cosS * (2 * m2 - 1)
        - small / 6 * cos2m * (4 * sinS * sinS - 3) * (4 * m2 - 3)));
      const s = B * big * (sigma - ds);
      const p = cosU2 * sinL, q = cosU1 * sinU2 - sinU1 * cosU2 * cosL, r = Math.sqrt(p * p + q * q);
      at.x = s * p / r;
      at.y = s * q / r;
      return at;
    }

    function back(x, y) {
      const s = Math.sqrt(x * x + y * y);
      if (s === 0) { at.x = lon0; at.y = lat0; return at; }
      const sin1 = x / s, cos1 = y / s, sigma1 = Math.atan2(sinU1 / cosU1, cos1);
      const sinA = cosU1 * sin1, cos2a = 1 - sinA * sinA, uu = cos2a * SECOND;
      const big = 1 + uu / 16384 * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
      const small = uu / 1024 * (256 + uu * (-128 + uu * (74 - 47 * uu)));
      let sigma = s / (B * big), cos2m = 0, sinS = 0, cosS = 1;
      for (let turn = 0; turn < 60; turn += 1) {
        cos2m = Math.cos(2 * sigma1 + sigma);
        sinS = Math.sin(sigma);
        cosS = Math.cos(sigma);
        const m2 = cos2m * cos2m, before = sigma;
        sigma = s / (B * big) + small * sinS * (cos2m + small / 4 * (cosS * (2 * m2 - 1)
          - small / 6 * cos2m * (4 * sinS * sinS - 3) * (4 * m2 - 3)));
        if (Math.abs(sigma - before) < 1e-13) { break; }
      }
      const t = sinU1 * sinS - cosU1 * cosS * cos1;
      const lat = Math.atan2(sinU1 * cosS + cosU1 * sinS * cos1, (1 - F) * Math.sqrt(sinA * sinA + t * t));
      const lambda = Math.atan2(sinS * sin1, cosU1 * cosS - sinU1 * sinS * cos1);
      const c = F / 16 * cos2a * (4 + F * (4 - 3 * cos2a));
      const l = lambda - (1 - c) * F * sinA * (sigma + c * sinS * (cos2m + c * cosS * (2 * cos2m * cos2m - 1)));
      at.x = lon0 + l / TURN;
      at.y = lat / TURN;
      return at;
    }

    return { lon: lon0, lat: lat0, forward: forward, back: back };
  }

  // The way back for many points: cubic between values some kilometres apart, good to a millimetre.
  function backTable(map, west, south, east, north) {
    const step = 8000, columns = Math.max(Math.ceil((east - west) / step), 1) + 3;
    const rows = Math.max(Math.ceil((north - south) / step), 1) + 3, values = new Float64Array(2 * rows * columns);
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) {
        const at = map.back(west + step * (c - 1), south + step * (r - 1));
        values[2 * (r * columns + c)] = at.x;
        values[2 * (r * columns + c) + 1] = at.y;
      }
    }
    const out = { x: 0, y: 0 }, wa = new Float64Array(4), wb = new Float64Array(4);
    function weigh(f, w) {
      w[0] = -f * (f - 1) * (f - 2) / 6;
      w[1] = (f * f - 1) * (f - 2) / 2;
      w[2] = -f * (f + 1) * (f - 2) / 2;
      w[3] = f * (f * f - 1) / 6;
    }
    return function (x, y) {
      const column = (x - west) / step, row = (y - south) / step;
      const c = Math.min(Math.max(Math.floor(column), 0), columns - 4);
      const r = Math.min(Math.max(Math.floor(row), 0), rows - 4);
      weigh(column - c, wa);
      weigh(row - r, wb);
      out.x = out.y = 0;
      for (let i = 0; i < 4; i += 1) {
        let place = 2 * ((r + i) * columns + c);
        for (let j = 0; j < 4; j += 1, place += 2) {
          const weight = wb[i] * wa[j];
          out.x += weight * values[place];
          out.y += weight * values[place + 1];
        }
      }
      return out;
    };
  }

  live.mapRound = mapRound;
  live.backTable = backTable;
}(urbangeoLive));

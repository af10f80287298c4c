/* The live circle, computed in the page: no document, no map, no network. This part reads packed numbers: base64 of
   little-endian integers, or of differences in seven-bit groups, zigzag. */
var urbangeoLive = {};
(function (live) {
  "use strict";

  const VALUES = new Uint8Array(128);
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".split("").forEach(function (letter, value) {
    VALUES[letter.charCodeAt(0)] = value;
  });

  function bytes(text) {
    const length = text.length, padding = length && text[length - 1] === "=" ? (text[length - 2] === "=" ? 2 : 1) : 0;
    const out = new Uint8Array(length / 4 * 3 - padding);
    for (let i = 0, j = 0; i < length; i += 4) {
      const four = VALUES[text.charCodeAt(i)] << 18 | VALUES[text.charCodeAt(i + 1)] << 12
        | VALUES[text.charCodeAt(i + 2)] << 6 | VALUES[text.charCodeAt(i + 3)];
      out[j++] = four >> 16;
      if (j < out.length) { out[j++] = four >> 8; }
      if (j < out.length) { out[j++] = four; }
    }
    return out;
  }

  // Whole numbers as differences to the one before, `lanes` of them running side by side.
  function integers(text, lanes) {
    const coded = bytes(text), out = [], last = new Float64Array(lanes || 1);
    let lane = 0, value = 0, weight = 1;
    for (let i = 0; i < coded.length; i += 1) {
      value += (coded[i] & 127) * weight;
      weight *= 128;
      if (coded[i] < 128) {
        last[lane] += value % 2 ? -(value + 1) / 2 : value / 2;
        out.push(last[lane]);
        lane = (lane + 1) % last.length;
        value = 0;
        weight = 1;
      }
    }
    return Float64Array.from(out);
  }

  function bits(text, count) {
    const packed = bytes(text), out = new Uint8Array(count);
    for (let i = 0; i < count; i += 1) { out[i] = packed[i >> 3] >> (i & 7) & 1; }
    return out;
  }

  // Lines or rings of degrees: how many points each has, and all points.
  function lines(packed) {
    const counts = integers(packed.counts, 1), flat = integers(packed.points, 2), out = [];
    let place = 0;
    for (let i = 0; i < counts.length; i += 1) {
      const line = new Float64Array(2 * counts[i]);
      for (let j = 0; j < line.length; j += 1) { line[j] = flat[place++] / packed.scale; }
      out.push(line);
    }
    return out;
  }

  live.bytes = bytes;
  live.integers = integers;
  live.bits = bits;
  live.lines = lines;
}(urbangeoLive));

/* A travel-time surface packed by Python: whole quanta of minutes, each as its difference to what the three cells before
   it foretell (west + north − north-west), runs of nothing shortened. */
(function (live) {
  "use strict";

  function readSurface(packed) {
    const rows = packed.rows, columns = packed.columns, coded = live.bytes(packed.steps), quanta = new Int32Array(rows * columns);
    let place = 0, i = 0;
    function next() {
      let value = 0, weight = 1;
      for (;;) {
        const one = coded[i++];
        value += (one & 127) * weight;
        if (one < 128) { return value; }
        weight *= 128;
      }
    }
    // By turns: how many cells are not reached, how many are, and the steps of these. 0 stands for not reached.
    while (place < quanta.length) {
      place += next();
      for (let many = next(); many > 0; many -= 1, place += 1) {
        const c = place % columns, west = c ? quanta[place - 1] : 0, north = place >= columns ? quanta[place - columns] : 0;
        const corner = c && place >= columns ? quanta[place - columns - 1] : 0, step = next();
        const guess = west && north && corner ? west + north - corner : west || north || 0;
        quanta[place] = guess + (step % 2 ? -(step + 1) / 2 : step / 2);
      }
    }
    const minutes = new Float32Array(rows * columns);
    for (let n = 0; n < minutes.length; n += 1) { minutes[n] = quanta[n] ? (quanta[n] - 1) * packed.quantum_min : NaN; }
    const grid = { west: packed.west, north: packed.north, cell: packed.cell_m, rows: rows, columns: columns };
    const map = live.mapRound(packed.lon, packed.lat);
    const back = live.backTable(map, grid.west, grid.north - grid.cell * (rows - 1), grid.west + grid.cell * (columns - 1), grid.north);
    return { grid: grid, minutes: minutes, rim: null, back: back };
  }

  live.readSurface = readSurface;
}(urbangeoLive));

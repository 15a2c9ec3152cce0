// The county as one coverage: grids with shared borders, worked out once from one GeoJSON.
// Neighbours hold identical numbers, so a border is found by equal vertices, never by distance.

const WORLD = 256; // size of the Web Mercator world at zoom 0, in pixels

export function worldX(lon) {
  return ((lon + 180) / 360) * WORLD;
}

export function worldY(lat) {
  const angle = (lat * Math.PI) / 180;
  return (0.5 - Math.log(Math.tan(Math.PI / 4 + angle / 2)) / (2 * Math.PI)) * WORLD;
}

export const CODE_LENGTHS = { county: 6, township: 9, community: 12, grid: 15 };

/** Border classes, from the thin to the strong. */
export const BORDER = { grid: 1, community: 2, township: 3, county: 4 };

export class Coverage {
  constructor(collection) {
    this.take(collection.features.map(readGrid));
  }

  take(grids) {
    this.grids = grids.sort((a, b) => (a.code < b.code ? -1 : 1));
    this.byCode = new Map(this.grids.map((grid) => [grid.code, grid]));
    this.arcs = findArcs(this.grids);
    this.boxes = collectBoxes(this.grids);
  }

  /** A coverage with some grids put in the place of others, and some gone; the rest is shared. */
  changed(features, gone) {
    const grids = new Map(this.byCode);
    for (const code of gone) grids.delete(code);
    for (const grid of features.map(readGrid)) grids.set(grid.code, grid);
    const fresh = Object.create(Coverage.prototype);
    fresh.take([...grids.values()]);
    return fresh;
  }

  /** The grid under a point (degrees), for pointing and clicking; who owns a report the service says. */
  gridAt(lon, lat) {
    return this.gridAtWorld(worldX(lon), worldY(lat));
  }

  gridAtWorld(x, y) {
    return this.grids.find((grid) => inBox(grid.box, x, y) && covers(grid.rings, x, y)) ?? null;
  }

  /** Leaflet corners [[south, west], [north, east]] of an area of any level. */
  cornersOf(code) {
    const box = this.boxes.get(code);
    return box ? [[box.south, box.west], [box.north, box.east]] : null;
  }

  /** The border lines of an area: arcs with the area on exactly one side. */
  outlineOf(code) {
    return this.arcs.filter((arc) => arc.left.startsWith(code) !== arc.right.startsWith(code));
  }
}

function readGrid(feature) {
  const { code, name, kind, parent } = feature.properties;
  const polygons = feature.geometry.type === "Polygon" ? [feature.geometry.coordinates] : feature.geometry.coordinates;
  const rings = polygons.flatMap((polygon) => polygon.map((ring, index) => readRing(ring, index === 0)));
  return { code, name, kind, parent, rings, box: boxOf(rings) };
}

/** One ring in world pixels, outer rings clockwise, so that neighbours cancel when filled together. */
function readRing(ring, outer) {
  let twiceArea = 0;
  for (let i = 0; i + 1 < ring.length; i += 1) {
    twiceArea += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1];
  }
  const points = twiceArea > 0 === outer ? ring : [...ring].reverse();
  const degrees = new Float64Array(points.length * 2);
  const world = new Float64Array(points.length * 2);
  points.forEach(([lon, lat], index) => {
    degrees[2 * index] = lon;
    degrees[2 * index + 1] = lat;
    world[2 * index] = worldX(lon);
    world[2 * index + 1] = worldY(lat);
  });
  return { degrees, world };
}

function boxOf(rings) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity, west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const { degrees, world } of rings) {
    for (let i = 0; i < world.length; i += 2) {
      box.left = Math.min(box.left, world[i]);
      box.right = Math.max(box.right, world[i]);
      box.top = Math.min(box.top, world[i + 1]);
      box.bottom = Math.max(box.bottom, world[i + 1]);
      box.west = Math.min(box.west, degrees[i]);
      box.east = Math.max(box.east, degrees[i]);
      box.south = Math.min(box.south, degrees[i + 1]);
      box.north = Math.max(box.north, degrees[i + 1]);
    }
  }
  return box;
}

function collectBoxes(grids) {
  const boxes = new Map();
  for (const { code, box } of grids) {
    for (const length of Object.values(CODE_LENGTHS)) {
      const area = code.slice(0, length);
      const known = boxes.get(area);
      if (!known) boxes.set(area, { ...box });
      else {
        for (const key of ["left", "top", "west", "south"]) known[key] = Math.min(known[key], box[key]);
        for (const key of ["right", "bottom", "east", "north"]) known[key] = Math.max(known[key], box[key]);
      }
    }
  }
  return boxes;
}

export function inBox(box, x, y) {
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

function covers(rings, x, y) {
  let inside = false;
  for (const { world } of rings) {
    for (let i = 0, j = world.length - 2; i < world.length; j = i, i += 2) {
      const above = world[i + 1] > y;
      if (above !== world[j + 1] > y && x < ((world[j] - world[i]) * (y - world[i + 1])) / (world[j + 1] - world[i + 1]) + world[i]) {
        inside = !inside;
      }
    }
  }
  return inside;
}

/** Split all rings into runs with the same neighbour; each border appears once. */
function findArcs(grids) {
  const ids = vertexIds(grids);
  const owners = new Map();
  const stride = ids.count;
  grids.forEach((grid, index) => {
    for (const ring of ids.rings[index]) {
      for (let i = 0; i + 1 < ring.length; i += 1) owners.set(ring[i] * stride + ring[i + 1], index);
    }
  });
  const arcs = [];
  grids.forEach((grid, index) => {
    ids.rings[index].forEach((ring, ringIndex) => {
      const world = grid.rings[ringIndex].world;
      let start = 0;
      const neighbourAt = (i) => owners.get(ring[i + 1] * stride + ring[i]) ?? -1;
      for (let i = 1; i < ring.length; i += 1) {
        const ends = i + 1 === ring.length || neighbourAt(i) !== neighbourAt(start);
        if (!ends) continue;
        const neighbour = neighbourAt(start);
        if (neighbour < 0 || index < neighbour) {
          arcs.push(makeArc(grid.code, neighbour < 0 ? "" : grids[neighbour].code, world.subarray(2 * start, 2 * i + 2)));
        }
        start = i;
      }
    });
  });
  return arcs;
}

function vertexIds(grids) {
  // Degrees stand on a lattice of 1e-8; differences inside a county fit a double exactly.
  const west = Math.min(...grids.map((grid) => grid.box.west));
  const south = Math.min(...grids.map((grid) => grid.box.south));
  const known = new Map();
  const idOf = (lon, lat) => {
    const key = Math.round((lon - west) * 1e8) * 134_217_728 + Math.round((lat - south) * 1e8);
    const id = known.get(key);
    if (id !== undefined) return id;
    known.set(key, known.size);
    return known.size - 1;
  };
  const rings = grids.map((grid) =>
    grid.rings.map(({ degrees }) => {
      const ring = new Int32Array(degrees.length / 2);
      for (let i = 0; i < ring.length; i += 1) ring[i] = idOf(degrees[2 * i], degrees[2 * i + 1]);
      return ring;
    }),
  );
  return { rings, count: known.size };
}

function makeArc(left, right, points) {
  let border = BORDER.county;
  if (right) {
    if (left.slice(0, 9) !== right.slice(0, 9)) border = BORDER.township;
    else border = left.slice(0, 12) === right.slice(0, 12) ? BORDER.grid : BORDER.community;
  }
  return { left, right, points, border, box: boxOf([{ world: points, degrees: points }]) };
}

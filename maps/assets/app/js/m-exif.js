// Read when and where a photo was taken: making it small throws all of that away.

const EXIF_IFD = 0x8769;
const GPS_IFD = 0x8825;
const TAKEN_AT = 0x9003;
const OFFSET = 0x9011;
const COUNTY_OFFSET = "+08:00";

/** Time and WGS84 place of a JPEG; nulls for what it does not say. */
export function readExif(buffer) {
  try {
    const start = findExif(new DataView(buffer));
    return start ? readBlock(new DataView(buffer, start)) : { at: null, position: null };
  } catch {
    return { at: null, position: null }; // half a block is no block
  }
}

function findExif(view) {
  if (view.getUint16(0) !== 0xffd8) return 0;
  for (let at = 2; at + 10 < view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda) return 0;
    at += 2 + view.getUint16(at + 2);
  }
  return 0;
}

function readBlock(view) {
  const little = view.getUint16(0) === 0x4949;
  const first = readFields(view, view.getUint32(4, little), little);
  const details = first.has(EXIF_IFD) ? readFields(view, first.get(EXIF_IFD)[0], little) : new Map();
  const gps = first.has(GPS_IFD) ? readFields(view, first.get(GPS_IFD)[0], little) : new Map();
  return { at: timeOf(details), position: placeOf(gps) };
}

const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 10: 8 };

function readFields(view, at, little) {
  const fields = new Map();
  const count = view.getUint16(at, little);
  for (let index = 0; index < Math.min(count, 100); index += 1) {
    const entry = at + 2 + index * 12;
    const type = view.getUint16(entry + 2, little);
    const length = view.getUint32(entry + 4, little);
    const bytes = (SIZES[type] ?? 0) * length;
    if (!bytes || bytes > 256) continue;
    const place = bytes > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    fields.set(view.getUint16(entry, little), readValue(view, place, type, length, little));
  }
  return fields;
}

function readValue(view, at, type, length, little) {
  if (type === 2) return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length)).replace(/\0.*$/, "");
  return Array.from({ length }, (_, index) => {
    const place = at + index * SIZES[type];
    if (type === 3) return view.getUint16(place, little);
    if (type === 4) return view.getUint32(place, little);
    if (type === 5) return view.getUint32(place, little) / view.getUint32(place + 4, little);
    if (type === 10) return view.getInt32(place, little) / view.getInt32(place + 4, little);
    return view.getUint8(place);
  });
}

function timeOf(details) {
  const found = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(details.get(TAKEN_AT) ?? "");
  if (!found) return null;
  const offset = /^[+-]\d\d:\d\d$/.test(details.get(OFFSET) ?? "") ? details.get(OFFSET) : COUNTY_OFFSET;
  const text = `${found[1]}-${found[2]}-${found[3]}T${found[4]}${offset}`;
  return Number.isNaN(Date.parse(text)) ? null : text;
}

function placeOf(gps) {
  const lat = degrees(gps.get(2), gps.get(1), "S");
  const lon = degrees(gps.get(4), gps.get(3), "W");
  if (!Number.isFinite(lat) || !Number.isFinite(lon) || (lat === 0 && lon === 0)) return null;
  const error = gps.get(31)?.[0];
  return { lon, lat, crs: "wgs84", accuracy_m: Number.isFinite(error) && error >= 0 ? error : 20 };
}

function degrees(parts, reference, negative) {
  if (!Array.isArray(parts) || parts.length !== 3) return Number.NaN;
  const value = parts[0] + parts[1] / 60 + parts[2] / 3600;
  return reference === negative ? -value : value;
}

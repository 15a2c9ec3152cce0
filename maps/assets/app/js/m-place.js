// Where it is: the phone's own position, one of my grids, a landmark, or a pin on the map.
// A position is asked for when something is entered, and only then: nobody is followed.

import { el, errorBox } from "./dom.js";
import { metres } from "./format.js";
import { boxAround, PlaceField } from "./place-field.js";

const KEY = "wangge.phone.crs";
const PATIENCE_MS = 12_000;
const OLD_MS = 15_000;
const WIDE = ["road", "lane", "hamlet"]; // named, as areas are: a point of them says too much
let lists = 0;

export const CRS_CHOICES = [
  { key: "wgs84", label: "标准定位（WGS84，一般手机）" },
  { key: "gcj02", label: "高德、微信类应用内打开（GCJ-02）" },
];

export function crsOfPhone() {
  try {
    return localStorage.getItem(KEY) === "gcj02" ? "gcj02" : "wgs84";
  } catch {
    return "wgs84";
  }
}

export function setCrsOfPhone(key) {
  try {
    localStorage.setItem(KEY, key);
  } catch {
    // Storage may be switched off; the usual one holds then.
  }
}

/** Why there is no position, in words; null when it can be asked for. */
export function whyNoPosition() {
  if (!window.isSecureContext) return "本页不是 https 地址，浏览器不提供定位。请选网格、地标，或在地图上点出位置；也可请管理员开通 https。";
  if (!("geolocation" in navigator)) return "这个应用不提供定位。请选网格、地标，或在地图上点出位置；也可用手机自带浏览器打开。";
  return null;
}

const REFUSED = {
  1: "没有允许定位。可在手机设置里允许，或选网格、地标、地图上的点。",
  2: "现在定不了位（信号弱）。请到开阔处再试，或选网格、地标、地图上的点。",
  3: "定位太慢，先停了。请再试一次，或选网格、地标、地图上的点。",
};

/** Ask the phone once where it is; rejects with words. */
export function locate() {
  const missing = whyNoPosition();
  if (missing) return Promise.reject(new Error(missing));
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude, crs: crsOfPhone(), accuracy_m: Math.min(5000, Math.max(0, Math.round(coords.accuracy || 0))) }),
      (error) => reject(new Error(REFUSED[error.code] ?? REFUSED[2])),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: OLD_MS },
    );
  });
}

/** What is chosen, in words. */
export function placeText(place) {
  if (!place) return "还没有位置";
  if (place.kind === "fix") return `已定位，误差约${metres(place.position.accuracy_m)}`;
  return place.label;
}

/** What goes into a report for a chosen place. */
export function placeBody(place) {
  if (!place) return {};
  return place.position ? { position: place.position } : { address: place.address };
}

/** Build the choice of a place; tells `onPick` what was chosen. */
export function placeChooser({ start, place, onPick }) {
  const shown = el("p", { class: "m-place-now", role: "status" });
  const trouble = el("p", { class: "notice doubt", hidden: true });
  const more = el("div", { class: "m-place-more" });
  let near = place?.position ?? null;
  const pick = (chosen) => {
    near = chosen.position ?? near;
    shown.textContent = `位置：${placeText(chosen)}`;
    trouble.hidden = true;
    more.replaceChildren();
    onPick(chosen);
  };
  const fix = async () => {
    shown.textContent = "正在定位…";
    try {
      pick({ kind: "fix", position: await locate() });
    } catch (error) {
      shown.textContent = `位置：${placeText(place)}`;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  const buttons = [
    whyNoPosition() ? null : el("button", { type: "button", class: "button", onclick: fix }, "定位"),
    start.own.length ? el("button", { type: "button", class: "button", "aria-label": "我的网格", onclick: () => more.replaceChildren(ownGrids(start, pick)) }, "网格") : null,
    el("button", { type: "button", class: "button", onclick: () => more.replaceChildren(...landmarks(pick, near)) }, "地标"),
    el("button", { type: "button", class: "button", onclick: () => showMap(more, start, pick) }, "地图"),
  ];
  if (place) pick(place);
  else if (whyNoPosition()) {
    shown.textContent = "位置：还没有位置";
    trouble.textContent = whyNoPosition();
    trouble.hidden = false;
  } else fix();
  return el("section", { class: "m-place", "aria-label": "位置" }, shown, trouble, el("div", { class: "m-four" }, buttons), more);
}

function ownGrids(start, pick) {
  return el(
    "ul",
    { class: "m-choices" },
    start.own.map((grid) => el("li", null, el("button", { type: "button", class: "button", "data-grid": grid.code, onclick: () => pick(gridPlace(grid)) }, grid.label))),
  );
}

/** A place that is a whole grid: its name is its address. */
export function gridPlace(grid) {
  return { kind: "grid", label: grid.label, address: grid.label };
}

function landmarks(pick, near) {
  const input = el("input", { class: "input", type: "search", placeholder: "地标、小区、村名，可用拼音首字母", maxlength: 60, "aria-label": "地标、小区、村名", enterkeyhint: "search", spellcheck: "false" });
  const found = el("ul", { class: "m-choices", id: `m-landmarks-${(lists += 1)}`, "aria-label": "地标、小区、村名", hidden: true });
  new PlaceField(input, found, { bbox: () => boxAround(near), none: "没有找到，换一个写法试试", first: true, stays: true, onPick: (item) => pick(landmarkPlace(item)) });
  queueMicrotask(() => input.focus());
  return [input, found];
}

function landmarkPlace(item) {
  // An area is named, not pointed at: its middle is no place where anything happened.
  if (item.bbox || WIDE.includes(item.kind)) return { kind: "landmark", label: item.name, address: item.text };
  const [lon, lat] = item.center;
  return { kind: "landmark", label: `${item.name}附近`, position: { lon, lat, crs: "cgcs2000", accuracy_m: 50 } };
}

async function showMap(target, start, pick) {
  target.replaceChildren(el("p", { role: "status" }, "正在打开地图…"));
  try {
    const { openMap } = await import("./m-map.js");
    await openMap(target, start, { onPoint: ({ lng, lat }) => pick({ kind: "pin", label: "地图上的点", position: { lon: Number(lng.toFixed(8)), lat: Number(lat.toFixed(8)), crs: "cgcs2000", accuracy_m: 10 } }) });
  } catch (error) {
    target.replaceChildren(errorBox(error));
  }
}

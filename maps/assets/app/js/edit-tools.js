// The tools of the editor: what a click picks, what is drawn, and which operation comes of it.
/* global L */

import { cornersOf, nearestBorder } from "./edit-borders.js";
import { lonLat } from "./edit-pen.js";
import { ADVICE } from "./edit-words.js";
import { token } from "./theme.js";

const BORDER_REACH_PX = 10;

/** In the order of the palette; a further operation is a further row. */
export const TOOLS = [
  { name: "select", label: "查看网格", hotkey: "v", hint: () => "点一个网格，查看它的情况。" },
  {
    name: "move_node",
    label: "移动界点",
    hotkey: "n",
    hint: ({ chosen }) => (chosen ? "拖动圆点移动界点，两侧网格一起变；也可用 Tab 选点，方向键移动，回车确定。" : "点一个网格，显示它的界点。"),
  },
  {
    name: "reshape",
    label: "调整界线",
    hotkey: "r",
    hint: ({ picked }) => (picked.length === 2 ? "画出新的界线：从现有界线或外边画起，到现有界线或外边结束；双击或回车完成。" : picked.length === 1 ? "再点相邻的另一个网格。" : "点两个网格之间的界线，或依次点两个相邻网格。"),
  },
  {
    name: "split",
    label: "拆分网格",
    hotkey: "s",
    hint: ({ chosen }) => (chosen ? "从网格外画起，穿过网格，到网格外结束；双击或回车完成。" : "点要拆分的网格。"),
  },
  { name: "merge", label: "合并网格", hotkey: "m", hint: ({ picked }) => (picked.length < 2 ? "依次点要合并的相邻网格。" : "选好保留的编码后，点“合并”。") },
  {
    name: "transfer",
    label: "划转区域",
    hotkey: "t",
    hint: ({ chosen }) => (chosen ? "圈出要划给它的区域；点回起点或按回车完成。" : "先点接收区域的网格。"),
  },
];

export class Tools {
  constructor(editor) {
    this.editor = editor;
    this.name = "select";
    this.chosen = null;
    this.picked = [];
    this.pending = null;
    this.drawn = L.layerGroup().addTo(editor.map);
    this.trouble = L.layerGroup().addTo(editor.map);
  }

  get tool() {
    return TOOLS.find((each) => each.name === this.name);
  }

  /** Take up a tool; the chosen grid is kept where the tool can use it. */
  use(name) {
    if (name !== "select" && !this.editor.mayEdit) return;
    this.name = name;
    this.drop();
    this.picked = [];
    if (name === "merge" && this.chosen) this.picked = [this.chosen];
    if (name === "merge" || name === "reshape") this.chosen = null;
    this.begin();
  }

  /** Put away what is drawn and picked; false when there was nothing. */
  drop() {
    const had = this.editor.pen.active || this.pending || this.picked.length;
    this.editor.pen.stop();
    this.pending = null;
    this.drawn.clearLayers();
    this.trouble.clearLayers();
    this.picked = [];
    return Boolean(had);
  }

  /** Escape: first the stroke, then the choice, then the tool. */
  cancel() {
    if (this.drop()) {
      if (this.name !== "select") this.chosen = null;
    } else if (this.chosen) this.chosen = null;
    else this.name = "select";
    this.begin();
  }

  /** Draw the refused stroke anew, for the same grids. */
  again() {
    const { picked } = this;
    this.drop();
    this.picked = picked;
    this.begin();
  }

  // ---- picking

  click({ lat, lng }) {
    if (this.editor.pen.active) return;
    if (this.pending) {
      this.pointKeeper(lng, lat);
      return;
    }
    const { draft } = this.editor.session;
    const grid = draft?.gridAt(lng, lat);
    if (this.name === "reshape") this.pickBorder(draft, lng, lat, grid);
    else if (this.name === "merge") this.toggle(grid?.code);
    else this.chosen = grid?.code ?? null;
    this.begin();
  }

  /** Which part of a split keeps the code, shown by a click. */
  pointKeeper(lon, lat) {
    const { pending } = this;
    if (pending.keepBy !== "pointed" || pending.sending) return;
    pending.body.keep_at = lonLat(lon, lat);
    this.sketch();
    L.circleMarker([lat, lon], { radius: 8, weight: 3, color: token("--map-select"), interactive: false, pmIgnore: true, snapIgnore: true }).addTo(this.drawn);
    this.editor.showWork();
  }

  choose(code) {
    if (this.pending) return;
    this.editor.pen.stop();
    if (this.name === "merge" || this.name === "reshape") this.toggle(code);
    else this.chosen = code;
    this.begin();
  }

  toggle(code) {
    if (!code) return;
    this.picked = this.picked.includes(code) ? this.picked.filter((each) => each !== code) : [...this.picked, code];
    if (this.name === "reshape") this.picked = this.picked.slice(-2);
  }

  pickBorder(draft, lon, lat, grid) {
    const scale = 2 ** this.editor.map.getZoom();
    const border = draft && !this.picked.length ? nearestBorder(draft.arcs, lon, lat, BORDER_REACH_PX / scale) : null;
    if (border) this.picked = [border.left, border.right];
    else this.toggle(grid?.code);
  }

  /** Make ready for the next stroke of the tool with what is chosen now. */
  begin() {
    const { pen, session, mayEdit } = this.editor;
    const { draft } = session;
    if (this.chosen && !draft?.byCode.has(this.chosen)) this.chosen = null;
    this.picked = this.picked.filter((code) => draft?.byCode.has(code));
    const focus = this.chosen ? [this.chosen] : this.picked;
    const near = new Set(focus.flatMap((code) => session.neighboursOf(code)));
    pen.stickTo([...new Set([...focus, ...near])].map((code) => draft.byCode.get(code)).filter(Boolean));
    if (mayEdit && !this.pending && !pen.active) this.take();
    this.editor.showWork();
  }

  take() {
    const { pen } = this.editor;
    if (this.name === "split" && this.chosen) {
      pen.start("Line", (points) => this.ready({ op: "split", grid: this.chosen, line: line(points) }, points));
    } else if (this.name === "reshape" && this.picked.length === 2) {
      const between = [...this.picked];
      pen.start("Line", (points) => this.send({ op: "reshape", between, line: line(points), ...this.manner() }, points));
    } else if (this.name === "transfer" && this.chosen) {
      const to = this.chosen;
      pen.start("Polygon", (points) => this.send({ op: "transfer", to, area: { type: "Polygon", coordinates: [[...points, points[0]]] }, ...this.manner() }, points));
    }
  }

  manner() {
    return { snap_m: this.editor.pen.snapM, ...(this.editor.mayCross ? { cross_parent: true } : {}) };
  }

  // ---- sending

  /** A drawing that still needs a word: which part keeps the code. */
  ready(body, points) {
    this.pending = { body, points, error: null };
    this.sketch();
    this.editor.showWork();
  }

  merge(keep) {
    return this.send({ op: "merge", grids: [...this.picked].sort(), keep }, null);
  }

  moveNode(from, to) {
    const cross = this.editor.mayCross ? { cross_parent: true } : {};
    return this.send({ op: "move_node", from, to, ...cross }, null);
  }

  send(body, points) {
    this.pending = { body, points, error: null, sending: true };
    this.sketch();
    return this.sendPending();
  }

  /** Send what waits; after a refusal it waits on, to be sent again or given up. */
  async sendPending(more = {}) {
    const { pending, editor } = this;
    Object.assign(pending.body, more);
    Object.assign(pending, { error: null, sending: true });
    this.trouble.clearLayers();
    editor.showWork();
    try {
      await editor.session.operate(pending.body);
      if (this.pending !== pending) return;
      this.pending = null;
      this.drawn.clearLayers();
      this.picked = [];
      if (this.name !== "move_node") this.chosen = null;
      this.begin();
    } catch (error) {
      if (this.pending !== pending) return;
      Object.assign(pending, { error, sending: false });
      this.sketch();
      this.showTrouble(error.problem);
      editor.showWork();
    }
  }

  /** After a conflict: see what the other one did, keep the drawing. */
  async freshen() {
    const { pending, editor } = this;
    try {
      await editor.session.refresh();
      if (pending) pending.seen = true;
    } catch (error) {
      if (pending) pending.error = error;
    }
    editor.showWork();
  }

  sketch() {
    this.drawn.clearLayers();
    const { points, body, error } = this.pending;
    const shape = points ?? (body.op === "move_node" && error ? [body.from, body.to] : null);
    if (!shape) return;
    const make = body.op === "transfer" ? L.polygon : L.polyline;
    make(shape.map(([lon, lat]) => [lat, lon]), { color: token(error ? "--bad" : "--map-select"), weight: 3, dashArray: "8 5", fillOpacity: 0.12, interactive: false, pmIgnore: true, snapIgnore: true }).addTo(this.drawn);
  }

  /** Draw the place of a refusal in red and go there. */
  showTrouble(problem = {}) {
    this.trouble.clearLayers();
    const { geometry } = problem;
    const style = { color: token("--bad"), weight: 4, fillColor: token("--bad"), fillOpacity: 0.25, interactive: false, pmIgnore: true, snapIgnore: true };
    if (geometry) {
      L.geoJSON(geometry, { style, pmIgnore: true, snapIgnore: true, pointToLayer: (_, at) => L.circleMarker(at, { ...style, radius: 12 }) }).addTo(this.trouble);
    }
    const corners = geometry ? cornersOf(geometry) : this.cornersOfGrids(problem.grids);
    if (corners) this.editor.map.fitBounds(corners, { maxZoom: Math.max(16, this.editor.map.getZoom()), padding: [70, 70], animate: true });
  }

  cornersOfGrids(codes = []) {
    const found = codes.flatMap((code) => this.editor.session.draft?.cornersOf(code) ?? []);
    return found.length ? found : null;
  }

  adviceFor(error) {
    return ADVICE[error.problem?.reason] ?? "";
  }
}

function line(points) {
  return { type: "LineString", coordinates: points };
}

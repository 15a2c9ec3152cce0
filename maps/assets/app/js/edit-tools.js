// The tools of the editor: what a click picks, what is drawn, and which operation comes of it.
/* global L */

import { cornersOf, nearestBorder } from "./edit-borders.js";
import { TOOLS } from "./edit-palette.js";
import { lonLat } from "./edit-pen.js";
import { Cancelled } from "./edit-session.js";
import { token } from "./theme.js";

const BORDER_REACH_PX = 10;

// Tools that ask for a community or another area: a click on the map chooses it.
const BY_AREA = { partition: "proposals", replan: "replans" };

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
    if (["merge", "reshape", "partition", "replan"].includes(name)) {
      if (BY_AREA[name]) this.editor[BY_AREA[name]].choose(this.chosen);
      this.chosen = null;
    }
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

  /** Escape: first what is under way, then the stroke, then the choice, then the tool. */
  cancel() {
    const { session, places } = this.editor;
    if (this.pending?.sending) {
      session.cancel();
      return;
    }
    const drawn = this.editor.pen.active || this.pending;
    if (this.drop()) {
      if (this.name !== "select" && this.name !== "assign_places") this.chosen = null;
    } else if (!drawn && this.name === "assign_places" && places.chosen.size) places.toggle([...places.chosen], false);
    else if (this.chosen) this.chosen = null;
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
    else if (BY_AREA[this.name]) this.editor[BY_AREA[this.name]].choose(grid?.code);
    else if (this.name === "assign_places" && this.chosen) return; // beside a building: nothing
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
    else if (BY_AREA[this.name]) this.editor[BY_AREA[this.name]].choose(code);
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
    this.lay();
    this.editor.showWork();
  }

  /** Lay out what a tool shows on the map beside the grids. */
  lay() {
    const { places, replans, mayEdit } = this.editor;
    if (mayEdit && this.name === "assign_places" && this.chosen) places.show(this.chosen);
    else places.hide();
    if (this.name === "replan") replans.paint();
    else replans.hide();
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
      const answer = await editor.session.operate(pending.body);
      if (this.pending !== pending) return;
      this.finish(answer, pending.body);
    } catch (error) {
      if (this.pending !== pending) return;
      if (error instanceof Cancelled) {
        this.drop();
        this.begin();
        editor.frame.flash(error.message);
        return;
      }
      Object.assign(pending, { error, sending: false });
      this.sketch();
      this.showTrouble(error.problem);
      editor.showWork();
    }
  }

  finish(answer, body) {
    const { proposals, replans } = this.editor;
    this.pending = null;
    this.drawn.clearLayers();
    this.picked = [];
    if (answer && body.op === "partition") proposals.keep(answer);
    if (answer && body.op === "replan") replans.clear();
    if (this.name !== "move_node") this.chosen = null;
    this.begin();
    proposals.follow();
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
}

function line(points) {
  return { type: "LineString", coordinates: points };
}

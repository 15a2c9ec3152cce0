// Keep the points of the map in step with the service: one picture of all, then every change.

import { get } from "./api.js";
import { byId } from "./dom.js";
import { EventOrder } from "./event-order.js";
import { LiveState } from "./live.js";
import { openStream } from "./stream.js";

const POINTS_AGAIN_MS = 300_000; // lights change with time alone
const PATIENCE_MS = 1000;
const LOOK_AGAIN_MS = 1000;

export class LiveFeed {
  constructor({ points, ticker, onPoints, onReport, onRevision, onReturn, onBeat }) {
    Object.assign(this, { points, ticker, onPoints, onReport, onRevision, onReturn, onBeat });
    this.live = new LiveState(byId("live"), byId("live-text"));
    this.order = new EventOrder();
    this.begun = null; // the number of the first picture: older events are no news for the ticker
    this.asked = false;
    this.opened = false;
    this.underway = new Set(); // for each picture on its way, what the stream tells meanwhile
    this.timer = 0;
  }

  /** Listen first and ask for all points then, so that nothing falls between the two. */
  start() {
    openStream((kind, data, eventId) => this.hear(kind, data, eventId));
    setTimeout(() => this.asked || this.loadPoints(), PATIENCE_MS); // a stream that does not open
    setInterval(() => this.loadPoints(), POINTS_AGAIN_MS);
    window.addEventListener("online", () => this.open()); // a short gap may leave the stream standing
  }

  hear(kind, data, eventId) {
    if (kind === "lost") {
      this.live.lost();
      return;
    }
    this.live.heard();
    if (kind === "open") this.open();
    if (kind === "report") this.take(data, eventId);
    if (kind === "revision") this.onRevision();
    if (kind === "heartbeat") this.onBeat();
  }

  open() {
    this.loadPoints();
    if (this.opened) this.onReturn();
    this.opened = true;
  }

  async loadPoints() {
    this.asked = true;
    const meanwhile = [];
    this.underway.add(meanwhile);
    try {
      const answer = await get("/v1/overview/points");
      if (this.order.takePicture(answer.event_id)) this.show(answer, meanwhile);
    } catch {
      // The points stay as they are; the live state tells that nothing comes.
    }
    this.underway.delete(meanwhile);
    this.onPoints();
  }

  show(answer, meanwhile) {
    this.begun ??= answer.event_id;
    this.points.replaceAll(answer.items, answer.complete);
    for (const { report, eventId } of meanwhile) {
      if (eventId <= answer.event_id) this.lookAgain();
      else this.points.upsert(report);
    }
  }

  take(report, eventId) {
    const kind = this.order.judge(report.id, eventId);
    if (kind === "known") return;
    if (kind === "news") {
      for (const meanwhile of this.underway) meanwhile.push({ report, eventId });
      if (this.points.upsert(report)) this.points.pulse(report.lat, report.lon);
    } else if (this.order.isSettling()) this.lookAgain();
    if (!(eventId <= this.begun)) this.ticker.add(report);
    this.onReport(report);
  }

  /** Ask for another picture in a moment: the last may have been taken before a change was stored. */
  lookAgain() {
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.loadPoints();
    }, LOOK_AGAIN_MS);
  }
}

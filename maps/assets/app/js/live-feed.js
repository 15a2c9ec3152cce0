// Keep the points of the map in step with the service: one picture of all, then every change.

import { get } from "./api.js";
import { byId } from "./dom.js";
import { LiveState } from "./live.js";
import { openStream } from "./stream.js";

const POINTS_AGAIN_MS = 300_000; // lights change with time alone
const PATIENCE_MS = 1000;

export class LiveFeed {
  constructor({ points, ticker, onPoints, onReport, onRevision }) {
    Object.assign(this, { points, ticker, onPoints, onReport, onRevision });
    this.live = new LiveState(byId("live"), byId("live-text"));
    this.asked = false;
    this.meanwhile = null;
  }

  /** Listen first and ask for all points then, so that nothing falls between the two. */
  start() {
    openStream((kind, data) => this.hear(kind, data));
    setTimeout(() => this.asked || this.loadPoints(), PATIENCE_MS); // a stream that does not open
    setInterval(() => this.loadPoints(), POINTS_AGAIN_MS);
  }

  hear(kind, data) {
    if (kind === "lost") {
      this.live.lost();
      return;
    }
    this.live.heard();
    if (kind === "open") this.loadPoints();
    if (kind === "report") this.take(data);
    if (kind === "revision") this.onRevision();
  }

  async loadPoints() {
    this.asked = true;
    this.meanwhile = []; // what the stream tells while an older picture is on its way
    try {
      const answer = await get("/v1/overview/points");
      this.points.replaceAll(answer.items);
      for (const report of this.meanwhile ?? []) this.points.upsert(report);
      this.meanwhile = null;
    } catch {
      // The points stay as they are; the live state tells that nothing comes.
    }
    this.onPoints();
  }

  take(report) {
    this.meanwhile?.push(report);
    if (this.points.upsert(report)) this.points.pulse(report.lat, report.lon);
    this.ticker.add(report);
    this.onReport(report);
  }
}

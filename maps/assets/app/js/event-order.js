// Which events are news. After a gap the stream repeats what came before it, and a picture of all
// points may already hold what an event tells.

const SETTLING_MS = 30_000; // a number is drawn before its change can be seen, at most this long

export class EventOrder {
  constructor() {
    this.newest = new Map(); // report -> its highest event, kept when the report has ended
    this.picture = { eventId: 0, at: 0 };
  }

  /** Note a picture of all points; false when a newer one is already shown. */
  takePicture(eventId, now = Date.now()) {
    if (eventId < this.picture.eventId) return false;
    this.picture = { eventId: eventId || 0, at: now };
    return true;
  }

  /**
   * Judge an event: "known" when the report was heard of in a later one, "late" when its number
   * is not above the picture's, "news" otherwise. What carries no number counts as news.
   */
  judge(reportId, eventId) {
    if (!(eventId > 0)) return "news";
    if (eventId <= (this.newest.get(reportId) ?? 0)) return "known";
    this.newest.set(reportId, eventId);
    return eventId <= this.picture.eventId ? "late" : "news";
  }

  /** While this holds, a late event may tell what the picture could not see yet. */
  isSettling(now = Date.now()) {
    return now - this.picture.at < SETTLING_MS;
  }
}

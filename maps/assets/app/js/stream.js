// One event stream for all tabs of a browser: it has six connections to a host, and tabs share them.
// The tab that holds the lock listens and passes on; when it closes, the next takes over.

const URL_OF_STREAM = "/v1/stream";
const CHANNEL = "wangge.stream";
const KINDS = ["report", "revision", "heartbeat"];
const RETRY_MS = 4000;

export function openStream(onMessage) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(CHANNEL) : null;
  const tell = (kind, data, eventId) => {
    onMessage(kind, data, eventId);
    channel?.postMessage({ kind, data, eventId });
  };
  if (!channel || !navigator.locks) {
    listen(onMessage); // a plain http address in an intranet has no locks: each tab listens itself
    return;
  }
  channel.onmessage = (event) => onMessage(event.data.kind, event.data.data, event.data.eventId);
  const lead = () => new Promise(() => listen(tell)); // never settles: the lock ends with the tab
  navigator.locks.request(CHANNEL, { ifAvailable: true }, (lock) => {
    if (lock) return lead();
    onMessage("open", null); // another tab listens already
    navigator.locks.request(CHANNEL, lead);
    return null;
  });
}

function listen(tell) {
  const source = new EventSource(URL_OF_STREAM);
  source.addEventListener("open", () => tell("open", null));
  source.addEventListener("error", () => {
    tell("lost", null);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(tell), RETRY_MS);
  });
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      try {
        tell(kind, JSON.parse(event.data), Number(event.lastEventId));
      } catch {
        tell("lost", null); // half a message: wait for the next
      }
    });
  }
}

// The gazetteer: places left, the map in the middle, one place right; what was proposed beside it.

import { get } from "./api.js";
import { byId } from "./dom.js";
import { PlaceCard } from "./places-card.js";
import { bindFiles } from "./places-files.js";
import { PlaceForm } from "./places-form.js";
import { PlaceList } from "./places-list.js";
import { PlacesMap } from "./places-map.js";
import { ProposalList } from "./places-proposals.js";

const mayChange = byId("content").dataset.mayChange === "yes";
const map = new PlacesMap({ onPick: (point) => form.take(point) });
const form = new PlaceForm({ map, onSaved: (place) => changed(place), onCancel: (place) => (place ? card.show(place) : open(null)) });
const card = new PlaceCard({ map, onChanged: (place) => changed(place), onEdit: (place) => form.open(place) });
const list = new PlaceList({ onChoose: (place) => open(place.id) });
const proposals = new ProposalList({ map, mayChange, onShow: () => card.leave(), onPlace: (id) => open(id), onDecided: (place) => place && changed(place) });

/** Show a place by id; the address bar keeps it, so that it can be sent to a colleague. */
async function open(id) {
  byId("nothing").hidden = Boolean(id);
  const wanted = id ? `#place=${encodeURIComponent(id)}` : "";
  if (location.hash !== wanted) history.pushState(null, "", wanted || location.pathname);
  list.mark(id);
  await card.open(id);
}

function changed(place) {
  list.replace(place);
  open(place.id);
}

const tabs = ["places", "proposals", "files"].map((name) => byId(`tab-${name}`)).filter(Boolean);

const NOTHING = {
  "tab-places": "在左边选一个地名，查看它在哪里、还叫什么、谁改过。",
  "tab-proposals": "在左边选一条建议，查看谁在哪件诉求里这样说过。",
  "tab-files": "选好文件先试导入；结果写在左边，导入后在“地名”里查看。",
};

function select(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = !chosen;
  }
  byId("nothing").querySelector("p").textContent = NOTHING[tab.id];
  if (tab.id === "tab-proposals") proposals.load();
}

/** Turn to another tab: what was shown of the one before goes, what is being filled in stays. */
function turnTo(tab) {
  if (tab.getAttribute("aria-selected") === "true") return;
  select(tab);
  if (!byId("place-form")) open(null);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => turnTo(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    next.focus();
    turnTo(next);
  });
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("proposals")) select(byId("tab-proposals"));
  open(given.get("place"));
}

window.addEventListener("popstate", fromAddress);
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}
if (mayChange) {
  byId("new-place").addEventListener("click", () => form.open(null));
  bindFiles({ onImported: () => list.load() });
}

map.load();
list.load();
list.fillAreas();
get("/v1/places/proposals?limit=1").then((page) => proposals.count(page.waiting), () => {});
fromAddress();
document.documentElement.dataset.places = "ready";

// What must outlive the page: entries that wait to be sent, what was last seen, drafts.
// Where the browser keeps nothing (a private window), memory stands in and the page says so.

const NAME = "wangge.phone";
const VERSION = 1;
const STORES = { queue: { keyPath: "seq", autoIncrement: true }, kept: {} };

let opened = null;

function open() {
  opened ??= new Promise((resolve) => {
    let request;
    try {
      request = indexedDB.open(NAME, VERSION);
    } catch {
      resolve(null);
      return;
    }
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
  });
  return opened;
}

const memory = { queue: new Map(), kept: new Map(), seq: 0 };

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Run `work` in one transaction on the queue; resolves when it is on the disk. */
async function onQueue(work) {
  const database = await open();
  if (!database) return work(null);
  const transaction = database.transaction("queue", "readwrite");
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const result = await work(transaction.objectStore("queue"));
  await finished;
  return result;
}

/** Say whether what is put here outlives the page. */
export async function isLasting() {
  return (await open()) !== null;
}

/** Put entries at the end of the queue, all or none; returns them with their numbers. */
export function append(entries) {
  return onQueue(async (store) => {
    const numbered = [];
    for (const entry of entries) {
      const seq = store ? await done(store.add(entry)) : ++memory.seq;
      numbered.push({ ...entry, seq });
      if (!store) memory.queue.set(seq, numbered[numbered.length - 1]);
    }
    return numbered;
  });
}

/** All entries, oldest first. */
export async function entries() {
  const database = await open();
  if (!database) return [...memory.queue.values()];
  return done(database.transaction("queue").objectStore("queue").getAll());
}

/** Put several entries as they now are and take others away, all or none. */
export function settle({ put = [], remove = [] }) {
  return onQueue((store) => {
    for (const entry of put) store ? store.put(entry) : memory.queue.set(entry.seq, entry);
    for (const seq of remove) store ? store.delete(seq) : memory.queue.delete(seq);
  });
}

export async function keep(key, value) {
  const database = await open();
  if (!database) {
    memory.kept.set(key, value);
    return;
  }
  await done(database.transaction("kept", "readwrite").objectStore("kept").put(value, key));
}

export async function kept(key) {
  const database = await open();
  if (!database) return memory.kept.get(key);
  return done(database.transaction("kept").objectStore("kept").get(key));
}

/** Take a lease that only one page holds at a time; it ends by itself when the page dies. */
export async function lease(holder, forMs) {
  const database = await open();
  if (!database) return true;
  const store = database.transaction("kept", "readwrite").objectStore("kept");
  const held = await done(store.get("lease"));
  if (held && held.holder !== holder && held.until > Date.now()) return false;
  await done(store.put({ holder, until: Date.now() + forMs }, "lease"));
  return true;
}

/** Forget what was seen; what waits to be sent stays. */
export async function forget() {
  const database = await open();
  if (!database) {
    memory.kept.clear();
    return;
  }
  await done(database.transaction("kept", "readwrite").objectStore("kept").clear());
}

// What this browser remembers of uploads that are not finished, so that the same files go on where they stopped when
// somebody chooses them again: after a reload, a crash, or a lid that was closed over night.

/** Storage forgets the blocks of a file after a week; an upload in blocks ends before. */
const LIFETIME_MS = 6 * 24 * 60 * 60 * 1000;
/** Bytes at either end of a file that it is told from others by. */
const TOLD_BY = 64 * 1024;

/** The memory of one person: others who use this browser have their own. */
export class Remembered {
  /** Keys that files of this page have. */
  #taken = new Set();

  constructor(person) {
    this.prefix = `darkroom-upload ${person} `;
    for (const [key, task] of this.#all()) {
      if (!(Date.now() - task.begun < LIFETIME_MS)) this.forget(key);
    }
  }

  /** What is remembered of a file, or the beginning of it. A second file that is the same is another upload. */
  async recall(file) {
    const print = `${this.prefix}${file.name}|${file.size}|${file.lastModified}|${await digest(file)}`;
    let key = print;
    for (let copy = 2; this.#taken.has(key); copy += 1) key = `${print}|${copy}`;
    this.#taken.add(key);
    return { key, task: read(key) ?? { id: newId(), begun: Date.now() } };
  }

  keep(key, task) {
    try {
      localStorage.setItem(key, JSON.stringify(task));
    } catch {
      // Full, or not allowed: the upload goes on, and only a reload would begin it again.
    }
  }

  /** The upload has ended: the same file chosen again is a new one. */
  forget(key) {
    this.#taken.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // There is nothing to forget.
    }
  }

  /** How many uploads of earlier pages did not come to their end. */
  unfinished() {
    return this.#all().filter(([key, task]) => !task.image && !this.#taken.has(key)).length;
  }

  forgetOthers() {
    for (const [key] of this.#all()) if (!this.#taken.has(key)) this.forget(key);
  }

  #all() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
      return keys.map((key) => [key, read(key)]).filter(([, task]) => task);
    } catch {
      return [];
    }
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Two files of one name, size and time are still two. Without HTTPS a browser has no digests; then name, size and time have to do. */
async function digest(file) {
  if (!globalThis.crypto?.subtle) return "";
  const ends = new Blob([file.slice(0, TOLD_BY), file.slice(-TOLD_BY)]);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await ends.arrayBuffer()));
  return btoa(String.fromCharCode(...bytes.slice(0, 12)));
}

function newId() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}

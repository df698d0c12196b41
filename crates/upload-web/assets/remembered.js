// Remembers unfinished uploads in this browser. If the user chooses the same files again after a reload, a crash or a
// night with the lid closed, their uploads continue where they stopped.

/** Storage drops the blocks of a file after a week. An upload in blocks expires before that. */
const LIFETIME_MS = 6 * 24 * 60 * 60 * 1000;
/** How many bytes at either end of a file identify it. */
const TOLD_BY = 64 * 1024;

/** The memory of one person. Other people who use this browser have their own. */
export class Remembered {
  /** Keys that files of this page already use. */
  #taken = new Set();

  constructor(person) {
    this.prefix = `darkroom-upload ${person} `;
    for (const [key, task] of this.#all()) {
      if (!(Date.now() - task.begun < LIFETIME_MS)) this.forget(key);
    }
  }

  /** Returns what is remembered of a file, or a new entry, and whether its upload is resumed. A second copy of a file is a separate upload. */
  async recall(file) {
    const print = `${this.prefix}${file.name}|${file.size}|${file.lastModified}|${await digest(file)}`;
    let key = print;
    for (let copy = 2; this.#taken.has(key); copy += 1) key = `${print}|${copy}`;
    this.#taken.add(key);
    const task = read(key);
    return { key, task: task ?? { id: newId(), begun: Date.now() }, resumed: Boolean(task) };
  }

  keep(key, task) {
    try {
      localStorage.setItem(key, JSON.stringify(task));
    } catch {
      // The store is full or not allowed. The upload continues, and only a reload would start it from the beginning.
    }
  }

  /** Forgets an upload that has ended. If the same file is chosen again, it is a new upload. */
  forget(key) {
    this.#taken.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // There is nothing to forget.
    }
  }

  /** How many uploads of earlier pages are unfinished. */
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

/** Files of the same name, size and time can differ in their bytes. Without HTTPS a browser has no digests to tell. */
async function digest(file) {
  if (!globalThis.crypto?.subtle) return "";
  const ends = new Blob([file.slice(0, TOLD_BY), file.slice(-TOLD_BY)]);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await ends.arrayBuffer()));
  return btoa(String.fromCharCode(...bytes.slice(0, 12)));
}

function newId() {
  return crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
}

// Pictures on their way to the server: sent in small batches, again after a lost connection, never more than so many.

const BATCH = 8; // pictures of one request
const MOST = 300; // that wait: a minute without a connection at five a second
const [SHORTEST, LONGEST] = [500, 8000]; // milliseconds before the next try

// Milliseconds to wait after so many failures in a row.
export function pause(failures) {
  return Math.min(LONGEST, SHORTEST * 2 ** (failures - 1));
}

// 24 hexadecimal digits. A picture that is sent twice has one id, so that the server keeps it once.
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// One request: the length of a header (4 bytes, little end first), the header as JSON, the files.
export function packed(category, pictures) {
  const listed = pictures.map(({ id, blob }) => [id, blob.size]);
  const header = new TextEncoder().encode(JSON.stringify({ class: category, pictures: listed }));
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, header.length, true);
  return new Blob([length.buffer, header, ...pictures.map(({ blob }) => blob)]);
}

export class Outbox {
  // send(category, pictures) resolves to "kept", "again" or the sentence of a refusal. changed() is called at each change.
  constructor({ send, changed, refused, sleep = wait }) {
    Object.assign(this, { send, changed, refused, sleep });
    this.waiting = []; // {category, id, blob}
    this.failures = 0;
    this.sent = 0;
    this.running = false;
  }

  get full() {
    return this.waiting.length >= MOST;
  }

  // Whether the picture was taken on.
  add(category, picture) {
    if (this.full) return false;
    this.waiting.push({ category, ...picture });
    this.changed();
    this.run();
    return true;
  }

  // Forget what waits for a class that is gone.
  drop(category) {
    this.waiting = this.waiting.filter((one) => one.category !== category);
  }

  async run() {
    if (this.running) return;
    this.running = true;
    while (this.waiting.length) await this.once();
    this.running = false;
  }

  async once() {
    const { category } = this.waiting[0];
    const batch = this.waiting.filter((one) => one.category === category).slice(0, BATCH);
    const answer = await this.send(category, batch);
    if (answer === "again") {
      this.failures += 1;
      this.changed();
      await this.sleep(pause(this.failures));
      return;
    }
    this.failures = 0;
    if (answer === "kept") this.sent += batch.length;
    else this.refused(answer, batch);
    this.waiting = this.waiting.filter((one) => !batch.includes(one));
    this.changed();
  }
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

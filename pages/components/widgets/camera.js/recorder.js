// The whole of it: camera, classes, and what is on its way to the server.

import { ClassCard } from "./class_card.js";
import { Camera, ofFile, possible, reason } from "./device.js";
import { element, filled } from "./dom.js";
import { newId, Outbox } from "./outbox.js";
import { Server } from "./server.js";
import { STYLE } from "./style.js";

const EVERY = 200; // milliseconds between two pictures
const LOOK = { owner: 1000, other: 3000 }; // milliseconds between two looks at what is on the server

export class Recorder {
  constructor(parent, data) {
    this.texts = data.texts;
    this.owns = !data.key;
    this.most = data.most;
    this.server = new Server(data.key, data.language);
    this.outbox = new Outbox({
      send: (category, pictures) => this.server.send(category, pictures),
      changed: () => this.progress(),
      refused: (sentence, batch) => this.refused(sentence, batch),
    });
    this.cards = new Map(); // class id -> ClassCard
    this.version = "";
    this.told = "";
    this.active = null; // the class that the space bar records
    this.recording = null;
    this.build(parent);
    this.listen();
    this.looking = setInterval(() => this.look(), this.owns ? LOOK.owner : LOOK.other);
    this.look();
  }

  build(parent) {
    this.video = element("video", { muted: true, playsInline: true, "aria-label": this.texts.preview });
    this.camera = new Camera(this.video);
    const on = element("button", { class: "turn-on", type: "button", onclick: () => this.turnOn() }, this.texts.on);
    this.frame = element("div", { class: "frame off" }, this.video, on);
    this.menu = element("select", { "aria-label": this.texts.camera, hidden: true });
    this.menu.addEventListener("change", () => this.turnOn(this.menu.value));
    this.about = element("div", { class: "said wrong", role: "alert" });
    this.sending = element("div", { class: "said", role: "status" });
    this.list = element("div", { class: "classes" });
    const seen = element("div", { class: "seen" }, this.frame, this.menu, this.about, this.sending);
    const right = element("div", { class: "classes" }, this.list, ...(this.owns ? [this.newClass()] : []));
    this.box = element("div", { class: "classroom-gather" }, seen, right);
    parent.append(element("style", {}, STYLE), this.box);
    if (!possible()) {
      on.disabled = true;
      this.about.textContent = this.texts.insecure;
    }
  }

  newClass() {
    const name = element("input", {
      type: "text",
      maxLength: 60,
      placeholder: this.texts.name,
      "aria-label": this.texts.name,
    });
    const add = element("button", { type: "submit" }, this.texts.add);
    const form = element("form", { class: "row new" }, name, add);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (name.value.trim() && (await this.change({ do: "add class", name: name.value }))) name.value = "";
    });
    return form;
  }

  listen() {
    this.key = (event) => {
      if (event.code !== "Space" || event.target !== document.body || !this.active) return;
      event.preventDefault();
      if (event.type === "keydown" && !event.repeat) this.start(this.active);
      if (event.type === "keyup") this.stop();
    };
    this.halt = () => this.stop();
    document.addEventListener("keydown", this.key);
    document.addEventListener("keyup", this.key);
    window.addEventListener("blur", this.halt);
  }

  remove() {
    this.stop();
    this.camera.close();
    clearInterval(this.looking);
    document.removeEventListener("keydown", this.key);
    document.removeEventListener("keyup", this.key);
    window.removeEventListener("blur", this.halt);
    for (const card of this.cards.values()) card.remove();
  }

  // --- the camera --------------------------------------------------------------------------------------------------

  async turnOn(device) {
    try {
      await this.camera.open(device);
      this.about.textContent = "";
      this.frame.className = "frame on";
      this.frame.classList.toggle("mirrored", this.camera.settings.facingMode !== "environment");
      await this.fillMenu();
    } catch (error) {
      this.frame.className = "frame off";
      this.about.textContent = this.texts[reason(error)];
    }
    for (const card of this.cards.values()) card.update();
  }

  async fillMenu() {
    this.menu.replaceChildren(...(await this.camera.options(this.texts.number)));
    this.menu.value = this.camera.settings.deviceId ?? "";
    this.menu.hidden = this.menu.length < 2;
  }

  async start(card) {
    if (this.recording) return;
    this.active = card;
    if (!this.camera.on) await this.turnOn();
    if (!this.camera.on || this.recording) return;
    const timer = setInterval(() => this.take(card), EVERY);
    this.recording = { card, timer };
    this.frame.classList.add("recording");
    card.update();
    this.take(card);
  }

  stop() {
    if (!this.recording) return;
    clearInterval(this.recording.timer);
    const { card } = this.recording;
    this.recording = null;
    this.frame.classList.remove("recording");
    card.update();
    this.look();
  }

  async take(card) {
    if (card.count >= this.most || this.outbox.full) {
      this.about.textContent =
        card.count >= this.most ? filled(this.texts.full, { most: this.most }) : this.texts.behind;
      this.stop();
      return;
    }
    const blob = await this.camera.picture();
    if (blob) this.put(card, blob);
  }

  // --- pictures ----------------------------------------------------------------------------------------------------

  put(card, blob) {
    const picture = { id: newId(), blob };
    if (this.outbox.add(card.id, picture)) card.sent(picture);
  }

  async upload(card, files) {
    let unread = 0;
    for (const file of files) {
      if (card.count >= this.most) {
        this.about.textContent = filled(this.texts.full, { most: this.most });
        break;
      }
      while (this.outbox.full) await new Promise((resolve) => setTimeout(resolve, EVERY));
      try {
        this.put(card, await ofFile(file));
      } catch {
        unread += 1;
      }
    }
    if (unread) this.about.textContent = filled(this.texts.unread, { number: unread });
  }

  refused(sentence, batch) {
    this.about.textContent = sentence;
    for (const { category, id } of batch) this.cards.get(category)?.lost(id);
    this.stop();
  }

  progress() {
    const waiting = this.outbox.waiting.length;
    const text = this.outbox.failures ? this.texts.offline : this.outbox.sent ? this.texts.sent : "";
    this.sending.textContent = filled(text, { sent: this.outbox.sent, waiting });
    if (!waiting) this.look();
  }

  // --- the server --------------------------------------------------------------------------------------------------

  // Whether the server did it.
  async change(values) {
    const refused = await this.server.change(values);
    this.about.textContent = refused ?? this.texts.offline;
    await this.look();
    return refused === "";
  }

  async look() {
    if (document.hidden || this.asking) return;
    this.asking = true;
    const state = await this.server.state(this.version);
    this.asking = false;
    if (state?.refused) this.close(state.refused);
    else if (state) this.draw(state);
    this.report();
  }

  // The link has ended: say so, and record no more.
  close(sentence) {
    this.stop();
    this.outbox.waiting = [];
    this.about.textContent = sentence;
    clearInterval(this.looking);
    for (const card of this.cards.values()) card.remove();
    this.cards.clear();
  }

  draw({ classes, version }) {
    this.version = version;
    const known = new Set(classes.map((one) => one.id));
    for (const [id, card] of this.cards) {
      if (known.has(id)) continue;
      this.outbox.drop(id);
      card.remove();
      this.cards.delete(id);
    }
    classes.forEach((one, place) => {
      if (!this.cards.has(one.id)) this.cards.set(one.id, new ClassCard(this, one));
      const card = this.cards.get(one.id);
      card.receive(one);
      if (this.list.children[place] !== card.box) this.list.insertBefore(card.box, this.list.children[place] ?? null);
    });
    if (!this.active || !known.has(this.active.id)) this.active = this.cards.get(classes[0]?.id) ?? null;
  }

  // Tell Python once nothing moves any more: each time draws a part of the page again.
  report() {
    if (this.recording || this.outbox.waiting.length || this.told === this.version || !this.owns) return;
    this.told = this.version;
    this.tell?.("version", this.version);
  }
}

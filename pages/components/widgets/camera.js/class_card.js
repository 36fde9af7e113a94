// One class: its name, its pictures, and the buttons that add to them.

import { element, filled } from "./dom.js";

const KEPT = 200; // pictures that the page still has, and needn't ask the server for

export class ClassCard {
  constructor(recorder, { id, name }) {
    this.recorder = recorder;
    this.id = id;
    this.count = 0;
    this.onServer = [];
    this.local = new Map(); // id of a picture -> its address in the browser
    this.pending = new Set(); // ids that the server hasn't told of yet
    this.build(name);
  }

  build(name) {
    const { texts, owns } = this.recorder;
    this.name = element("input", {
      type: "text",
      value: name,
      maxLength: 60,
      "aria-label": texts.rename,
      readOnly: !owns,
    });
    this.name.addEventListener("change", () => this.rename());
    this.number = element("span", { class: "count" });
    this.hold = element("button", { class: "hold", type: "button" }, texts.hold);
    this.listenTo(this.hold);
    const input = element("input", { type: "file", accept: "image/*", multiple: true });
    input.addEventListener("change", async () => {
      await this.recorder.upload(this, [...input.files]);
      input.value = "";
    });
    const files = element("label", { class: "files" }, texts.files, input);
    this.pictures = element("div", { class: "pictures" });
    const top = element("div", { class: "row" }, this.name, this.number, ...(owns ? [this.removal()] : []));
    this.box = element(
      "div",
      { class: "class" },
      top,
      element("div", { class: "row" }, this.hold, files),
      this.pictures,
    );
    this.update();
  }

  removal() {
    const { texts } = this.recorder;
    const button = element("button", { class: "small", type: "button" }, texts.remove);
    button.addEventListener("click", () => {
      const sure = !this.total || confirm(filled(texts.sure, { name: this.name.value, number: this.total }));
      if (sure) this.recorder.change({ do: "remove class", class: this.id });
    });
    return button;
  }

  listenTo(button) {
    button.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      button.setPointerCapture(event.pointerId);
      this.recorder.start(this);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      button.addEventListener(end, () => this.recorder.stop());
    button.addEventListener("keydown", (event) => {
      if (![" ", "Enter"].includes(event.key)) return;
      event.preventDefault();
      if (!event.repeat) this.recorder.start(this);
    });
    button.addEventListener("keyup", () => this.recorder.stop());
    button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
  }

  remove() {
    for (const address of this.local.values()) URL.revokeObjectURL(address);
    this.box.remove();
  }

  async rename() {
    const renamed = await this.recorder.change({ do: "rename class", class: this.id, name: this.name.value });
    if (!renamed) this.name.value = this.last;
  }

  // A picture of ours is on its way.
  sent({ id, blob }) {
    if (this.local.size >= KEPT) {
      const [oldest, address] = this.local.entries().next().value;
      URL.revokeObjectURL(address);
      this.local.delete(oldest);
    }
    this.local.set(id, URL.createObjectURL(blob));
    this.pending.add(id);
    this.update();
  }

  lost(id) {
    this.pending.delete(id);
    this.local.delete(id);
    this.update();
  }

  // What the server has.
  receive({ name, count, pictures }) {
    this.last = name;
    if (document.activeElement !== this.name) this.name.value = name;
    this.onServer = pictures ?? [];
    this.total = count;
    const waiting = new Set(this.recorder.outbox.waiting.map((one) => one.id));
    for (const id of this.pending) if (!waiting.has(id)) this.pending.delete(id);
    this.update();
  }

  update() {
    const { texts, most, owns, recording } = this.recorder;
    this.count = (this.total ?? 0) + [...this.pending].filter((id) => !this.onServer.includes(id)).length;
    this.number.textContent = filled(texts.count, { number: this.count, most });
    this.hold.disabled = this.count >= most;
    this.hold.classList.toggle("recording", recording?.card === this);
    this.hold.textContent = recording?.card === this ? texts.recording : texts.hold;
    const shown = owns ? [...new Set([...this.onServer, ...this.pending])] : [...this.local.keys()];
    this.show(shown.reverse());
  }

  // The newest first; what is drawn already stays.
  show(ids) {
    const drawn = new Map([...this.pictures.children].map((one) => [one.dataset.id, one]));
    const wanted = ids.map((id) => drawn.get(id) ?? this.thumbnail(id));
    if (wanted.length !== drawn.size || wanted.some((one, place) => this.pictures.children[place] !== one))
      this.pictures.replaceChildren(...wanted);
  }

  thumbnail(id) {
    const { owns, texts, server } = this.recorder;
    const image = element("img", {
      src: this.local.get(id) ?? server.picture(id),
      alt: "",
      loading: "lazy",
      draggable: false,
    });
    if (!owns) return element("span", { class: "picture", "data-id": id }, image);
    const button = element("button", { class: "picture", type: "button", "data-id": id, title: texts.delete }, image);
    button.setAttribute("aria-label", texts.delete);
    button.addEventListener("click", () => this.recorder.change({ do: "remove picture", picture: id }));
    return button;
  }
}

// The camera, and what the network says of what it sees, several times a second.

import { Camera, possible, reason } from "./device.js";
import { element, filled } from "./dom.js";
import { pause } from "./outbox.js";
import { STYLE } from "./style.js";

const SHORTEST = 60; // milliseconds from one question to the next
const SHOWN = 12; // classes

// The places of the classes that are shown: all in their order, of many the most likely ones.
export function places(shares) {
  const all = shares.map((_share, place) => place);
  if (all.length <= SHOWN) return all;
  return all.sort((one, other) => shares[other] - shares[one]).slice(0, SHOWN);
}

// The most likely class, and the next one.
export function best(shares) {
  return shares.map((_share, place) => place).sort((one, other) => shares[other] - shares[one]);
}

// Answers a second, from the moments in milliseconds at which the last ones came.
export function rate(moments) {
  if (moments.length < 2) return 0;
  return (1000 * (moments.length - 1)) / (moments.at(-1) - moments[0]);
}

export class Live {
  constructor(parent, data) {
    this.receive(data);
    this.moments = [];
    this.failures = 0;
    this.build(parent);
    this.turnOn();
  }

  // Another network may have been chosen.
  receive({ texts, classes, language, run, key, unsure, side }) {
    Object.assign(this, { texts, classes, language, run, key, unsure, side });
    const digits = { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 };
    this.percent = new Intl.NumberFormat(language.replace("_", "-"), digits);
  }

  build(parent) {
    this.video = element("video", { muted: true, playsInline: true, "aria-label": this.texts.preview });
    this.camera = new Camera(this.video, this.side);
    this.heat = element("img", { class: "heat", alt: this.texts.heat, hidden: true });
    this.button = element("button", { class: "turn-on", type: "button", onclick: () => this.turnOn() }, this.texts.on);
    this.frame = element("div", { class: "frame off" }, this.video, this.heat, this.button);
    this.explain = element("input", { type: "checkbox" });
    this.explain.addEventListener("change", () => {
      this.heat.hidden = true;
    });
    const label = element("label", { class: "switch" }, this.explain, this.texts.explain);
    const closer = element("button", { type: "button", onclick: () => this.take() }, this.texts.closer);
    this.menu = element("select", { "aria-label": this.texts.camera, hidden: true });
    this.menu.addEventListener("change", () => this.turnOn(this.menu.value));
    this.about = element("div", { class: "said wrong", role: "alert" });
    this.verdict = element("div", { class: "verdict" });
    this.far = element("div", { class: "said wrong", role: "status" });
    this.bars = element("ul", { class: "bars", "aria-label": this.texts.bars });
    this.speed = element("div", { class: "count" });
    const seen = element("div", { class: "seen" }, this.frame, this.menu, label, closer, this.about);
    const said = element("div", { class: "answer" }, this.verdict, this.bars, this.far, this.speed);
    this.box = element("div", { class: "classroom-gather" }, seen, said);
    parent.append(element("style", {}, STYLE), this.box);
    this.draw(this.classes.map(() => 0));
    this.verdict.textContent = this.texts.waiting;
  }

  async turnOn(device) {
    if (!possible()) {
      this.button.disabled = true;
      this.about.textContent = this.texts.insecure;
      return;
    }
    try {
      await this.camera.open(device);
    } catch (error) {
      this.about.textContent = this.texts[reason(error)];
      return;
    }
    this.about.textContent = "";
    this.frame.className = "frame on";
    this.frame.classList.toggle("mirrored", this.camera.settings.facingMode !== "environment");
    this.menu.replaceChildren(...(await this.camera.options(this.texts.number)));
    this.menu.value = this.camera.settings.deviceId ?? "";
    this.menu.hidden = this.menu.length < 2;
    if (!this.running) this.loop();
  }

  remove() {
    this.running = false;
    this.camera.close();
  }

  // One question at a time, always about the newest picture.
  async loop() {
    this.running = true;
    while (this.running) {
      const began = performance.now();
      if (this.camera.on && !document.hidden) await this.ask(await this.camera.picture());
      const left = this.failures ? pause(this.failures) : SHORTEST - (performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
    }
  }

  async ask(blob) {
    const url = new URL(`live/${this.run}`, document.baseURI);
    url.search = new URLSearchParams({ language: this.language, ...(this.explain.checked ? { explain: "1" } : {}) });
    const headers = this.key ? { "X-Key": this.key } : {};
    try {
      const answer = await fetch(url, { method: "POST", body: blob, headers });
      const said = await answer.json();
      const wait = [429, 502, 503, 504].includes(answer.status);
      this.failures = answer.ok ? 0 : this.failures + 1;
      this.about.textContent = answer.ok || wait ? "" : said.error;
      if (answer.ok) this.show(said);
    } catch {
      this.failures += 1;
      this.about.textContent = this.texts.offline;
    }
  }

  show({ shares, far, none, heat }) {
    this.moments = [...this.moments.slice(-9), performance.now()];
    this.speed.textContent = filled(this.texts.speed, { number: rate(this.moments).toFixed(0) });
    this.heat.hidden = !(heat && this.explain.checked);
    if (heat) this.heat.src = heat;
    this.far.textContent = far ? this.texts.far : "";
    this.draw(shares ?? this.classes.map(() => 0));
    this.verdict.textContent = none ?? this.sentence(shares);
  }

  sentence(shares) {
    const [first, second] = best(shares);
    const values = {
      name: this.classes[first],
      share: this.percent.format(shares[first]),
      second: this.classes[second],
      other: this.percent.format(shares[second]),
    };
    return filled(shares[first] >= this.unsure ? this.texts.sure : this.texts.unsure, values);
  }

  draw(shares) {
    const [first] = best(shares);
    const shown = places(shares);
    while (this.bars.children.length > shown.length) this.bars.lastChild.remove();
    while (this.bars.children.length < shown.length) this.bars.append(bar());
    shown.forEach((place, at) => {
      const item = this.bars.children[at];
      const [name, track, value] = item.children;
      const winner = place === first && shares[place] > 0;
      item.className = winner ? "best" : "";
      name.textContent = winner ? `▸ ${this.classes[place]}` : this.classes[place];
      track.firstChild.style.width = `${100 * shares[place]}%`;
      value.textContent = shares[place] ? this.percent.format(shares[place]) : "–";
    });
  }

  // This very picture, for the rest of the page.
  async take() {
    if (!this.camera.on) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => this.tell?.("picture", reader.result));
    reader.readAsDataURL(await this.camera.picture());
  }
}

function bar() {
  const track = element("span", { class: "track" }, element("div", { class: "bar" }));
  return element("li", {}, element("span", { class: "name" }), track, element("span", { class: "value" }));
}

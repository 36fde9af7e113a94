// The browser's half of picture_input.paste_area: an image from the clipboard, made smaller before it is sent.

const areas = new WeakMap(); // the element Streamlit gives us -> Area
const LONGEST = 1024; // pixels of the longer side of what is sent

const STYLE = `
.classroom-paste { border: 1px dashed var(--st-border-color); border-radius: 8px; padding: 22px 16px; display: flex; gap: 12px;
  align-items: center; justify-content: center; flex-wrap: wrap; font-size: 0.9rem; background: var(--st-secondary-background-color); }
.classroom-paste button { font: inherit; font-size: 0.875rem; min-height: 2.25rem; padding: 0 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: var(--st-background-color); color: var(--st-text-color); }
.classroom-paste .said { flex-basis: 100%; text-align: center; }
.classroom-paste .said:empty { display: none; }
`;

export default function ({ data, parentElement, setStateValue }) {
  const area = areas.get(parentElement) ?? new Area(parentElement, data);
  areas.set(parentElement, area);
  area.tell = (picture) => setStateValue("picture", picture);
  return () => setTimeout(() => parentElement.isConnected || area.remove());
}

class Area {
  constructor(parent, texts) {
    this.texts = texts;
    const box = document.createElement("div");
    box.className = "classroom-paste";
    const style = document.createElement("style");
    style.textContent = STYLE;
    const hint = document.createElement("span");
    hint.textContent = texts.hint;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = texts.button;
    button.addEventListener("click", () => this.read());
    this.said = document.createElement("span");
    this.said.className = "said";
    this.said.setAttribute("role", "status");
    box.append(style, hint, button, this.said);
    parent.append(box);
    this.heard = (event) => this.take([...(event.clipboardData?.items ?? [])].map((item) => item.getAsFile()));
    document.addEventListener("paste", this.heard);
  }

  remove() {
    document.removeEventListener("paste", this.heard);
  }

  async read() {
    try {
      const items = await navigator.clipboard.read();
      const types = items.map((item) => [item, item.types.find((type) => type.startsWith("image/"))]);
      this.take(await Promise.all(types.filter(([, type]) => type).map(([item, type]) => item.getType(type))));
    } catch {
      this.said.textContent = this.texts.refused;
    }
  }

  async take(files) {
    const image = files.find((file) => file?.type.startsWith("image/"));
    this.said.textContent = image ? "" : this.texts.nothing;
    if (!image) return;
    try {
      this.tell(await smaller(image));
    } catch {
      this.said.textContent = this.texts.nothing;
    }
  }
}

async function smaller(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

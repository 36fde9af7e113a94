// The browser's half of folder.folder_field: packs a folder as one zip without compression, and gives it to the field.

const pickers = new WeakMap(); // the element Streamlit gives us -> Picker
const MEGABYTE = 2 ** 20;
const UTF8 = 0x0800; // flag bit: the name is UTF-8

const STYLE = `
.classroom-folder { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; font-size: 0.9rem; }
.classroom-folder button { font: inherit; min-height: 2.25rem; padding: 0 14px; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--st-border-color); background: var(--st-background-color); color: var(--st-text-color); }
`;

export default function ({ data, parentElement }) {
  const picker = pickers.get(parentElement) ?? new Picker(parentElement);
  pickers.set(parentElement, picker);
  picker.show(data);
}

class Picker {
  constructor(parent) {
    this.box = document.createElement("div");
    this.box.className = "classroom-folder";
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.input = document.createElement("input");
    this.input.type = "file";
    this.input.webkitdirectory = true;
    this.input.hidden = true;
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.input.click());
    this.said = document.createElement("span");
    this.said.setAttribute("role", "status");
    this.box.append(style, this.input, this.button, this.said);
    parent.append(this.box);
  }

  show(data) {
    this.data = data;
    this.button.textContent = data.texts.choose;
  }

  async take(chosen) {
    const { texts, limits } = this.data;
    const files = chosen.filter((file) => !/(^|\/)\./.test(file.webkitRelativePath)); // without hidden ones
    const megabytes = Math.ceil(files.reduce((sum, file) => sum + file.size, 0) / MEGABYTE);
    const reason =
      (files.length === 0 && texts.empty) ||
      (files.length > limits.files && texts.many) ||
      (megabytes > limits.megabytes && texts.large.replace("{size}", megabytes));
    this.input.value = ""; // the same folder can be chosen again
    this.said.textContent = reason || "";
    if (reason) return;
    this.button.disabled = true;
    const zip = await packed(files, (done) => {
      this.said.textContent = texts.packing.replace("{done}", done).replace("{total}", files.length);
    }).catch((name) => {
      this.said.textContent = texts.unread.replace("{name}", name);
    });
    this.button.disabled = false;
    if (!zip) return;
    this.said.textContent = "";
    this.give(new File([zip], `${files[0].webkitRelativePath.split("/")[0]}.zip`, { type: "application/zip" }));
  }

  give(file) {
    const held = new DataTransfer();
    held.items.add(file);
    const input = document.querySelector(`.${this.data.field} input[type=file]`);
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** The files as a zip. Rejects with the name of a file that can't be read. */
async function packed(files, tell) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [number, file] of files.entries()) {
    const content = new Uint8Array(
      await file.arrayBuffer().catch(() => {
        throw file.webkitRelativePath;
      }),
    );
    const name = new TextEncoder().encode(file.webkitRelativePath);
    const about = member(content, name.length);
    const local = numbers([4, 0x04034b50], ...about);
    directory.push(numbers([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name);
    parts.push(local, name, file); // not its content, which would stay in memory
    offset += local.length + name.length + content.length;
    if (number % 20 === 0) {
      tell(number + 1);
      await new Promise(requestAnimationFrame);
    }
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = files.length;
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return new Blob([...parts, ...directory, end]);
}

/** What a member's two headers have in common: version, flags, method, time, date, checksum, sizes, lengths. */
function member(content, nameLength) {
  const sizes = [4, content.length];
  return [[2, 20], [2, UTF8], [2, 0], [2, 0], [2, 0x21], [4, checksum(content)], sizes, sizes, [2, nameLength], [2, 0]];
}

/** Numbers of so many bytes each, the lowest byte first. */
function numbers(...fields) {
  const bytes = fields.flatMap(([length, value]) => [...Array(length).keys()].map((place) => value >>> (8 * place)));
  return Uint8Array.from(bytes); // which takes the lowest 8 bits of each
}

const TABLE = Int32Array.from({ length: 256 }, (_none, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32, as zip archives have it. */
function checksum(content) {
  let value = -1;
  for (const byte of content) value = TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ -1) >>> 0;
}

// The browser's half of bars.py: one line a class, its bar growing or shrinking to its new length.

const lists = new WeakMap(); // the element Streamlit gives us -> its list

const STYLE = `
.classroom-bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; }
.classroom-bars li { display: grid; grid-template-columns: minmax(2.2rem, var(--names)) 1fr 3.9rem; gap: 10px; align-items: center;
  margin: 0; font-size: 0.9rem; line-height: 1.3; }
.classroom-bars .name { text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.classroom-bars .value { text-align: right; font-variant-numeric: tabular-nums; }
.classroom-bars .track { height: 1.05rem; border-radius: 4px; background: var(--st-secondary-background-color); overflow: hidden; }
.classroom-bars .bar { height: 100%; border-radius: 4px; background: var(--st-primary-color); opacity: 0.4; transition: width 120ms linear; }
.classroom-bars .best { font-weight: 600; }
.classroom-bars .best .bar { opacity: 1; }
@media (prefers-reduced-motion: reduce) { .classroom-bars .bar { transition: none; } }
`;

export default function ({ data, parentElement }) {
  let box = lists.get(parentElement);
  if (!box) {
    box = document.createElement("div");
    const style = document.createElement("style");
    style.textContent = STYLE;
    box.append(style, document.createElement("ul"));
    parentElement.append(box);
    lists.set(parentElement, box);
  }
  draw(box.lastChild, data);
  return () => setTimeout(() => parentElement.isConnected || lists.delete(parentElement));
}

function draw(list, { rows, label }) {
  list.className = "classroom-bars";
  list.setAttribute("aria-label", label);
  list.style.setProperty("--names", `${Math.min(11, Math.max(...rows.map((row) => row.name.length)) * 0.62 + 1.2)}rem`);
  while (list.children.length > rows.length) list.lastChild.remove();
  while (list.children.length < rows.length) list.append(line());
  rows.forEach((row, place) => {
    const item = list.children[place];
    const [name, track, value] = item.children;
    item.className = row.best ? "best" : "";
    name.textContent = row.best ? `▸ ${row.name}` : row.name;
    name.title = row.name;
    track.firstChild.style.width = `${100 * Math.max(0, Math.min(1, row.share))}%`;
    value.textContent = row.text;
  });
}

function line() {
  const item = document.createElement("li");
  for (const name of ["name", "track", "value"]) {
    const part = document.createElement("span");
    part.className = name;
    item.append(part);
  }
  const bar = document.createElement("div");
  bar.className = "bar";
  item.children[1].append(bar);
  return item;
}

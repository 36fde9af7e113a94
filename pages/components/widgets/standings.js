// The browser's half of standings.py: one line a pupil; at the reveal bars rise, then the lines move to their places.

const boards = new WeakMap(); // the element Streamlit gives us -> its board

const LOOK = 900; // milliseconds in which everybody finds the old order
const FALL = 300;
const RISE = 1800;
const MOVE = 1200;

const STYLE = `
.classroom-standings { list-style: none; margin: 0; padding: 2px; display: grid; gap: 6px; }
.classroom-standings li { display: grid; grid-template-columns: 2.2rem minmax(7rem, 14rem) 1fr 4.2rem; grid-template-areas: "place name track value" "place detail track value";
  column-gap: 12px; align-items: center; margin: 0; padding: 3px 8px; border-radius: 8px; font-size: 0.95rem; line-height: 1.3; }
.classroom-standings .own { background: var(--st-secondary-background-color); }
.classroom-standings .place { grid-area: place; text-align: right; font-weight: 600; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.classroom-standings .name { grid-area: name; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.classroom-standings .detail { grid-area: detail; font-size: 0.78rem; opacity: 0.85; }
.classroom-standings .value { grid-area: value; text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; }
.classroom-standings .track { grid-area: track; height: 1.2rem; border-radius: 5px; background: color-mix(in srgb, var(--st-text-color) 9%, transparent); overflow: hidden; }
.classroom-standings .bar { height: 100%; border-radius: 5px; background: #2f6fde; transition: width ${FALL}ms ease-out; }
.classroom-standings.rising .bar { transition: width ${RISE}ms cubic-bezier(0.2, 0.7, 0.2, 1); }
.classroom-standings .first .bar { background: #b8860b; }
.classroom-standings.playing .detail { visibility: hidden; }
@media (max-width: 640px) { .classroom-standings li { grid-template-columns: 2rem 1fr 4rem; grid-template-areas: "place name value" "place track track" "place detail detail"; row-gap: 2px; } }
@media (prefers-reduced-motion: reduce) { .classroom-standings .bar { transition: none; } }
`;

export default function ({ data, parentElement }) {
  let board = boards.get(parentElement);
  if (!board) {
    const box = document.createElement("div");
    const style = document.createElement("style");
    style.textContent = STYLE;
    board = { list: document.createElement("ol"), lines: new Map(), played: null, timers: [] };
    box.append(style, board.list);
    parentElement.append(box);
    boards.set(parentElement, board);
  }
  update(board, data);
  return () => setTimeout(() => parentElement.isConnected || boards.delete(parentElement));
}

function update(board, data) {
  board.list.setAttribute("aria-label", data.label);
  const revealed = data.rows.length > 0 && data.rows.every((row) => row.after);
  const wanted = revealed ? `revealed ${data.replay}` : "";
  if (revealed && data.replay === "" && board.played !== null) {
    if (!board.list.classList.contains("playing")) draw(board, data.rows, last);
  } else if (revealed && board.played !== wanted) {
    board.played = wanted;
    play(board, data.rows);
  } else if (!revealed) draw(board, data.rows, first);
}

const first = (row) => row.before;
const last = (row) => row.after ?? row.before;

// The old order, then all bars from zero to the new score, then the new order.
function play(board, rows) {
  for (const timer of board.timers) clearTimeout(timer);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    draw(board, rows, last);
    return;
  }
  const old = inOrder(rows, first);
  const style = board.list.classList;
  style.remove("rising");
  style.add("playing");
  draw(board, old, first);
  const after = (wait, act) => setTimeout(() => board.list.isConnected && act(), wait);
  board.timers = [
    after(LOOK, () => draw(board, old, () => ({ place: "", share: 0, text: "" }))),
    after(LOOK + FALL, () => {
      style.add("rising");
      draw(board, old, (row) => ({ ...last(row), place: "" }));
    }),
    after(LOOK + FALL + RISE, () => draw(board, rows, last)),
    after(LOOK + FALL + RISE + MOVE, () => style.remove("playing", "rising")),
  ];
}

// Rows by place; among equals as they came.
export function inOrder(rows, score) {
  return [...rows].sort((one, other) => score(one).place - score(other).place);
}

function draw(board, rows, score) {
  board.list.classList.add("classroom-standings");
  const before = new Map([...board.lines].map(([key, line]) => [key, line.offsetTop]));
  const here = new Set(rows.map((row) => row.key));
  for (const [key, line] of board.lines) {
    if (here.has(key)) continue;
    line.remove();
    board.lines.delete(key);
  }
  rows.forEach((row, place) => {
    if (!board.lines.has(row.key)) board.lines.set(row.key, made());
    const line = board.lines.get(row.key);
    fill(line, row, score(row));
    if (board.list.children[place] !== line) board.list.insertBefore(line, board.list.children[place] ?? null);
  });
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) glide(board.lines, before);
}

// Lines that changed their place begin where they were.
function glide(lines, before) {
  for (const [key, line] of lines) {
    const way = (before.get(key) ?? line.offsetTop) - line.offsetTop;
    if (way)
      line.animate([{ transform: `translateY(${way}px)` }, { transform: "none" }], {
        duration: MOVE,
        easing: "cubic-bezier(0.3, 0, 0.1, 1)",
      });
  }
}

function made() {
  const line = document.createElement("li");
  for (const name of ["place", "name", "detail", "track", "value"]) {
    const part = document.createElement("span");
    part.className = name;
    line.append(part);
  }
  const bar = document.createElement("div");
  bar.className = "bar";
  line.querySelector(".track").append(bar);
  return line;
}

function fill(line, row, score) {
  line.className = `${row.own ? "own " : ""}${score.place === 1 ? "first" : ""}`;
  const texts = { place: String(score.place), name: row.name, detail: row.detail, value: score.text };
  for (const [part, text] of Object.entries(texts)) {
    const element = line.querySelector(`.${part}`);
    if (element.textContent !== text) element.textContent = text;
  }
  line.querySelector(".bar").style.width = `${100 * Math.max(0, Math.min(1, score.share))}%`;
}

// The browser's half of confusion.py: a table of buttons, so that keys and screen readers find their way, too.

const tables = new WeakMap(); // the element Streamlit gives us -> its table

const STYLE = `
.classroom-confusion { overflow-x: auto; padding: 2px; }
.classroom-confusion table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; margin: 0; }
.classroom-confusion th { font-weight: 500; font-size: 0.8rem; padding: 2px 6px; text-align: right; white-space: nowrap;
  max-width: 9rem; overflow: hidden; text-overflow: ellipsis; border: 0; color: inherit; }
.classroom-confusion thead th { text-align: center; max-width: 3.4rem; padding: 2px; }
.classroom-confusion .axis { font-weight: 400; opacity: 0.75; }
.classroom-confusion tbody th { position: sticky; left: 0; background: var(--st-background-color); z-index: 1; }
.classroom-confusion td { padding: 0; border: 0; }
.classroom-confusion button { display: block; width: 100%; min-width: var(--cell); height: var(--cell); border-radius: 4px;
  border: 1px solid transparent; background: var(--fill); color: inherit; font: inherit; font-size: 0.85rem; padding: 0 2px;
  cursor: pointer; }
.classroom-confusion button.strong { color: #ffffff; }
.classroom-confusion button:hover { border-color: var(--st-text-color); }
.classroom-confusion button:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 1px; }
.classroom-confusion button[aria-pressed="true"] { outline: 3px solid var(--st-text-color); outline-offset: 0; }
@media (max-width: 480px) {
  .classroom-confusion table { --cell: 1.75rem !important; }
  .classroom-confusion button { font-size: 0.72rem; padding: 0; }
  .classroom-confusion th { padding: 2px 3px; }
}
.classroom-confusion button:disabled { cursor: default; opacity: 0.45; }
`;

export default function ({ data, parentElement, setStateValue }) {
  const known = tables.get(parentElement);
  const drawn = JSON.stringify({ ...data, chosen: null });
  if (known?.drawn === drawn) {
    mark(known.box, data.chosen); // not drawn anew: the keys stay where they are
    return;
  }
  known?.box.remove();
  const box = document.createElement("div");
  box.className = "classroom-confusion";
  const style = document.createElement("style");
  style.textContent = STYLE;
  const choose = (cell) => {
    mark(box, cell);
    setStateValue("cell", cell);
  };
  box.append(style, table(data, choose));
  mark(box, data.chosen);
  parentElement.append(box);
  tables.set(parentElement, { box, drawn });
  return () => setTimeout(() => parentElement.isConnected || tables.delete(parentElement));
}

function mark(box, chosen) {
  for (const button of box.querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.cell === chosen?.join("-")));
}

function made(name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function table(data, choose) {
  const result = made("table", undefined, { "aria-label": data.label });
  const head = made("thead");
  const over = made("tr");
  over.append(made("td"), made("th", data.predicted, { colspan: data.classes.length, class: "axis" }));
  const names = made("tr");
  names.append(made("th", data.true, { class: "axis" }));
  for (const name of data.classes) names.append(made("th", name, { scope: "col", title: name }));
  head.append(over, names);
  const body = made("tbody");
  data.texts.forEach((texts, row) => {
    const line = made("tr");
    line.append(made("th", data.classes[row], { scope: "row", title: data.classes[row] }));
    texts.forEach((text, column) => {
      const button = made("button", text, {
        type: "button",
        "data-cell": `${row}-${column}`,
        title: data.titles[row][column],
      });
      button.setAttribute("aria-label", data.titles[row][column]);
      // Right is blue, wrong is orange: where it lies, on the diagonal or not, says the same.
      const share = data.shares[row][column];
      const [colour, strong] = row === column ? ["36, 92, 196", share > 0.55] : ["178, 80, 8", share > 0.45];
      button.style.setProperty("--fill", `rgba(${colour}, ${share > 0 ? 0.1 + 0.85 * Math.sqrt(share) : 0.03})`);
      if (strong) button.classList.add("strong");
      button.disabled = data.empty[row][column];
      button.addEventListener("click", () => choose([row, column]));
      const place = made("td");
      place.append(button);
      line.append(place);
    });
    body.append(line);
  });
  result.style.setProperty("--cell", data.classes.length <= 12 ? "2.4rem" : "1.9rem");
  result.append(head, body);
  return result;
}

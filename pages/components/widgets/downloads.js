// The browser's half of downloads.py: one link for each file, which the server makes when it is followed.

const STYLE = `
:host, .files { display: flex; flex-direction: column; gap: 8px; }
.file { display: flex; gap: 4px 16px; align-items: center; flex-wrap: wrap; }
.file a, .file .missing { display: inline-flex; gap: 8px; align-items: center; min-height: 2.5rem; min-width: 13rem;
  box-sizing: border-box; font-size: 1rem; color: var(--st-text-color); text-decoration: none; border-radius: 8px; }
.file .missing { opacity: 0.6; }
.file a:hover { color: var(--st-primary-color); }
.file a:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.file.primary a { justify-content: center; padding: 0 16px; background: var(--st-primary-color); color: var(--st-background-color); }
.file .about { flex: 1 1 14rem; font-size: 0.875rem; opacity: 0.8; }
.file svg { width: 1.1rem; height: 1.1rem; fill: none; stroke: currentColor; stroke-width: 2; }
`;
const ARROW = "M12 4v11m-5-5 5 5 5-5M5 20h14"; // down, onto a line

export default function ({ data, parentElement }) {
  const list = document.createElement("div");
  list.className = "files";
  const style = document.createElement("style");
  style.textContent = STYLE;
  list.append(style, ...data.files.map(row));
  parentElement.replaceChildren(list);
}

function row(file) {
  const line = document.createElement("div");
  line.className = file.primary ? "file primary" : "file";
  line.append(file.address ? link(file) : missing(file));
  if (file.about) line.append(text("span", "about", file.about));
  return line;
}

function link(file) {
  const anchor = text("a", "", file.label);
  // The page's base, not "/": the app may live under a path.
  anchor.href = new URL(file.address, document.baseURI);
  anchor.download = file.name;
  anchor.prepend(arrow());
  return anchor;
}

function missing(file) {
  const label = text("span", "missing", file.label);
  label.setAttribute("aria-disabled", "true");
  return label;
}

function text(kind, name, content) {
  const element = document.createElement(kind);
  element.className = name;
  element.textContent = content;
  return element;
}

function arrow() {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ARROW);
  drawing.append(path);
  return drawing;
}

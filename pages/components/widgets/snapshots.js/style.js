// The panel's look. Sizes of what is pressed suit a finger.

export const STYLE = `
.classroom-snapshots { color: var(--st-text-color); font-family: var(--st-font); font-size: 0.875rem; width: 100%; }
.classroom-snapshots .views { display: flex; border: 1px solid var(--st-border-color); border-radius: 8px; overflow: hidden; }
.classroom-snapshots button { font: inherit; color: inherit; background: transparent; border: 0; cursor: pointer; min-height: 2.25rem; }
@media (pointer: coarse) { .classroom-snapshots button { min-height: 2.5rem; } }
.classroom-snapshots .views button { flex: 1 1 0; padding: 0 4px; min-width: 0; }
.classroom-snapshots .views button + button { border-left: 1px solid var(--st-border-color); }
.classroom-snapshots .views button[aria-selected="true"] { background: var(--st-secondary-background-color); font-weight: 600;
  box-shadow: inset 0 -2px var(--st-primary-color); }
.classroom-snapshots .time { display: flex; align-items: center; gap: 4px; margin-top: 6px; }
.classroom-snapshots .time button { width: 2.25rem; flex: none; display: grid; place-items: center; border-radius: 8px; padding: 0; }
.classroom-snapshots .time button:hover:not(:disabled) { background: var(--st-secondary-background-color); }
.classroom-snapshots .time button:disabled { opacity: 0.35; cursor: default; }
.classroom-snapshots .time svg { width: 20px; height: 20px; fill: currentColor; }
.classroom-snapshots input { flex: 1; min-width: 0; accent-color: var(--st-primary-color); height: 2.25rem; margin: 0; }
.classroom-snapshots p { font-size: 0.875rem; }
.classroom-snapshots .readout, .classroom-snapshots .note { margin: 0 0 8px; font-variant-numeric: tabular-nums; line-height: 1.4; }
.classroom-snapshots .note { margin: 6px 0 0; opacity: 0.75; }
.classroom-snapshots .boards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); }
.classroom-snapshots .board p { margin: 0 0 4px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.classroom-snapshots canvas { display: block; width: 100%; touch-action: pan-y; border-radius: 4px; }
.classroom-snapshots .pressable { cursor: pointer; }
.classroom-snapshots .strip { display: grid; gap: 20px; grid-template-columns: 1fr 1fr 1fr; }
.classroom-snapshots .strip canvas { height: 272px; min-width: 0; }
.classroom-snapshots.recorded .time { gap: 8px; }
.classroom-snapshots.recorded .readout { margin: 0; }
.classroom-snapshots.point-pad { max-width: 420px; }
.classroom-snapshots.point-pad canvas { aspect-ratio: 1; touch-action: none; border-radius: 8px; }
@media (max-width: 768px) {
  .classroom-snapshots .strip { grid-template-columns: 1fr 1fr; gap: 12px; }
  .classroom-snapshots .strip canvas { height: 190px; }
  .classroom-snapshots .strip .answers { grid-column: 1 / 3; grid-row: 1; height: 310px; }
}
.classroom-snapshots :focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
`;

const ICONS = {
  play: "M7 5v14l12-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  back: "M15.5 5v14l-9-7z",
  forward: "M8.5 5v14l9-7z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

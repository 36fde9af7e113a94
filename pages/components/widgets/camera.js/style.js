export const STYLE = `
.classroom-gather { display: grid; grid-template-columns: minmax(0, 300px) minmax(0, 1fr); gap: 20px; align-items: start; }
.classroom-gather .seen { position: sticky; top: 70px; display: grid; gap: 10px; }
.classroom-gather .frame { position: relative; aspect-ratio: 1; border-radius: 12px; overflow: hidden; display: grid; place-items: center;
  background: var(--st-secondary-background-color); border: 3px solid transparent; box-sizing: border-box; }
.classroom-gather .frame.recording { border-color: var(--st-primary-color); }
.classroom-gather video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.classroom-gather .mirrored video, .classroom-gather .mirrored .heat { transform: scaleX(-1); }
.classroom-gather .heat { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.classroom-gather .heat[hidden] { display: none; }
.classroom-gather .switch { display: flex; gap: 8px; align-items: center; min-height: 2.5rem; font-size: 0.9rem; cursor: pointer; }
.classroom-gather .switch input { width: 1.2rem; height: 1.2rem; accent-color: var(--st-primary-color); }
.classroom-gather .answer { display: grid; gap: 14px; }
.classroom-gather .verdict { font-size: 1.5rem; font-weight: 600; line-height: 1.3; min-height: 2em; overflow-wrap: anywhere; }
.classroom-gather .bars { list-style: none; margin: 0; padding: 0; display: grid; gap: 6px; }
.classroom-gather .bars li { display: grid; grid-template-columns: minmax(4rem, 9rem) 1fr 3.9rem; gap: 10px; align-items: center; margin: 0;
  font-size: 0.9rem; }
.classroom-gather .name { text-align: right; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.classroom-gather .value { text-align: right; font-variant-numeric: tabular-nums; }
.classroom-gather .track { height: 1.05rem; border-radius: 4px; background: var(--st-secondary-background-color); overflow: hidden; }
.classroom-gather .bar { height: 100%; border-radius: 4px; background: var(--st-primary-color); opacity: 0.4; transition: width 120ms linear; }
.classroom-gather .best { font-weight: 600; }
.classroom-gather .best .bar { opacity: 1; }
@media (prefers-reduced-motion: reduce) { .classroom-gather .bar { transition: none; } }
.classroom-gather .off video { display: none; }
.classroom-gather .on .turn-on { display: none; }
.classroom-gather .classes { display: grid; gap: 12px; }
.classroom-gather .class { border: 1px solid var(--st-border-color); border-radius: 12px; padding: 12px; display: grid; gap: 10px; }
.classroom-gather .row { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
.classroom-gather .row input[type="text"] { flex: 1 1 8rem; min-width: 0; font: inherit; font-weight: 600; color: inherit; min-height: 2.5rem;
  background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 0 8px; box-sizing: border-box; }
.classroom-gather .row input[type="text"]:hover, .classroom-gather .row input[type="text"]:focus,
.classroom-gather .new input[type="text"] { border-color: var(--st-border-color); }
.classroom-gather .count { font-variant-numeric: tabular-nums; font-size: 0.875rem; opacity: 0.8; white-space: nowrap; }
.classroom-gather button, .classroom-gather .files, .classroom-gather select { font: inherit; font-size: 0.9rem; min-height: 2.5rem;
  padding: 0 14px; border-radius: 8px; cursor: pointer; border: 1px solid var(--st-border-color); background: transparent;
  color: var(--st-text-color); box-sizing: border-box; }
.classroom-gather .files { display: inline-flex; align-items: center; }
.classroom-gather .files:focus-within, .classroom-gather button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.classroom-gather .files input { position: absolute; width: 1px; height: 1px; opacity: 0; }
.classroom-gather button:hover:not(:disabled), .classroom-gather .files:hover { border-color: var(--st-primary-color); }
.classroom-gather button:disabled { opacity: 0.5; cursor: default; }
.classroom-gather .hold { touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; font-weight: 600; }
.classroom-gather .hold::before { content: ""; display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%; margin-right: 0.5em;
  background: #d64545; }
.classroom-gather .hold.recording { background: var(--st-primary-color); border-color: var(--st-primary-color); color: #fff; }
.classroom-gather .hold.recording::before { background: #fff; border-radius: 2px; }
.classroom-gather .small { padding: 0 10px; border-color: transparent; }
.classroom-gather .pictures { display: flex; flex-wrap: wrap; gap: 4px; max-height: 104px; overflow-y: auto; }
.classroom-gather .pictures:empty { display: none; }
.classroom-gather .picture { padding: 0; width: 48px; height: 48px; min-height: 0; overflow: hidden; position: relative; border-radius: 6px;
  border: 0; background: var(--st-secondary-background-color); flex: none; }
.classroom-gather .picture img { width: 100%; height: 100%; object-fit: cover; display: block; }
.classroom-gather button.picture:hover::after, .classroom-gather button.picture:focus-visible::after { content: "×"; position: absolute;
  inset: 0; display: grid; place-items: center; font-size: 1.5rem; color: #fff; background: rgba(20, 26, 36, 0.6); }
.classroom-gather .said { font-size: 0.9rem; }
.classroom-gather .said:empty { display: none; }
.classroom-gather .wrong { border-left: 3px solid #d64545; padding-left: 10px; }
@media (max-width: 640px) {
  .classroom-gather { grid-template-columns: minmax(0, 1fr); }
  .classroom-gather .seen { position: sticky; top: 56px; z-index: 2; background: var(--st-background-color); padding-bottom: 8px; }
  .classroom-gather .frame { max-width: 240px; width: 100%; justify-self: center; }
}
`;

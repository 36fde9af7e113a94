// The lines that mark, on a chart, the moment that the page shows and the one that is pointed at on another chart.
//
// The panel of snapshots tells the moment by an event of the window (`snapshots.js/moment.js`):
// { step, epoch, run, stepsPerEpoch }. Charts tell each other what is pointed at.
//
// The lines are elements over the chart and not shapes in it: to move one Plotly would draw all curves anew.

const MOMENT = "classroom-moment";
const POINTED = "classroom-pointed";
const LOOKS = { moment: "2px solid var(--st-text-color)", pointed: "1px dashed var(--st-text-color)" };

// A place on one chart's axis as the same on another's: steps and epochs differ by a factor.
export function converted(value, from, to, stepsPerEpoch) {
  if (from === to) return value;
  return to === "step" ? value * stepsPerEpoch : value / stepsPerEpoch;
}

export class Moment {
  constructor(chart) {
    this.chart = chart;
    this.lines = { moment: made(LOOKS.moment), pointed: made(LOOKS.pointed) };
    this.pointed = null;
    this.listen = () => this.place();
    this.hear = ({ detail }) => this.point(detail);
    window.addEventListener(MOMENT, this.listen);
    window.addEventListener(POINTED, this.hear);
  }

  plotted() {
    const { box } = this.chart;
    box.style.position = "relative";
    box.append(...Object.values(this.lines));
    box.on("plotly_afterplot", this.listen); // zoomed into, or grown
    box.on("plotly_hover", ({ points }) => this.tell(points[0]?.x ?? null));
    box.on("plotly_unhover", () => this.tell(null));
    this.place();
  }

  get axis() {
    return this.chart.spec?.moment ?? null;
  }

  isOurs(run) {
    return !run || run === this.chart.spec?.stream;
  }

  tell(value) {
    const { stream } = this.chart.spec;
    if (!this.axis) return;
    window.dispatchEvent(new CustomEvent(POINTED, { detail: { from: this, axis: this.axis, value, run: stream } }));
  }

  point({ from, axis, value, run }) {
    if (from === this || !this.axis || !this.isOurs(run)) return;
    const stepsPerEpoch = window.classroomMoment?.stepsPerEpoch;
    const known = value !== null && (axis === this.axis || stepsPerEpoch);
    this.pointed = known ? converted(value, axis, this.axis, stepsPerEpoch) : null;
    this.place();
  }

  // Where the page's moment lies on the chart's axis; null where it isn't this chart's.
  get value() {
    const told = window.classroomMoment;
    return told && this.axis && this.isOurs(told.run) ? told[this.axis] : null;
  }

  place() {
    const layout = this.chart.box._fullLayout;
    if (!layout || !this.lines.moment.isConnected) return;
    this.chart.box.dataset.moment = move(this.lines.moment, this.value, layout); // for tests
    this.chart.box.dataset.pointed = move(this.lines.pointed, this.pointed, layout);
  }

  end() {
    window.removeEventListener(MOMENT, this.listen);
    window.removeEventListener(POINTED, this.hear);
  }
}

function made(border) {
  const line = document.createElement("div");
  line.className = "classroom-moment";
  const look = {
    position: "absolute",
    width: "0",
    pointerEvents: "none",
    display: "none",
    zIndex: "1",
    opacity: "0.55",
  };
  Object.assign(line.style, look, { borderLeft: border });
  return line;
}

// Where the line now is, as text; empty where it can't be seen.
function move(line, value, { xaxis, yaxis }) {
  const at = value === null ? Number.NaN : xaxis.d2p(value);
  const shown = at >= -1 && at <= xaxis._length + 1;
  line.style.display = shown ? "block" : "none";
  if (!shown) return "";
  const [left, top, height] = [xaxis._offset + at - 1, yaxis._offset, yaxis._length];
  Object.assign(line.style, { left: `${left}px`, top: `${top}px`, height: `${height}px` });
  return String(value);
}

// The line that marks, on a chart, the moment that the page shows. The panel of snapshots tells it by an event of the
// window (`snapshots.js/moment.js`): { step, epoch, run }.
//
// An element over the chart and not a shape in it: to move one Plotly would draw all curves anew.

const EVENT = "classroom-moment";

export class Moment {
  constructor(chart) {
    this.chart = chart;
    this.line = document.createElement("div");
    this.line.className = "classroom-moment";
    Object.assign(this.line.style, {
      position: "absolute",
      width: "0",
      pointerEvents: "none",
      display: "none",
      zIndex: "1",
    });
    this.listen = () => this.place();
    window.addEventListener(EVENT, this.listen);
  }

  plotted() {
    this.chart.box.style.position = "relative";
    this.chart.box.append(this.line);
    this.chart.box.on("plotly_afterplot", this.listen); // zoomed into, or grown
    this.place();
  }

  // Where the moment lies on the chart's axis; null where it isn't this chart's.
  get value() {
    const { moment, stream } = this.chart.spec ?? {};
    const told = window.classroomMoment;
    if (!moment || !told || (told.run && told.run !== stream)) return null;
    return told[moment];
  }

  place() {
    const layout = this.chart.box._fullLayout;
    const value = this.value;
    if (!layout || !this.line.isConnected) return;
    const { xaxis, yaxis } = layout;
    const at = value === null ? NaN : xaxis.d2p(value);
    const shown = at >= -1 && at <= xaxis._length + 1;
    this.line.style.display = shown ? "block" : "none";
    this.chart.box.dataset.moment = shown ? value : ""; // for tests
    if (!shown) return;
    Object.assign(this.line.style, {
      left: `${xaxis._offset + at - 1}px`,
      top: `${yaxis._offset}px`,
      height: `${yaxis._length}px`,
      borderLeft: "2px solid var(--st-text-color)",
      opacity: "0.55",
    });
  }

  end() {
    window.removeEventListener(EVENT, this.listen);
  }
}

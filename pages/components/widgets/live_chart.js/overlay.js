// Marks the page's moment on a chart that Streamlit draws, such as that of several runs: `moment.js` does it.

import { themeOf } from "./look.js";
import { Moment } from "./moment.js";

const RETRY_MS = 100; // until Streamlit has drawn its chart
const TRIES = 100;

export class Overlay {
  constructor(parent) {
    this.parent = parent;
    this.attach = this.attach.bind(this);
    window.addEventListener("classroom-moment", this.attach); // a chart drawn anew is another element
  }

  receive({ over, axis }) {
    [this.over, this.axis, this.tries] = [over, axis, 0];
    this.attach();
  }

  attach() {
    clearTimeout(this.timer);
    const box = document.querySelector(`.st-key-${this.over} .js-plotly-plot`);
    if (!box?._fullLayout) {
      this.tries += 1;
      if (this.tries < TRIES) this.timer = setTimeout(this.attach, RETRY_MS);
      return;
    }
    box.style.setProperty("--st-text-color", themeOf(this.parent).text); // known only inside of our own elements
    if (this.moment?.chart.box === box && this.moment.lines.moment.isConnected) {
      this.moment.chart.spec.moment = this.axis;
      return this.moment.place();
    }
    this.moment?.end();
    this.moment = new Moment({ box, spec: { moment: this.axis, stream: "" } });
    this.moment.plotted();
  }

  remove() {
    clearTimeout(this.timer);
    window.removeEventListener("classroom-moment", this.attach);
    this.moment?.end();
  }
}

// The browser's half of live_chart.py: holds the points, draws them with Plotly.js, asks when some are missing.
//
// A message is {chart, points: [[start, xs, ys] for each trace], marks, spec?, confirm?}. `chart` names what is drawn, `start`
// says how many points of the trace came before. Streamlit hands over the latest message again when the theme changes, and
// skips one that the next overtakes. So points we hold already are dropped, at a gap we report which points we hold, and
// while the server asks us to `confirm` it repeats the points from the same start.

import { Chart } from "./chart.js";
import { Overlay } from "./overlay.js";
import { loadPlotly } from "./plotly.js";

const charts = new WeakMap(); // the element Streamlit gives us -> Chart, or Overlay

export default function ({ data, parentElement, setTriggerValue }) {
  if (data.prepare) return void loadPlotly(data.prepare).catch(() => {}); // a chart will try again
  const chart = charts.get(parentElement) ?? new (data.over ? Overlay : Chart)(parentElement);
  charts.set(parentElement, chart);
  chart.tell = (report) => setTriggerValue("report", report);
  chart.receive(data);
  // Streamlit also calls this for an update that was overtaken while the script was loading: only a page that is gone counts.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      charts.delete(parentElement);
      chart.remove();
    });
}

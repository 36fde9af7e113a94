// The browser's half of snapshots.py and of point_pad.py.

import { Panel } from "./panel.js";
import { PointPad } from "./point_pad.js";
import { Player } from "./recorded.js";

const panels = new WeakMap(); // the element Streamlit gives us -> Panel, Player of a film that was recorded, or PointPad

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const kind = data.film ? Player : data.pad ? PointPad : Panel;
  const panel = panels.get(parentElement) ?? new kind(parentElement);
  panels.set(parentElement, panel);
  panel.tell = (at) => setStateValue("at", at);
  panel.tellMissing = () => setTriggerValue("missing", true);
  panel.receive(data);
  // Streamlit also calls this for an update that was overtaken: only a page that is gone counts.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      panels.delete(parentElement);
      panel.remove();
    });
}

// The browser's half of snapshots.py.

import { Panel } from "./panel.js";
import { Player } from "./recorded.js";

const panels = new WeakMap(); // the element Streamlit gives us -> Panel, or the Player of a film that was recorded

export default function ({ data, parentElement, setTriggerValue }) {
  const panel = panels.get(parentElement) ?? (data.film ? new Player(parentElement) : new Panel(parentElement));
  panels.set(parentElement, panel);
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

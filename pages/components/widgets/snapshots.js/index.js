// The browser's half of snapshots.py.

import { Panel } from "./panel.js";

const panels = new WeakMap(); // the element Streamlit gives us -> Panel

export default function ({ data, parentElement, setTriggerValue }) {
  const panel = panels.get(parentElement) ?? new Panel(parentElement);
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

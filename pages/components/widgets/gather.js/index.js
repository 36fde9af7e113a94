// The browser's half of gather.py: classes, each with a button that records as long as it is held.

import { Recorder } from "./recorder.js";

const recorders = new WeakMap(); // the element Streamlit gives us -> Recorder

export default function ({ data, parentElement, setStateValue }) {
  const recorder = recorders.get(parentElement) ?? new Recorder(parentElement, data);
  recorders.set(parentElement, recorder);
  recorder.tell = (version) => setStateValue("version", version);
  return () => setTimeout(() => parentElement.isConnected || recorder.remove());
}

// The browser's half of gather.py and live.py, which both need the camera.

import { Live } from "./live.js";
import { Recorder } from "./recorder.js";

const shown = new WeakMap(); // the element Streamlit gives us -> Recorder or Live

export default function ({ data, parentElement, setStateValue }) {
  const Kind = data.classes ? Live : Recorder;
  const one = shown.get(parentElement) ?? new Kind(parentElement, data);
  shown.set(parentElement, one);
  one.tell = setStateValue;
  one.receive?.(data);
  return () => setTimeout(() => parentElement.isConnected || one.remove());
}

// The moment that a page shows: one for its panel and all its charts, told by an event of the window.
//
// detail = { step, epoch, run, stepsPerEpoch }: `run` names the run whose charts shall mark it, "" is for all of them.

const EVENT = "classroom-moment";

export function tell(detail) {
  window.classroomMoment = detail; // for a chart that is drawn later
  window.dispatchEvent(new CustomEvent(EVENT, { detail }));
}

// The step in the page's address, null where there is none.
export function linked() {
  const text = new URLSearchParams(window.location.search).get("step");
  return text && /^\d+$/.test(text) ? Number(text) : null;
}

// Streamlit reads the address anew with each message to its server, so that it may be changed here.
export function link(step) {
  const address = new URL(window.location.href);
  if (step === null) address.searchParams.delete("step");
  else address.searchParams.set("step", step);
  if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
}

// Numbers as people write them, in fields that know only 1234.5: a browser drops the signs that it doesn't expect, so
// that 0,005 would become 5 and 1.000,5 another number. Here a number is brought into the field's form, or the field
// says why it can't be, and takes nothing more until something is deleted or selected.

// What `text` means: { value }, as programs write it, or { why }, a key of the field's sentences.
export function meaning(text, whole) {
  const written = text
    .trim()
    .replaceAll(/[\s\u00a0\u2009\u202f'’]/g, "")
    .replace("−", "-");
  const parts = /^([-+]?)([\d.,]*\d)(e[-+]?\d+)?$/i.exec(written);
  if (!parts) return { why: "number" };
  const [, sign, digits, power = ""] = parts;
  const signs = [...digits.matchAll(/[.,]/g)].map(([one]) => one);
  const last = signs.at(-1);
  const grouped = /^\d{1,3}([.,]\d{3})+$/.test(digits) && new Set(signs).size === 1;
  if (signs.length === 1 && grouped && !digits.startsWith("0")) return { why: "ambiguous" };
  let plain = digits;
  if (signs.length > 1 && grouped) plain = digits.replaceAll(last, "");
  else if (signs.length) {
    const [before, after] = [digits.slice(0, digits.lastIndexOf(last)), digits.slice(digits.lastIndexOf(last) + 1)];
    const inGroups = /^\d{1,3}([.,]\d{3})+$/.test(before) && !before.includes(last);
    if (signs.length > 1 && !inGroups) return { why: "number" };
    plain = `${before.replaceAll(/[.,]/g, "")}.${after}`;
  }
  if (whole && (plain.includes(".") || power)) return { why: "whole" };
  return { value: `${sign}${plain}${power}` };
}

// Why a sign can't be typed into a field that shows `value`; undefined where it can.
export function refusal(sign, value, whole) {
  if (!/^[.,]$/.test(sign)) return undefined;
  if (whole) return "whole";
  return value.includes(".") ? "ambiguous" : undefined;
}

// Whether this browser's number fields take a point for the beginning of a fraction. Its language doesn't say so: the
// one that it asks pages for may be another than that of its menus.
function takesPoint(page) {
  const field = page.createElement("input");
  Object.assign(field, { type: "number", step: "any", inputMode: "none", tabIndex: -1 });
  field.style.cssText = "position:fixed;opacity:0;pointer-events:none";
  page.body.append(field);
  field.focus({ preventScroll: true });
  page.execCommand("insertText", false, "1.5");
  const taken = field.value === "1.5";
  field.remove();
  return taken;
}

// Watches the number fields of a page. `sentences` are what a field says, by key.
export function watch(page, sentences) {
  const point = takesPoint(page) ? "." : ",";
  const local = (value) => value.replace(".", point);
  const isWhole = ({ step }) => Number.isInteger(Number(step));
  let telling; // the field that says something
  let closed = false; // whether it takes nothing more

  const clear = () => {
    telling?.setCustomValidity("");
    telling = undefined;
    closed = false;
  };
  const tell = (field, why) => {
    clear();
    telling = field;
    field.setCustomValidity(sentences[why]);
    field.reportValidity();
  };
  const refuse = (event, why) => {
    event.preventDefault();
    tell(event.target, why);
    closed = true;
  };
  const insert = (event, text) => {
    event.preventDefault();
    page.execCommand("insertText", false, text);
  };
  page.addEventListener(
    "beforeinput",
    (event) => {
      const { target, data } = event;
      if (target.type !== "number" || event.inputType === "insertFromPaste") return;
      if (telling === target && closed && data) {
        event.preventDefault();
        return;
      }
      clear();
      const why = data && refusal(data, target.value, isWhole(target));
      if (why) refuse(event, why);
      else if (/^[.,]$/.test(data) && data !== point) insert(event, point);
    },
    true,
  );
  // In other countries the point or comma of 1.000 is that of a thousand.
  page.addEventListener(
    "input",
    ({ target }) => {
      if (target.type !== "number" || isWhole(target)) return;
      if (/^[1-9]\d{0,2}\.\d{3}$/.test(target.value)) tell(target, "fraction");
    },
    true,
  );
  page.addEventListener(
    "paste",
    (event) => {
      if (event.target.type !== "number") return;
      clear();
      const { value, why } = meaning(event.clipboardData?.getData("text") ?? "", isWhole(event.target));
      if (why) refuse(event, why);
      else insert(event, local(value));
    },
    true,
  );
  // Who selects what is there is about to replace it.
  for (const kind of ["focusout", "select", "pointerdown"]) page.addEventListener(kind, clear, true);
}

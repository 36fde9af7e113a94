// Says where the axis of shares begins, if not at 0: high up, small differences look large.

export const beginsAt = ([low]) => (low > 0 ? Math.round(low) : null);

export class Beginning {
  constructor(chart) {
    this.chart = chart;
    this.note = document.createElement("div");
    this.note.className = "classroom-beginning";
    Object.assign(this.note.style, {
      position: "absolute",
      fontSize: "0.75rem",
      color: "var(--st-text-color)",
      opacity: 0.8,
      pointerEvents: "none",
    });
  }

  plotted() {
    const { box, spec } = this.chart;
    if (!spec.begins) return;
    box.append(this.note);
    box.on("plotly_afterplot", () => this.tell()); // zoomed into, or grown
    this.tell();
  }

  tell() {
    const { _size: size, yaxis } = this.chart.box._fullLayout;
    const percent = beginsAt(yaxis.range);
    const text = percent === null ? "" : this.chart.spec.begins.replace("{percent}", percent);
    if (this.note.textContent !== text) this.note.textContent = text;
    this.note.style.right = `${size.r + 4}px`;
    this.note.style.bottom = `${size.b + 2}px`;
  }
}

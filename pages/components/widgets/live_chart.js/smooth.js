// The running average of a curve: of each new value only so much comes in as is left of the share that stays.

export class RunningAverage {
  constructor(share) {
    this.share = share;
    this.average = 0;
    this.weight = 0; // of all values so far: corrects the beginning, as `core.figures.runs.smooth` does
  }

  // The averages at these values, which come after those of the last call. A gap stays one.
  add(values) {
    return values.map((value) => {
      if (value === null) return null;
      this.average = this.share * this.average + (1 - this.share) * value;
      this.weight = this.share * this.weight + (1 - this.share);
      return this.average / this.weight;
    });
  }
}

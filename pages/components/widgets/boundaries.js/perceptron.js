// A small perceptron that tells two classes of points apart, and learns by Adam from all points at once.

import { FUNCTIONS } from "./functions.js";

const [RATE, BETA1, BETA2, EPSILON] = [0.02, 0.9, 0.999, 1e-8]; // Adam's defaults but for the rate

// Random numbers from 0 to 1 that a seed decides (mulberry32).
export function randomness(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Perceptron {
  // `widths` of the hidden layers; there are two inputs and one output, positive for class 1.
  constructor(kind, widths, seed) {
    this.function = FUNCTIONS[kind];
    this.sizes = [2, ...widths, 1];
    this.step = 0;
    const random = randomness(seed);
    this.layers = this.sizes.slice(1).map((outputs, place) => layer(this.sizes[place], outputs, random));
  }

  // What the network says to one point; keeps what each layer was given and gave, for `learn`.
  forward(x, y) {
    let given = this.layers[0].given;
    given[0] = x;
    given[1] = y;
    for (const [place, { weights, biases, sums, values, inputs }] of this.layers.entries()) {
      const last = place === this.layers.length - 1;
      for (let unit = 0; unit < sums.length; unit += 1) {
        let sum = biases[unit];
        for (let input = 0; input < inputs; input += 1) sum += weights[unit * inputs + input] * given[input];
        sums[unit] = sum;
        values[unit] = last ? sum : this.function.value(sum);
      }
      given = values;
    }
    return given[0];
  }

  // One step with the mean gradient of all points: the mean loss before it, and the share that lay on their side.
  learn(places, labels) {
    const count = labels.length;
    let [loss, right] = [0, 0];
    for (const { gradients } of this.layers) gradients.fill(0);
    for (let point = 0; point < count; point += 1) {
      const logit = this.forward(places[2 * point], places[2 * point + 1]);
      const label = labels[point];
      loss += Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
      right += logit > 0 === (label === 1);
      this.backward((1 / (1 + Math.exp(-logit)) - label) / count);
    }
    this.step += 1;
    for (const one of this.layers) adam(one, this.step);
    return { loss: loss / count, right: right / count };
  }

  // Add one point's gradients; `slope` is the loss's with respect to the logit.
  backward(slope) {
    let slopes = this.layers.at(-1).slopes;
    slopes[0] = slope;
    for (let place = this.layers.length - 1; place >= 0; place -= 1) {
      const { weights, inputs, gradients, given, outputs } = this.layers[place];
      const before = place ? this.layers[place - 1] : null;
      before?.slopes.fill(0);
      for (let unit = 0; unit < outputs; unit += 1) {
        const at = unit * inputs;
        for (let input = 0; input < inputs; input += 1) {
          gradients[at + input] += slopes[unit] * (before ? before.values[input] : given[input]);
          if (before) before.slopes[input] += slopes[unit] * weights[at + input];
        }
        gradients[outputs * inputs + unit] += slopes[unit];
      }
      if (before) {
        const { sums, values } = before;
        for (let unit = 0; unit < sums.length; unit += 1)
          before.slopes[unit] *= this.function.slope(sums[unit], values[unit]);
        slopes = before.slopes;
      }
    }
  }
}

// PyTorch's `nn.Linear`: weights and biases up to one over the root of the number of inputs.
function layer(inputs, outputs, random) {
  const reach = 1 / Math.sqrt(inputs);
  const parameters = Float64Array.from({ length: outputs * (inputs + 1) }, () => reach * (2 * random() - 1));
  const zeros = () => new Float64Array(parameters.length);
  return {
    inputs,
    outputs,
    parameters,
    weights: parameters.subarray(0, outputs * inputs),
    biases: parameters.subarray(outputs * inputs),
    gradients: zeros(),
    first: zeros(),
    second: zeros(),
    given: new Float64Array(inputs),
    sums: new Float64Array(outputs),
    values: new Float64Array(outputs),
    slopes: new Float64Array(outputs),
  };
}

function adam({ parameters, gradients, first, second }, step) {
  const [one, two] = [1 - BETA1 ** step, 1 - BETA2 ** step];
  for (let at = 0; at < parameters.length; at += 1) {
    first[at] = BETA1 * first[at] + (1 - BETA1) * gradients[at];
    second[at] = BETA2 * second[at] + (1 - BETA2) * gradients[at] ** 2;
    parameters[at] -= (RATE * first[at]) / one / (Math.sqrt(second[at] / two) + EPSILON);
  }
}

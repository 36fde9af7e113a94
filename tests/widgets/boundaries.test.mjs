import assert from "node:assert/strict";
import test from "node:test";

import { FUNCTIONS } from "../../pages/components/widgets/boundaries.js/functions.js";
import { Perceptron, randomness } from "../../pages/components/widgets/boundaries.js/perceptron.js";

// What PyTorch 2.13 gives at these places.
const PLACES = [-4, -1.2, -0.3, 0.4, 2.5, 7];
const TORCH = {
  relu: [0, 0, 0, 0.4, 2.5, 7],
  leaky_relu: [-0.04, -0.012, -0.003, 0.4, 2.5, 7],
  prelu: [-1, -0.3, -0.075, 0.4, 2.5, 7],
  relu6: [0, 0, 0, 0.4, 2.5, 6],
  elu: [-0.98168, -0.69881, -0.25918, 0.4, 2.5, 7],
  celu: [-0.98168, -0.69881, -0.25918, 0.4, 2.5, 7],
  selu: [-1.7259, -1.2286, -0.45567, 0.42028, 2.6268, 7.3549],
  gelu: [-0.00012648, -0.13808, -0.11463, 0.26217, 2.4845, 7],
  silu: [-0.071945, -0.27777, -0.12767, 0.23948, 2.3104, 6.9936],
  mish: [-0.072592, -0.30884, -0.15113, 0.28903, 2.4714, 7],
  softplus: [0.01815, 0.26328, 0.55436, 0.91302, 2.5789, 7.0009],
  hardswish: [0, -0.36, -0.135, 0.22667, 2.2917, 7],
  sigmoid: [0.017986, 0.23148, 0.42556, 0.59869, 0.92414, 0.99909],
  hardsigmoid: [0, 0.3, 0.45, 0.56667, 0.91667, 1],
  tanh: [-0.99933, -0.83365, -0.29131, 0.37995, 0.98661, 1],
  hardtanh: [-1, -1, -0.3, 0.4, 1, 1],
  softsign: [-0.8, -0.54545, -0.23077, 0.28571, 0.71429, 0.875],
  identity: [-4, -1.2, -0.3, 0.4, 2.5, 7],
};

test("every function has PyTorch's values", () => {
  assert.deepEqual(Object.keys(FUNCTIONS), Object.keys(TORCH));
  for (const [name, values] of Object.entries(TORCH)) {
    PLACES.forEach((x, at) => {
      const value = FUNCTIONS[name].value(x);
      assert.ok(Math.abs(value - values[at]) < 5e-5 * Math.max(1, Math.abs(value)), `${name}(${x}) is ${value}`);
    });
  }
});

test("every function's slope is that of its curve", () => {
  for (const [name, { value, slope }] of Object.entries(FUNCTIONS)) {
    for (const x of [-4.1, -2.2, -0.7, 0.3, 1.4, 2.9, 7.5]) {
      const measured = (value(x + 1e-4) - value(x - 1e-4)) / 2e-4;
      assert.ok(Math.abs(slope(x, value(x)) - measured) < 2e-3, `${name} at ${x}`);
    }
  }
});

const XOR = { places: [], labels: [] };
const random = randomness(1);
for (let point = 0; point < 200; point += 1) {
  const [x, y] = [2 * random() - 1, 2 * random() - 1];
  XOR.places.push(x, y);
  XOR.labels.push(x * y > 0 ? 0 : 1);
}

test("the gradients are those of the loss", () => {
  for (const kind of ["tanh", "selu", "gelu"]) {
    const network = new Perceptron(kind, [5, 4], 3);
    const lossAt = (layer, place, shift) => {
      const twin = new Perceptron(kind, [5, 4], 3);
      twin.layers[layer].parameters[place] += shift;
      return twin.learn(XOR.places, XOR.labels).loss;
    };
    network.learn(XOR.places, XOR.labels);
    network.layers.forEach(({ gradients }, layer) => {
      for (let place = 0; place < gradients.length; place += 3) {
        const measured = (lossAt(layer, place, 1e-5) - lossAt(layer, place, -1e-5)) / 2e-5;
        assert.ok(Math.abs(gradients[place] - measured) < 1e-6, `${kind}, layer ${layer}, ${place}`);
      }
    });
  }
});

function trained(kind, seed = 0, steps = 400) {
  const network = new Perceptron(kind, [8, 8], seed);
  let told = null;
  for (let step = 0; step < steps; step += 1) told = network.learn(XOR.places, XOR.labels);
  return { network, ...told };
}

test("a bend lets a network learn what no line divides, and without one it can't", () => {
  assert.ok(trained("tanh").right > 0.97);
  assert.ok(trained("relu").right > 0.95);
  assert.ok(trained("identity").right < 0.75);
});

test("without a bend the boundary is one straight line", () => {
  const { network } = trained("identity");
  const at = (x, y) => network.forward(x, y);
  assert.ok(Math.abs(at(0.3, -0.8) + at(-0.5, 0.6) - 2 * at(-0.1, -0.1)) < 1e-9, "the middle has the mean");
});

test("a seed decides the weights", () => {
  assert.deepEqual(trained("tanh", 5, 20).loss, trained("tanh", 5, 20).loss);
  assert.notEqual(trained("tanh", 5, 20).loss, trained("tanh", 6, 20).loss);
});

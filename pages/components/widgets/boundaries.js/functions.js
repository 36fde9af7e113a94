// Activation functions and their slopes, with PyTorch's names and defaults. `slope` is given the input and the value.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => (x > 20 ? x : Math.log1p(Math.exp(x)));
const [ALPHA, SCALE] = [1.6732632423543772, 1.0507009873554805]; // of SELU

// Abramowitz and Stegun 7.1.26; its error is below 2e-7.
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

const leaky = (below) => ({ value: (x) => (x > 0 ? x : below * x), slope: (x) => (x > 0 ? 1 : below) });
const between = (low, high) => ({
  value: (x) => Math.max(low, Math.min(high, x)),
  slope: (x) => (x > low && x < high ? 1 : 0),
});
const elu = (alpha, scale = 1) => ({
  value: (x) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  slope: (x, y) => (x > 0 ? scale : y + scale * alpha),
});

export const FUNCTIONS = {
  relu: leaky(0),
  leaky_relu: leaky(0.01),
  prelu: leaky(0.25), // as it begins; here it doesn't learn its slope
  relu6: between(0, 6),
  elu: elu(1),
  celu: elu(1),
  selu: elu(ALPHA, SCALE),
  gelu: {
    value: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    slope: (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  },
  silu: { value: (x) => x * sigmoid(x), slope: (x, y) => sigmoid(x) * (1 + x - y) },
  mish: {
    value: (x) => x * Math.tanh(softplus(x)),
    slope: (x) => {
      const bent = Math.tanh(softplus(x));
      return bent + x * (1 - bent * bent) * sigmoid(x);
    },
  },
  softplus: { value: softplus, slope: sigmoid },
  hardswish: {
    value: (x) => (x * Math.max(0, Math.min(6, x + 3))) / 6,
    slope: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
  },
  sigmoid: { value: sigmoid, slope: (_x, y) => y * (1 - y) },
  hardsigmoid: {
    value: (x) => Math.max(0, Math.min(1, x / 6 + 0.5)),
    slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  },
  tanh: { value: Math.tanh, slope: (_x, y) => 1 - y * y },
  hardtanh: between(-1, 1),
  softsign: { value: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 },
  identity: { value: (x) => x, slope: () => 1 },
};

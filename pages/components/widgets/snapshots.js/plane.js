// The plane in which features are drawn: the two directions in which points of many numbers differ most.

const ROUNDS = 80; // of the power iteration; more change nothing that one could see

// Principal components of `count` points of `size` numbers each: two directions of length 1, [size] each.
export function principal(values, count, size) {
  const covariance = covarianceOf(values, count, size);
  const first = strongest(covariance, size, []);
  return [first, strongest(covariance, size, [first])];
}

// The points' places in the plane, x and y in turn.
export function project(values, count, size, [first, second]) {
  const places = new Float32Array(2 * count);
  for (let point = 0, at = 0; point < count; point += 1) {
    let [x, y] = [0, 0];
    for (let number = 0; number < size; number += 1, at += 1) {
      x += values[at] * first[number];
      y += values[at] * second[number];
    }
    places[2 * point] = x;
    places[2 * point + 1] = y;
  }
  return places;
}

// The same plane, turned and mirrored so that the points lie as near as they can to where they were (Procrustes).
export function aligned([first, second], now, before) {
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (let at = 0; at < now.length; at += 2) {
    xx += now[at] * before[at];
    xy += now[at] * before[at + 1];
    yx += now[at + 1] * before[at];
    yy += now[at + 1] * before[at + 1];
  }
  const mirrored = Math.hypot(xx - yy, xy + yx) > Math.hypot(xx + yy, xy - yx);
  const sign = mirrored ? -1 : 1;
  const angle = Math.atan2(xy - sign * yx, xx + sign * yy);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    first.map((value, number) => cos * value - sign * sin * second[number]),
    first.map((value, number) => sin * value + sign * cos * second[number]),
  ];
}

function covarianceOf(values, count, size) {
  const means = new Float64Array(size);
  for (let at = 0; at < count * size; at += 1) means[at % size] += values[at] / count;
  const covariance = new Float64Array(size * size);
  const point = new Float64Array(size);
  for (let from = 0; from < count * size; from += size) {
    for (let number = 0; number < size; number += 1) point[number] = values[from + number] - means[number];
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column <= row; column += 1) covariance[row * size + column] += point[row] * point[column];
    }
  }
  for (let row = 0; row < size; row += 1) {
    for (let column = row + 1; column < size; column += 1)
      covariance[row * size + column] = covariance[column * size + row];
  }
  return covariance;
}

function strongest(matrix, size, others) {
  // No direction is preferred, and none is left out.
  let direction = Float64Array.from({ length: size }, (_, number) => 1 + ((number * 7) % 11) / 11);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const other of others) {
      const share = other.reduce((sum, value, number) => sum + value * direction[number], 0);
      direction = direction.map((value, number) => value - share * other[number]);
    }
    const length = Math.hypot(...direction) || 1;
    direction = direction.map((value) => value / length);
    if (round < ROUNDS - 1) direction = times(matrix, direction, size);
  }
  return direction;
}

function times(matrix, vector, size) {
  const product = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) product[row] += matrix[row * size + column] * vector[column];
  }
  return product;
}

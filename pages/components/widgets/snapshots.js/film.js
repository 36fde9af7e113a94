// One run's snapshots as the browser holds them, and what is computed from them once.

import { parse } from "./format.js";
import { aligned, principal, project } from "./plane.js";

export class Film {
  constructor(stream) {
    this.stream = stream; // where the snapshots come from, such as run and attempt
    this.scene = null;
    this.snapshots = new Map(); // step → tensors
    this.places = new Map(); // step → the features' places in the plane
    this.plane = null;
    this.steps = [];
  }

  // What is new. The server may also have dropped some.
  receive({ name, steps, scene, snapshots, steps_per_epoch: stepsPerEpoch, ended }) {
    Object.assign(this, { name, stepsPerEpoch, ended });
    if (scene) this.readScene(scene);
    for (const [step, bytes] of snapshots) this.snapshots.set(step, parse(bytes).tensors);
    for (const step of this.snapshots.keys()) if (!steps.includes(step)) this.forget(step);
    this.steps = steps.filter((step) => this.snapshots.has(step));
    if (snapshots.length) this.turnPlane();
    return (this.scene || !steps.length) && this.steps.length === steps.length;
  }

  readScene(bytes) {
    const { tensors, metadata } = parse(bytes);
    this.scene = { ...tensors, ...JSON.parse(metadata.scene) };
  }

  forget(step) {
    this.snapshots.delete(step);
    this.places.delete(step);
  }

  // The last snapshot at or before a step, or the first.
  at(step) {
    const found = this.steps.findLast((one) => one <= step) ?? this.steps[0];
    return { step: found, ...this.snapshots.get(found) };
  }

  // The plane of the last snapshot, for all of them.
  turnPlane() {
    const last = this.snapshots.get(this.steps.at(-1))?.features;
    if (!last) return;
    const [count, size] = last.shape;
    const old = this.plane;
    this.plane = principal(last.data, count, size);
    const again = (plane) => project(last.data, count, size, plane);
    if (old) this.plane = aligned(this.plane, again(this.plane), again(old));
    this.places.clear();
    this.reach = Math.max(...this.steps.map((step) => this.reachOf(step)), 1e-9);
    this.weightsScale = Math.max(
      ...this.steps.map((step) => this.snapshots.get(step).weights_scale?.data[0] ?? 0),
      1e-9,
    );
  }

  placesAt(step) {
    if (!this.places.has(step)) {
      const { features, features_scale: scale } = this.snapshots.get(step);
      const places = project(features.data, ...features.shape, this.plane);
      for (let at = 0; at < places.length; at += 1) places[at] *= scale.data[0] / 127;
      this.places.set(step, places);
    }
    return this.places.get(step);
  }

  // How far from the middle nearly all points lie.
  reachOf(step) {
    const places = this.placesAt(step);
    const distances = new Float32Array(places.length / 2);
    for (let point = 0; point < distances.length; point += 1)
      distances[point] = Math.hypot(places[2 * point], places[2 * point + 1]);
    return distances.sort()[Math.floor(0.985 * (distances.length - 1))];
  }

  // What a snapshot takes an image for, and how sure it is.
  answer(snapshot, image) {
    const classes = this.scene.classes.length;
    const shares = snapshot.answers.data.subarray(image * classes, (image + 1) * classes);
    let best = 0;
    for (let one = 1; one < classes; one += 1) if (shares[one] > shares[best]) best = one;
    const label = this.scene.labels.data[image];
    return { shares, best, label, right: best === label && !Number.isNaN(shares[best]), share: shares[best] };
  }

  rightOnes(snapshot) {
    const images = this.scene.labels.data.length;
    return Array.from({ length: images }, (_, image) => this.answer(snapshot, image)).filter(({ right }) => right)
      .length;
  }
}

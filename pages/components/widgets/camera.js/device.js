// The camera, and square pictures of what it sees.

import { element, filled } from "./dom.js";

export const SIDE = 256; // pixels of a picture
const QUALITY = 0.88;

// The middle of a picture of this size, as a square: where it begins and how wide it is.
export function middle(width, height) {
  const side = Math.min(width, height);
  return { left: (width - side) / 2, top: (height - side) / 2, side };
}

// Why there is no camera, as a name of a text: "insecure", "denied", "none" or "busy".
export function reason(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotReadableError" || error.name === "AbortError") return "busy";
  return "none";
}

export function possible() {
  return Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia);
}

export class Camera {
  constructor(video, side = SIDE) {
    this.video = video;
    this.stream = null;
    this.canvas = canvasOf(side);
  }

  get on() {
    return this.stream !== null && this.video.videoWidth > 0;
  }

  // Turn it on; `device` is one of `options`, else the one on the back. Throws what `reason` explains.
  async open(device) {
    this.close();
    const wanted = device ? { deviceId: { exact: device } } : { facingMode: { ideal: "environment" } };
    const size = { width: { ideal: 640 }, height: { ideal: 480 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, ...size } });
    this.video.srcObject = this.stream;
    await this.video.play();
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  // Which camera is on, and whether it looks at whom it belongs to.
  get settings() {
    return this.stream?.getVideoTracks()[0]?.getSettings() ?? {};
  }

  // All cameras, as lines of a menu; `text` names those that the browser has no name for.
  async options(text) {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((one) => one.kind === "videoinput" && one.deviceId);
    return cameras.map((one, number) =>
      element("option", { value: one.deviceId }, one.label || filled(text, { number: number + 1 })),
    );
  }

  // What it sees now, as a JPEG.
  picture() {
    return squared(this.video, this.video.videoWidth, this.video.videoHeight, this.canvas);
  }
}

function canvasOf(side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  return canvas;
}

// The middle of a picture as a JPEG, as large as the canvas.
function squared(source, width, height, canvas) {
  const { left, top, side } = middle(width, height);
  canvas.getContext("2d").drawImage(source, left, top, side, side, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

// A file as such a picture. Throws where it is no picture that the browser can read.
export async function ofFile(file) {
  const bitmap = await createImageBitmap(file);
  const blob = await squared(bitmap, bitmap.width, bitmap.height, canvasOf(SIDE));
  bitmap.close();
  return blob;
}

// The camera, and square pictures of what it sees.

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
  constructor(video) {
    this.video = video;
    this.stream = null;
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = SIDE;
  }

  get on() {
    return this.stream !== null && this.video.videoWidth > 0;
  }

  // Turn it on; `device` is one of `list()`, else the one on the back. Throws what `reason` explains.
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

  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((one) => one.kind === "videoinput" && one.deviceId);
  }

  // What it sees now, as a JPEG.
  picture() {
    return squared(this.video, this.video.videoWidth, this.video.videoHeight, this.canvas);
  }
}

// The middle of a picture as a JPEG of `SIDE` pixels; null where the browser can't make one.
export function squared(source, width, height, canvas) {
  const { left, top, side } = middle(width, height);
  canvas.getContext("2d").drawImage(source, left, top, side, side, 0, 0, SIDE, SIDE);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

// A file as such a picture. Throws where it is no picture that the browser can read.
export async function ofFile(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const blob = await squared(bitmap, bitmap.width, bitmap.height, canvas);
  bitmap.close();
  return blob;
}

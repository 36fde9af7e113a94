// What the server sends: a header and files of safetensors, as `core/training/snapshots.py` keeps them.

const TYPES = { F32: Float32Array, I8: Int8Array, U8: Uint8Array, I16: Int16Array };

// A message is the length of its header (4 bytes, little end first), the header as JSON, and files one after the other, in
// the order in which the header names them with their lengths.
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  let at = 4 + length;
  const next = (size) => {
    at += size;
    return bytes.subarray(at - size, at);
  };
  const films = header.films.map((film) => ({
    ...film,
    scene: film.scene ? next(film.scene) : null,
    snapshots: film.snapshots.map(([step, size]) => [step, next(size)]),
  }));
  return { ...header, films };
}

// A file of safetensors: its tensors by name, each { shape, data }, and its metadata.
export function parse(bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...described } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const body = bytes.slice(8 + length); // a copy, so that every tensor begins where its type may
  const tensors = {};
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [from, to],
    },
  ] of Object.entries(described)) {
    const type = TYPES[dtype];
    const data = from % type.BYTES_PER_ELEMENT ? new type(body.slice(from, to).buffer) : null;
    tensors[name] = { shape, data: data ?? new type(body.buffer, from, (to - from) / type.BYTES_PER_ELEMENT) };
  }
  return { tensors, metadata };
}

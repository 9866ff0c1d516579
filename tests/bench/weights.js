// Reads the pack's safetensors files and turns PyTorch's layouts into the ones that the peers compute in (NHWC images,
// HWIO filters, [in, out] matrices), as `{shape, data}`. All of it happens once, before anything is timed.

/**
 * Tensors of one safetensors file by name: `{shape, data}` with data in f32, whatever it is stored in. Those of 8 bits
 * or of 6 (four in three bytes, their shape beside them) have factors beside them, one for each output channel.
 */
export async function readSafetensors(url) {
  const bytes = await fetched(url).then((answer) => answer.arrayBuffer());
  const headerLength = Number(new DataView(bytes).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, headerLength)));
  delete header.__metadata__;
  const tensors = Object.fromEntries(
    Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
      const raw = bytes.slice(8 + headerLength + from, 8 + headerLength + to);
      return [name, { shape, data: toF32(dtype, raw, name) }];
    }),
  );
  for (const [name, sides] of Object.entries(tensors).filter(([name]) => name.endsWith(".shape"))) {
    const tensor = tensors[name.slice(0, -".shape".length)];
    tensor.shape = [...sides.data];
    tensor.data = tensor.data.subarray(0, tensor.shape.reduce((product, side) => product * side, 1));
  }
  for (const [name, factors] of Object.entries(tensors).filter(([name]) => name.endsWith(".scale"))) {
    const { shape, data } = tensors[name.slice(0, -".scale".length)];
    const axis = factors.shape.findIndex((length) => length > 1);
    const run = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
    for (let i = 0; i < data.length; i++) data[i] *= factors.data[Math.floor(i / run) % shape[axis]];
  }
  return tensors;
}

/** A file of JSON, such as a pack's description. */
export const readJson = (url) => fetched(url).then((answer) => answer.json());

/**
 * A filter cut out of a PyTorch one of shape [p, q, height, width]: the kernel rows and columns named, in that
 * order, as [rows, columns, p, q], or as [rows, columns, q, p] when `swap` is set.
 */
export function filter({ shape: [ps, qs, height, width], data }, { rows, columns, swap }) {
  rows ??= [...Array(height).keys()];
  columns ??= [...Array(width).keys()];
  const out = new Float32Array(rows.length * columns.length * ps * qs);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let p = 0; p < ps; p++) {
        for (let q = 0; q < qs; q++) {
          const to = swap ? q * ps + p : p * qs + q;
          out[at + to] = data[((p * qs + q) * height + row) * width + column];
        }
      }
      at += ps * qs;
    }
  }
  return { shape: [rows.length, columns.length, ...(swap ? [qs, ps] : [ps, qs])], data: out };
}

/**
 * A PyTorch linear layer, [out, in], as it is and turned round. `order.outs[o]` names the row that becomes row o,
 * `order.ins[i]` the column that becomes column i.
 */
export function linear({ shape: [outs, ins], data }, bias, order = {}) {
  const rows = new Float32Array(outs * ins);
  const columns = new Float32Array(outs * ins);
  const biases = new Float32Array(outs);
  for (let o = 0; o < outs; o++) {
    const from = order.outs ? order.outs[o] : o;
    biases[o] = bias.data[from];
    for (let i = 0; i < ins; i++) {
      columns[i * outs + o] = rows[o * ins + i] = data[from * ins + (order.ins ? order.ins[i] : i)];
    }
  }
  return {
    outIn: { shape: [outs, ins], data: rows },
    inOut: { shape: [ins, outs], data: columns },
    bias: { shape: [outs], data: biases },
  };
}

/** PyTorch numbers the features of a map channel by channel, NHWC pixel by pixel: where each of the latter lies. */
export const byPixel = (channels, pixels) =>
  Array.from({ length: channels * pixels }, (_, i) => (i % channels) * pixels + Math.floor(i / channels));

async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} was answered with status ${answer.status}.`);
  return answer;
}

function toF32(dtype, raw, name) {
  if (dtype === "F32") return new Float32Array(raw);
  if (dtype === "F16") return Float32Array.from(new Uint16Array(raw), halfToFloat);
  if (dtype === "I8") return Float32Array.from(new Int8Array(raw));
  if (dtype === "I64") return Float32Array.from(new BigInt64Array(raw), Number);
  if (dtype === "U8") return sixBits(new Uint8Array(raw));
  throw new Error(`The tensor ${name} is stored as ${dtype}; F32, F16, I64, I8 and U8 are read here.`);
}

/** Integers of -32 to 31, four in three bytes, the first in the lowest bits. */
function sixBits(bytes) {
  const out = new Float32Array((bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3) {
    const whole = bytes[from] | (bytes[from + 1] << 8) | (bytes[from + 2] << 16);
    for (let shift = 0; shift < 24; shift += 6) out[to++] = ((whole >> shift) & 63) - 32;
  }
  return out;
}

function halfToFloat(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

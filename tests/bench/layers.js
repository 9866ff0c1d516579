// Convolutions that know their own gradient with respect to their input, each made of the operations that
// TensorFlow.js runs fastest.
//
// `forward` and `backward` are what the explicit path calls. `traced` is the same layer in the plain operations
// whose gradient TensorFlow.js records by itself.
//
// Where a gradient or a transposed convolution has stride 2, it is split by the parity of its output's rows and
// columns into four ordinary convolutions without a wasted multiplication; a phase is one of those four.

import * as weights from "./weights.js";

/** Slope of LeakyReLU below zero. */
export const SLOPE = 0.3;

const PHASES = [[0, 0], [0, 1], [1, 0], [1, 1]];

const tensor = ({ shape, data }) => tf.keep(tf.tensor(data, shape));
const filter = (weight, cut) => tensor(weights.filter(weight, cut));

/** Convolution, filter stored [out, in, k, k]; stride 1 or 2. `activation` is linear, relu or leakyrelu. */
export function convolution(weight, bias, { stride, pad, activation }) {
  const k = weight.shape[2];
  const biases = tf.keep(tf.tensor1d(bias.data));
  const direct = filter(weight, { swap: true });
  const layer = {
    forward: (x) =>
      tf.fused.conv2d({ x, filter: direct, strides: stride, pad, bias: biases, activation, leakyreluAlpha: SLOPE }),
    traced: (x) => activate(tf.add(tf.conv2d(x, direct, stride, pad), biases), activation),
  };
  if (stride === 1) {
    const reversed = [...Array(k).keys()].reverse();
    const turned = filter(weight, { rows: reversed, columns: reversed });
    layer.backward = (dy) => tf.conv2d(dy, turned, 1, k - 1 - pad);
  } else if (k === 1) {
    // Only even rows and columns were read: the other three phases are zero, and the caller adds this one to them.
    const turned = filter(weight, {});
    layer.backwardEven = (dy) => tf.conv2d(dy, turned, 1, 0);
  } else {
    // Row 2i + r was read by output i + d through kernel row r + pad - 2d, where there is such a row. For 3/2/1: row 2i
    // by i through 1; row 2i + 1 by i through 2 and by i + 1 through 0.
    const taps = [0, 1].map((r) => {
      const [first, last] = [Math.ceil((r + pad - k + 1) / 2), Math.floor((r + pad) / 2)];
      const kernel = Array.from({ length: last - first + 1 }, (_, n) => r + pad - 2 * (first + n));
      return { kernel, pad: [-first, last] };
    });
    const phases = PHASES.map(([r, c]) => ({
      turned: filter(weight, { rows: taps[r].kernel, columns: taps[c].kernel }),
      pad: [[0, 0], taps[r].pad, taps[c].pad, [0, 0]],
    }));
    layer.backwardPhases = (dy) => phases.map((phase) => tf.conv2d(dy, phase.turned, 1, phase.pad));
  }
  return layer;
}

/** Transposed convolution 4/2/1 with LeakyReLU, filter stored [in, out, 4, 4]. */
export function upConvolution(weight, bias) {
  const biases = tf.keep(tf.tensor1d(bias.data));
  // Output row 2i is made of inputs i - 1 and i through kernel rows 3 and 1; row 2i + 1 of i and i + 1 through 2 and 0.
  const taps = [[3, 1], [2, 0]];
  const phases = PHASES.map(([r, c]) => ({
    cut: filter(weight, { rows: taps[r], columns: taps[c] }),
    pad: [[0, 0], [1 - r, r], [1 - c, c], [0, 0]],
  }));
  const whole = filter(weight, { swap: true });
  const outs = weight.shape[1];
  return {
    forward: (x) =>
      interleave(
        phases.map(({ cut, pad }) =>
          tf.fused.conv2d({ x, filter: cut, strides: 1, pad, bias: biases, activation: "leakyrelu", leakyreluAlpha: SLOPE }),
        ),
      ),
    backward: (dy) => tf.conv2d(dy, whole, 2, 1),
    traced: (x) => {
      const [batch, height, width] = x.shape;
      return activate(tf.add(tf.conv2dTranspose(x, whole, [batch, 2 * height, 2 * width, outs], 2, 1), biases), "leakyrelu");
    },
  };
}

/** Fully connected layer, as made by `linear` of weights.js. `activation` is linear, relu or leakyrelu. */
export function dense(linear, activation) {
  const [inOut, outIn, bias] = [linear.inOut, linear.outIn, linear.bias].map(tensor);
  const backward = (dy) => tf.matMul(dy, outIn);
  // Not left to tf.matMul's own gradient: on the webgpu backend that one is wrong for [1, 6144] by [512, 6144]
  // transposed, and on wasm a transposed factor takes the slow kernel.
  const product = tf.customGrad((x) => ({ value: tf.matMul(x, inOut), gradFunc: backward }));
  return {
    forward: (x) => tf.fused.matMul({ a: x, b: inOut, bias, activation, leakyreluAlpha: SLOPE }),
    backward,
    traced: (x) => activate(tf.add(product(x), bias), activation),
  };
}

/** The image whose even and odd rows and columns are the four phases; batch of one. */
export function interleave([evenEven, evenOdd, oddEven, oddOdd]) {
  const [, height, width, channels] = evenEven.shape;
  const row = (even, odd) => tf.reshape(tf.concat([even, odd], 3), [height, width * 2 * channels]);
  return tf.reshape(tf.concat([row(evenEven, evenOdd), row(oddEven, oddOdd)], 1), [1, 2 * height, 2 * width, channels]);
}

/** dy where the activation's output y was positive, `slope` times dy elsewhere. */
export const throughActivation = (dy, y, slope) => tf.mul(dy, tf.step(y, slope));

function activate(x, activation) {
  if (activation === "relu") return tf.relu(x);
  return activation === "leakyrelu" ? tf.leakyRelu(x, SLOPE) : x;
}

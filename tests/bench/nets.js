// The two networks of the comparison, batch of one, each with three functions: `traced` (plain operations, for
// TensorFlow.js's own gradients), `forward` (fused operations; also returns what the gradient needs) and `backward`.

import { SLOPE, convolution, dense, interleave, throughActivation, upConvolution } from "./layers.js";
import { linear } from "./weights.js";

/** Code [1, units] to image [1, 64, 64, 3]. */
export function generator(tensors, codeScale) {
  const get = (name) => tensors[name];
  const fc1 = dense(linear(get("fc1.weight"), get("fc1.bias")), "leakyrelu");
  const channels = get("up.0.weight").shape[0];
  const side = Math.sqrt(get("fc.weight").shape[0] / channels);
  // PyTorch numbers the features channel by channel, NHWC pixel by pixel.
  const pixels = side * side;
  const order = Array.from({ length: channels * pixels }, (_, o) => (o % channels) * pixels + Math.floor(o / channels));
  const fc = dense(linear(get("fc.weight"), get("fc.bias"), order), "leakyrelu");
  const levels = Object.keys(tensors).filter((name) => /^up\.\d+\.weight$/.test(name)).length;
  const up = [];
  const c = [];
  for (let i = 0; i < levels; i++) {
    up.push(upConvolution(get(`up.${i}.weight`), get(`up.${i}.bias`)));
    const activation = i < levels - 1 ? "leakyrelu" : "linear";
    c.push(convolution(get(`c.${i}.weight`), get(`c.${i}.bias`), { stride: 1, pad: 1, activation }));
  }

  return {
    traced(code) {
      let x = fc.traced(fc1.traced(tf.mul(code, codeScale)));
      x = tf.reshape(x, [1, side, side, channels]);
      for (let i = 0; i < levels; i++) x = c[i].traced(up[i].traced(x));
      return x;
    },
    forward(code) {
      const hidden = fc1.forward(tf.mul(code, codeScale));
      const seed = tf.reshape(fc.forward(hidden), [1, side, side, channels]);
      const saved = [];
      let x = seed;
      for (let i = 0; i < levels; i++) {
        const raised = up[i].forward(x);
        x = c[i].forward(raised);
        saved.push([raised, x]);
      }
      return { image: x, saved: { hidden, seed, saved } };
    },
    backward(dImage, { hidden, seed, saved }) {
      let d = dImage;
      for (let i = levels - 1; i >= 0; i--) {
        const [raised, x] = saved[i];
        if (i < levels - 1) d = throughActivation(d, x, SLOPE);
        d = up[i].backward(throughActivation(c[i].backward(d), raised, SLOPE));
      }
      d = tf.reshape(throughActivation(d, seed, SLOPE), [1, -1]);
      d = throughActivation(fc.backward(d), hidden, SLOPE);
      return tf.mul(fc1.backward(d), codeScale);
    },
  };
}

/** Image [1, 64, 64, 3] in -1..1 to logits [1, classes]: ResNet-18 with conv1 7/1/3, batch norms folded. */
export function classifier(tensors) {
  const conv = (name, stride, pad, activation) =>
    convolution(tensors[`${name}.weight`], tensors[`${name}.bias`], { stride, pad, activation });
  const conv1 = conv("conv1", 1, 3, "relu");
  const blocks = [];
  for (let layer = 1; layer <= 4; layer++) {
    for (let block = 0; block < 2; block++) {
      const name = `layer${layer}.${block}`;
      const halves = layer > 1 && block === 0;
      blocks.push({
        conv1: conv(`${name}.conv1`, halves ? 2 : 1, 1, "relu"),
        conv2: conv(`${name}.conv2`, 1, 1, "linear"),
        downsample: halves ? conv(`${name}.downsample`, 2, 0, "linear") : null,
      });
    }
  }
  const fc = dense(linear(tensors["fc.weight"], tensors["fc.bias"]), "linear");

  return {
    traced(image) {
      let x = tf.maxPool(conv1.traced(image), 3, 2, 1);
      for (const { conv1, conv2, downsample } of blocks) {
        x = tf.relu(tf.add(conv2.traced(conv1.traced(x)), downsample ? downsample.traced(x) : x));
      }
      return fc.traced(tf.mean(x, [1, 2]));
    },
    forward(image) {
      const first = conv1.forward(image);
      const pooled = tf.maxPool(first, 3, 2, 1);
      const saved = [];
      let x = pooled;
      for (const { conv1, conv2, downsample } of blocks) {
        const middle = conv1.forward(x);
        x = tf.relu(tf.add(conv2.forward(middle), downsample ? downsample.forward(x) : x));
        saved.push([middle, x]);
      }
      const logits = fc.forward(tf.mean(x, [1, 2]));
      return { logits, saved: { first, pooled, saved } };
    },
    backward(dLogits, { first, pooled, saved }) {
      const [, height, width, channels] = saved.at(-1)[1].shape;
      const dMean = tf.mul(fc.backward(dLogits), 1 / (height * width));
      let d = tf.tile(tf.reshape(dMean, [1, 1, 1, channels]), [1, height, width, 1]);
      for (let i = blocks.length - 1; i >= 0; i--) {
        const { conv1, conv2, downsample } = blocks[i];
        const [middle, x] = saved[i];
        const dSum = throughActivation(d, x, 0);
        const dMiddle = throughActivation(conv2.backward(dSum), middle, 0);
        if (downsample) {
          const [even, ...others] = conv1.backwardPhases(dMiddle);
          d = interleave([tf.add(even, downsample.backwardEven(dSum)), ...others]);
        } else {
          d = tf.add(conv1.backward(dMiddle), dSum);
        }
      }
      return conv1.backward(throughActivation(maxPoolBackward(d, first, pooled), first, 0));
    },
  };
}

// The kernel that tf.grad of tf.maxPool calls; it has no public name of its own.
const maxPoolBackward = (dy, input, output) =>
  tf.engine().runKernel("MaxPoolGrad", { dy, input, output }, { filterSize: 3, strides: 2, pad: 1 });

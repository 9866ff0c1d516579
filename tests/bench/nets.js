// The networks of the comparison, batch of one, each with three functions: `traced` (plain operations, for
// TensorFlow.js's own gradients), `forward` (fused operations; also returns what the gradient needs) and `backward`.

import { SLOPE, convolution, dense, interleave, throughActivation, upConvolution } from "./layers.js";
import { byPixel, linear } from "./weights.js";

/**
 * Code [1, units] to image [1, side, side, 3]; the pack's description of it names its first layer, scales its code, and says
 * before which layers a residual block stands.
 */
export function generator(tensors, { linear: [{ name: first }], code_scale: codeScale, residual = [] }) {
  const get = (name) => tensors[name];
  const fc1 = dense(linear(get(`${first}.weight`), get(`${first}.bias`)), "leakyrelu");
  const channels = get("up.0.weight").shape[0];
  const side = Math.sqrt(get("fc.weight").shape[0] / channels);
  const fc = dense(linear(get("fc.weight"), get("fc.bias"), { outs: byPixel(channels, side * side) }), "leakyrelu");
  const levels = Object.keys(tensors).filter((name) => /^up\.\d+\.weight$/.test(name)).length;
  const up = [];
  const c = [];
  const same = (name, activation) => convolution(get(`${name}.weight`), get(`${name}.bias`), { stride: 1, pad: 1, activation });
  const blocks = [];
  for (let i = 0; i < levels; i++) {
    const block = residual.find(({ before }) => before === `up.${i}`);
    blocks.push(block && [same(`${block.name}.0`, "leakyrelu"), same(`${block.name}.1`, "linear")]);
    up.push(upConvolution(get(`up.${i}.weight`), get(`up.${i}.bias`)));
    const activation = i < levels - 1 ? "leakyrelu" : "linear";
    c.push(same(`c.${i}`, activation));
  }

  return {
    traced(code) {
      let x = fc.traced(fc1.traced(tf.mul(code, codeScale)));
      x = tf.reshape(x, [1, side, side, channels]);
      for (let i = 0; i < levels; i++) {
        if (blocks[i]) x = tf.add(x, blocks[i][1].traced(blocks[i][0].traced(x)));
        x = c[i].traced(up[i].traced(x));
      }
      return x;
    },
    forward(code) {
      const hidden = fc1.forward(tf.mul(code, codeScale));
      const seed = tf.reshape(fc.forward(hidden), [1, side, side, channels]);
      const saved = [];
      let x = seed;
      for (let i = 0; i < levels; i++) {
        const middle = blocks[i]?.[0].forward(x);
        if (middle) x = tf.add(x, blocks[i][1].forward(middle));
        const raised = up[i].forward(x);
        x = c[i].forward(raised);
        saved.push([raised, x, middle]);
      }
      return { image: x, saved: { hidden, seed, saved } };
    },
    backward(dImage, { hidden, seed, saved }) {
      let d = dImage;
      for (let i = levels - 1; i >= 0; i--) {
        const [raised, x, middle] = saved[i];
        if (i < levels - 1) d = throughActivation(d, x, SLOPE);
        d = up[i].backward(throughActivation(c[i].backward(d), raised, SLOPE));
        if (middle) {
          const dMiddle = throughActivation(blocks[i][1].backward(d), middle, SLOPE);
          d = tf.add(d, blocks[i][0].backward(dMiddle));
        }
      }
      d = tf.reshape(throughActivation(d, seed, SLOPE), [1, -1]);
      d = throughActivation(fc.backward(d), hidden, SLOPE);
      return tf.mul(fc1.backward(d), codeScale);
    },
  };
}

/** Image [1, side, side, 3] in -1..1 to logits [1, classes], as a pack describes the classifier. */
export function classifier(tensors, { architecture, view }) {
  const network = { resnet, caffenet }[architecture.kind](tensors, architecture);
  if (!view) return network;
  const { kernel, stride, padding } = view.average_pool ?? {};
  if (`${[kernel, stride, padding ?? []].flat(3).map(Number)}`.replace(/(,0)*$/, "") !== "2,2,2,2") {
    throw new Error("Only an average of 2×2 pixels is known here.");
  }
  const pooled = (image) => tf.avgPool(image, 2, 2, 0);
  return {
    traced: (image) => network.traced(pooled(image)),
    forward: (image) => network.forward(pooled(image)),
    backward(dLogits, saved) {
      const quarter = tf.mul(network.backward(dLogits, saved), 0.25);
      return interleave([quarter, quarter, quarter, quarter]);
    },
  };
}

/** ResNet-18 with conv1 7/1/3, batch norms folded. */
function resnet(tensors) {
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

/** CaffeNet: convolutions, some of them followed by a pooling 3/2/1, then fully connected layers. */
function caffenet(tensors, { convolutions, pooled, linear: connected }) {
  const weights = (name) => [tensors[`${name}.weight`], tensors[`${name}.bias`]];
  const convolved = convolutions.map(({ name, stride, padding: pad }) => ({
    ...convolution(...weights(name), { stride, pad, activation: "relu" }),
    pooled: pooled.includes(name),
  }));
  const channels = convolutions.at(-1).channels;
  const linears = connected.map(({ name }, index) => {
    const [weight, bias] = weights(name);
    const order = index === 0 ? { ins: byPixel(channels, weight.shape[1] / channels) } : {};
    return dense(linear(weight, bias, order), index < connected.length - 1 ? "relu" : "linear");
  });

  return {
    traced(image) {
      let x = image;
      for (const { traced, pooled } of convolved) x = pooled ? tf.maxPool(traced(x), 3, 2, 1) : traced(x);
      return linears.reduce((x, { traced }) => traced(x), tf.reshape(x, [1, -1]));
    },
    forward(image) {
      const saved = [];
      let x = image;
      for (const { forward, pooled } of convolved) {
        const y = forward(x);
        x = pooled ? tf.maxPool(y, 3, 2, 1) : y;
        saved.push([y, x]);
      }
      const hidden = [tf.reshape(x, [1, -1])];
      for (const { forward } of linears) hidden.push(forward(hidden.at(-1)));
      return { logits: hidden.at(-1), saved: { saved, hidden } };
    },
    backward(dLogits, { saved, hidden }) {
      let d = dLogits;
      for (let i = linears.length - 1; i >= 0; i--) {
        d = linears[i].backward(d);
        if (i > 0) d = throughActivation(d, hidden[i], 0);
      }
      d = tf.reshape(d, saved.at(-1)[1].shape);
      for (let i = convolved.length - 1; i >= 0; i--) {
        const { backward, backwardPhases, pooled } = convolved[i];
        const [y, x] = saved[i];
        const dY = throughActivation(pooled ? maxPoolBackward(d, y, x) : d, y, 0);
        d = backward ? backward(dY) : interleave(backwardPhases(dY));
      }
      return d;
    },
  };
}

// The kernel that tf.grad of tf.maxPool calls; it has no public name of its own.
const maxPoolBackward = (dy, input, output) =>
  tf.engine().runKernel("MaxPoolGrad", { dy, input, output }, { filterSize: 3, strides: 2, pad: 1 });

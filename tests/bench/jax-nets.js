// The networks of the comparison in jax-js, batch of one, as nets.js has them: `traced` is made of the plain operations
// (images [1, channels, side, side]), for its own gradients; `forward` and `backward` are made of the products that it
// runs fastest (images [side, side, channels]), as `correlation` says.
//
// An array belongs to whom it is given to; `.ref` keeps it for another use.

import { lax, nn, numpy as np } from "./node_modules/@jax-js/jax/dist/index.js";
import { byPixel, filter, linear } from "./weights.js";

/** Slopes of the activations below zero. */
const [RELU, LEAKY, LINEAR] = [0, 0.3, 1];
const PHASES = [[0, 0], [0, 1], [1, 0], [1, 1]];

/** Code [1, units] to image. */
export function generator(tensors, { linear: [{ name: first }], code_scale: codeScale, residual = [] }) {
  const get = (name) => [tensors[`${name}.weight`], tensors[`${name}.bias`]];
  const channels = tensors["up.0.weight"].shape[0];
  const side = Math.sqrt(tensors["fc.weight"].shape[0] / channels);
  const levels = Object.keys(tensors).filter((name) => /^up\.\d+\.weight$/.test(name)).length;
  const fc1 = dense(linear(...get(first)));
  // The order of a map's features is the one thing that differs between the two layouts.
  const plainFc = dense(linear(...get("fc")));
  const fc = dense(linear(...get("fc"), { outs: byPixel(channels, side * side) }));
  const same = (name) => convolution(...get(name), { stride: 1, pad: 1 });
  const rungs = Array.from({ length: levels }, (_, i) => {
    const block = residual.find(({ before }) => before === `up.${i}`);
    return {
      block: block && [same(`${block.name}.0`), same(`${block.name}.1`)],
      up: upConvolution(...get(`up.${i}`)),
      c: same(`c.${i}`),
    };
  });

  return {
    traced(code) {
      let x = activate(fc1.forward(code.mul(codeScale)), LEAKY);
      x = activate(plainFc.forward(x), LEAKY).reshape([1, channels, side, side]);
      for (const [i, { block, up, c }] of rungs.entries()) {
        if (block) x = block[1].traced(activate(block[0].traced(x.ref), LEAKY)).add(x);
        x = c.traced(activate(up.traced(x), LEAKY));
        if (i < levels - 1) x = activate(x, LEAKY);
      }
      return x;
    },
    // What is kept of a layer is its output before the activation; `slope` is of the activation that follows it.
    forward(code) {
      const hidden = fc1.forward(code.mul(codeScale));
      const seed = fc.forward(activate(hidden.ref, LEAKY)).reshape([side, side, channels]);
      const saved = [];
      let [x, slope] = [seed.ref, LEAKY];
      for (const { block, up, c } of rungs) {
        let middle;
        if (block) {
          middle = block[0].forward(x.ref, slope);
          x = block[1].forward(middle.ref, LEAKY).add(activate(x, slope));
          slope = LINEAR;
        }
        const raised = up.forward(x, slope);
        x = c.forward(raised.ref, LEAKY);
        slope = LEAKY;
        saved.push([raised, x.ref, middle]);
      }
      return { image: x, saved: { hidden, seed, saved } };
    },
    backward(dImage, { hidden, seed, saved }) {
      let d = dImage;
      for (let i = levels - 1; i >= 0; i--) {
        const [raised, x, middle] = saved[i];
        const { block, up, c } = rungs[i];
        d = c.backward(d, x, i < levels - 1 ? LEAKY : LINEAR);
        d = up.backward(d, raised, LEAKY);
        if (block) d = block[0].backward(block[1].backward(d.ref, null, LINEAR), middle, LEAKY).add(d);
      }
      d = fc.backward(through(d, seed, LEAKY).reshape([1, -1]));
      return fc1.backward(through(d, hidden, LEAKY)).mul(codeScale);
    },
  };
}

/** Image in -1..1 to logits [1, classes], as a pack describes the classifier. */
export function classifier(tensors, { architecture, view }) {
  const build = { resnet, caffenet }[architecture.kind];
  if (!build) throw new Error(`A classifier of the kind ${architecture.kind} is not known here.`);
  const network = build(tensors, architecture);
  if (!view) return network;
  const { kernel, stride, padding } = view.average_pool ?? {};
  if (`${[kernel, stride, padding ?? []].flat(3).map(Number)}`.replace(/(,0)*$/, "") !== "2,2,2,2") {
    throw new Error("Only an average of 2×2 pixels is known here.");
  }
  return {
    traced(image) {
      const [, channels, side] = image.shape;
      return network.traced(np.mean(image.reshape([1, channels, side / 2, 2, side / 2, 2]), [3, 5]));
    },
    forward(image) {
      const [side, , channels] = image.shape;
      return network.forward(np.mean(image.reshape([side / 2, 2, side / 2, 2, channels]), [1, 3]));
    },
    backward(dLogits, saved) {
      const quarter = network.backward(dLogits, saved).mul(0.25);
      const [side, , channels] = quarter.shape;
      const spread = np.broadcastTo(quarter.reshape([side, 1, side, 1, channels]), [side, 2, side, 2, channels]);
      return spread.reshape([2 * side, 2 * side, channels]);
    },
  };
}

/** CaffeNet: convolutions, some of them followed by a pooling 3/2/1, then fully connected layers. */
function caffenet(tensors, { convolutions, pooled, linear: connected }) {
  const weights = (name) => [tensors[`${name}.weight`], tensors[`${name}.bias`]];
  const convolved = convolutions.map(({ name, stride, padding: pad }) => ({
    ...convolution(...weights(name), { stride, pad }),
    pooled: pooled.includes(name),
  }));
  const channels = convolutions.at(-1).channels;
  const connect = (first) =>
    connected.map(({ name }, index) => dense(linear(...weights(name), index === 0 ? first : {})));
  const plain = connect({});
  const features = tensors[`${connected[0].name}.weight`].shape[1];
  const linears = connect({ ins: byPixel(channels, features / channels) });

  return {
    traced(image) {
      let x = image;
      for (const { traced, pooled } of convolved) {
        x = activate(traced(x), RELU);
        if (pooled) x = maxPool(x);
      }
      x = x.reshape([1, -1]);
      return plain.reduce((x, { forward }, index) => forward(index === 0 ? x : activate(x, RELU)), x);
    },
    forward(image) {
      const saved = [];
      let [x, slope] = [image, LINEAR];
      for (const { forward, pooled } of convolved) {
        const y = forward(x, slope);
        [x, slope] = [y.ref, RELU];
        let unpool;
        if (pooled) [x, unpool, slope] = [...pool(activate(x, RELU)), LINEAR];
        saved.push([y, unpool]);
      }
      const shape = x.shape;
      const hidden = [];
      x = activate(x, slope).reshape([1, -1]);
      for (const [index, { forward }] of linears.entries()) {
        x = forward(index === 0 ? x : activate(x, RELU));
        if (index < linears.length - 1) hidden.push(x.ref);
      }
      return { logits: x, saved: { saved, shape, hidden } };
    },
    backward(dLogits, { saved, shape, hidden }) {
      let d = dLogits;
      for (let i = linears.length - 1; i >= 0; i--) {
        d = linears[i].backward(d);
        if (i > 0) d = through(d, hidden[i - 1], RELU);
      }
      d = d.reshape(shape);
      for (let i = convolved.length - 1; i >= 0; i--) {
        const [y, unpool] = saved[i];
        d = convolved[i].backward(unpool ? unpool(d) : d, y, RELU);
      }
      return d;
    },
  };
}

/** ResNet-18 with conv1 7/1/3, batch norms folded. */
function resnet(tensors) {
  const conv = (name, stride, pad) => convolution(tensors[`${name}.weight`], tensors[`${name}.bias`], { stride, pad });
  const conv1 = conv("conv1", 1, 3);
  const blocks = [];
  for (let layer = 1; layer <= 4; layer++) {
    for (let block = 0; block < 2; block++) {
      const name = `layer${layer}.${block}`;
      const halves = layer > 1 && block === 0;
      blocks.push({
        conv1: conv(`${name}.conv1`, halves ? 2 : 1, 1),
        conv2: conv(`${name}.conv2`, 1, 1),
        downsample: halves ? conv(`${name}.downsample`, 2, 0) : null,
      });
    }
  }
  const fc = dense(linear(tensors["fc.weight"], tensors["fc.bias"]));

  return {
    traced(image) {
      let x = maxPool(activate(conv1.traced(image), RELU));
      for (const { conv1, conv2, downsample } of blocks) {
        const y = conv2.traced(activate(conv1.traced(x.ref), RELU));
        x = activate(y.add(downsample ? downsample.traced(x) : x), RELU);
      }
      return fc.forward(np.mean(x, [2, 3]));
    },
    forward(image) {
      const first = conv1.forward(image, LINEAR);
      let [x, unpool] = pool(activate(first.ref, RELU));
      let slope = LINEAR;
      const saved = [];
      for (const { conv1, conv2, downsample } of blocks) {
        const middle = conv1.forward(x.ref, slope);
        const y = conv2.forward(middle.ref, RELU);
        x = y.add(downsample ? downsample.forward(x, slope) : activate(x, slope));
        slope = RELU;
        saved.push([middle, x.ref]);
      }
      const shape = x.shape;
      const logits = fc.forward(np.mean(activate(x, RELU), [0, 1]).reshape([1, -1]));
      return { logits, saved: { first, unpool, saved, shape } };
    },
    backward(dLogits, { first, unpool, saved, shape: [height, width, channels] }) {
      const dMean = fc.backward(dLogits).mul(1 / (height * width));
      let d = np.broadcastTo(dMean.reshape([1, 1, channels]), [height, width, channels]);
      for (let i = blocks.length - 1; i >= 0; i--) {
        const { conv1, conv2, downsample } = blocks[i];
        const [middle, x] = saved[i];
        const dSum = through(d, x, RELU);
        d = conv1.backward(conv2.backward(dSum.ref, null, LINEAR), middle, RELU);
        d = d.add(downsample ? downsample.backward(dSum, null, LINEAR) : dSum);
      }
      return conv1.backward(unpool(d), first, RELU);
    },
  };
}

/**
 * Convolution, filter stored [out, in, k, k]; stride 1 or 2. `forward` takes the layer before's output as it was before
 * the activation of that `slope`; `backward` takes the gradient with respect to what the activation made of its output y.
 */
function convolution(weight, bias, { stride, pad }) {
  const k = weight.shape[2];
  const outs = weight.shape[0];
  const plain = array(weight);
  const [planes, biases] = [array({ shape: [1, outs, 1, 1], data: bias.data }), array(bias)];
  const around = [[pad, pad], [pad, pad]];
  const direct = correlation(filter(weight, { swap: true }), stride);
  const layer = {
    traced: (x) => lax.convGeneralDilated(x, plain.ref, [stride, stride], around).add(planes.ref),
    forward: (x, slope) => direct(padded(x, around, slope)).add(biases.ref),
  };
  if (stride === 1) {
    const reversed = [...Array(k).keys()].reverse();
    const turned = correlation(filter(weight, { rows: reversed, columns: reversed }), 1);
    const before = k - 1 - pad;
    layer.backward = (d, y, slope) => turned(padded(d, [[before, before], [before, before]], slope, y));
    return layer;
  }
  // Row 2i + r was read by output i + d through kernel row r + pad - 2d, where there is such a row. For 3/2/1: row 2i
  // by i through 1; row 2i + 1 by i through 2 and by i + 1 through 0.
  const taps = [0, 1].map((r) => {
    const [first, last] = [Math.ceil((r + pad - k + 1) / 2), Math.floor((r + pad) / 2)];
    return { kernel: Array.from({ length: last - first + 1 }, (_, n) => r + pad - 2 * (first + n)), first, last };
  });
  const least = Math.min(...taps.map(({ first }) => first));
  const most = Math.max(...taps.map(({ last }) => last));
  const phases = PHASES.map(([r, c]) => {
    if (taps[r].kernel.length * taps[c].kernel.length === 0) return null;
    return {
      turned: correlation(filter(weight, { rows: taps[r].kernel, columns: taps[c].kernel }), 1),
      at: [taps[r], taps[c]].map(({ first }) => first - least),
      size: [taps[r], taps[c]].map(({ kernel }) => kernel.length - 1),
    };
  });
  layer.backward = (d, y, slope) => {
    const [height, width] = d.shape;
    const around = padded(d, [[-least, most], [-least, most]], slope, y);
    const parts = phases.map((phase) => {
      if (!phase) return np.zeros([height, width, weight.shape[1]]);
      const { turned, at: [top, left], size: [below, beside] } = phase;
      return turned(around.ref.slice([top, top + height + below], [left, left + width + beside], []));
    });
    around.dispose();
    return interleaved(np.stack(parts).reshape([2, 2, height, width, -1]));
  };
  return layer;
}

/** Transposed convolution 4/2/1, filter stored [in, out, 4, 4]. */
function upConvolution(weight, bias) {
  const [ins, outs] = weight.shape;
  const [planes, biases] = [array({ shape: [1, outs, 1, 1], data: bias.data }), array(bias)];
  const reversed = [3, 2, 1, 0];
  const { data: turned } = filter(weight, { rows: reversed, columns: reversed });
  const plain = np.transpose(array({ shape: [4, 4, ins, outs], data: turned }), [3, 2, 0, 1]).mul(one.ref);
  const whole = correlation(filter(weight, { swap: true }), 2);
  // Output row 2i is made of inputs i - 1 and i through kernel rows 3 and 1; row 2i + 1 of i and i + 1 through 2 and 0.
  const taps = [[3, 1], [2, 0]];
  const rows = [0, 1].map((a) => {
    const cuts = PHASES.map(([r, c]) => filter(weight, { rows: [taps[r][a]], columns: taps[c] }).data);
    return array({ shape: [2, 2, 2 * ins, outs], data: joined(cuts) });
  });
  return {
    traced: (x) =>
      lax.convGeneralDilated(x, plain.ref, [1, 1], [[2, 2], [2, 2]], { lhsDilation: [2, 2] }).add(planes.ref),
    forward(x, slope) {
      const [height, width] = x.shape;
      const wide = padded(x, [[1, 1], [1, 1]], slope).reshape([height + 2, (width + 2) * ins]);
      // All four phases at once, [row phase, column phase, height, width, two neighbours].
      const both = rows.map((cut, a) => {
        const lines = wide.ref.slice([a, a + height + 1]);
        const pairs = windows(windows(lines, 2, (width + 1) * ins, ins), width, 2 * ins, ins);
        const shifted = windows(pairs.transpose([1, 2, 3, 0]), 2, height, 1);
        const sides = shifted.transpose([3, 0, 4, 1, 2]);
        const phases = { lhsBatchDims: [0, 1], rhsBatchDims: [0, 1] };
        return lax.dot(sides, cut.ref, { lhsContractingDims: [4], rhsContractingDims: [2], ...phases });
      });
      wide.dispose();
      return interleaved(both.reduce((sum, part) => part.add(sum)).add(biases.ref));
    },
    // The row more is for the last product's view of every second row.
    backward: (d, y, slope) => whole(padded(d, [[1, 2], [1, 1]], slope, y)),
  };
}

/** Fully connected layer, as made by `linear` of weights.js, before its activation. */
function dense({ inOut, outIn, bias }) {
  const [forth, back, biases] = [array(outIn), array(inOut), array(bias)];
  return {
    forward: (x) => np.matmul(x, forth.ref.transpose()).add(biases.ref),
    backward: (dy) => np.matmul(dy, back.ref.transpose()),
  };
}

/**
 * Image [height, width, in], which has its padding, and a filter [rows, columns, in, out] to image: a product for each of
 * the filter's rows, with the image seen as overlapping runs of its own memory. The wasm backend then steps through both
 * factors by pointers; of `lax.convGeneralDilated` it makes a loop that computes each element's place anew.
 */
function correlation({ shape: [rows, columns, ins, outs], data }, stride) {
  const length = columns * ins;
  // Vectors are made of outputs where their number allows it, else of inputs: then those have to be neighbours.
  const byOutput = outs % 4 === 0;
  const cuts = Array.from({ length: rows }, (_, row) => {
    const cut = data.slice(row * length * outs, (row + 1) * length * outs);
    const [shape, placed] = byOutput ? [[length, outs], cut] : [[outs, length], transposed(cut, length, outs)];
    return array({ shape, data: placed });
  });
  return (x) => {
    const [height, width] = [x.shape[0] - rows, x.shape[1] - columns].map((room) => Math.floor(room / stride) + 1);
    // A view that several products share would be laid out for them; each makes its own.
    const parts = cuts.map((cut, row) => {
      let lines = x.ref.reshape([x.shape[0], x.shape[1] * ins]).slice([row, row + stride * height]);
      if (stride > 1) lines = lines.reshape([height, stride, -1]).slice([], [0, 1]).reshape([height, -1]);
      const runs = windows(lines, width, length, stride * ins);
      return lax.dot(runs, cut.ref, { lhsContractingDims: [2], rhsContractingDims: [byOutput ? 0 : 1] });
    });
    x.dispose();
    return parts.reduce((sum, part) => part.add(sum));
  };
}

/** `count` runs of `size` elements along the last axis, one every `step`: a view, nothing is copied. */
function windows(x, count, size, step) {
  const lead = x.shape.slice(0, -1);
  const all = lead.map(() => []);
  const length = x.shape.at(-1);
  const times = Math.ceil((count * (length + step)) / length);
  const repeated = np.broadcastTo(x.reshape([...lead, 1, length]), [...lead, times, length]);
  const whole = repeated.reshape([...lead, times * length]);
  const shifted = whole.slice(...all, [0, count * (length + step)]).reshape([...lead, count, length + step]);
  return shifted.slice(...all, [], [0, size]);
}

/** With zeros around it, laid out anew: activated, or where an output y is given, sent back through its activation. */
function padded(x, around, slope, y) {
  const grown = (image) => np.pad(image, [...around, [0, 0]]);
  if (slope === LINEAR) return grown(x).mul(one.ref);
  return y ? through(grown(x), grown(y), slope) : activate(grown(x), slope);
}

function activate(x, slope) {
  if (slope === LINEAR) return x;
  return slope === RELU ? nn.relu(x) : np.maximum(x.ref, x.mul(slope));
}

/** d where the output before the activation was positive, `slope` times d elsewhere. */
const through = (d, y, slope) =>
  slope === RELU ? np.where(np.greater(y, 0), d, 0) : np.where(np.greater(y, 0), d.ref, d.mul(slope));

/** The image whose even and odd rows and columns are the phases, [2, 2, height, width, channels]. */
function interleaved(phases) {
  const [, , height, width, channels] = phases.shape;
  return phases.transpose([2, 0, 3, 1, 4]).reshape([2 * height, 2 * width, channels]);
}

/** Pooling 3/2/1 of [..., height, width]; nothing in it is below zero, so that zeros can stand around it. */
function maxPool(x) {
  const wide = np.pad(x, x.shape.map((_, axis) => (axis < x.ndim - 2 ? [0, 0] : [1, 1])));
  return lax.reduceWindow(wide, (window) => np.max(window), [3, 3], [2, 2]);
}

/**
 * Pooling 3/2/1 of [height, width, channels], both sides even, and what takes a gradient back through it: an output's goes
 * to the first of those that equal it. In a flat part of an image many do.
 */
function pool(x) {
  const [height, width] = x.shape.map((side) => side / 2);
  const wide = np.pad(x, [[1, 1], [1, 1], [0, 0]]).mul(one.ref);
  const taps = [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => [row, column]));
  const read = taps.map(([row, column]) => {
    const [top, left] = [row >> 1, column >> 1];
    return every(wide.ref, row % 2, column % 2).slice([top, top + height], [left, left + width], []);
  });
  const y = read.map((image) => image.ref).reduce((most, other) => np.maximum(most, other));
  const back = (d) => {
    let rest = d;
    const given = read.map((image) => {
      const taken = np.equal(image, y.ref);
      const part = np.where(taken.ref, rest.ref, 0);
      rest = np.where(taken, 0, rest);
      return part;
    });
    // Of the padded image an even row is the last of one output and the first of the next, an odd one the middle of one.
    const parts = PHASES.map(([r, c]) =>
      given
        .map((part, tap) => [part, ...taps[tap]])
        .filter(([, row, column]) => row % 2 === r && column % 2 === c)
        .map(([part, row, column]) => np.pad(part, [[row >> 1, 1 - (row >> 1)], [column >> 1, 1 - (column >> 1)], [0, 0]]))
        .reduce((sum, part) => sum.add(part)),
    );
    const image = interleaved(np.stack(parts).reshape([2, 2, height + 1, width + 1, -1]));
    return image.slice([1, 2 * height + 1], [1, 2 * width + 1], []);
  };
  return [y.ref, back];
}

/** The rows and columns from `r` and `c` on, every second one. */
function every(image, r, c) {
  const [height, width, channels] = image.shape;
  const split = image.reshape([height / 2, 2, width / 2, 2, channels]);
  return split.slice([], [r, r + 1], [], [c, c + 1], []).reshape([height / 2, width / 2, channels]);
}

const array = ({ shape, data }) => np.array(data).reshape(shape);

/** Times this an array is laid out anew instead of being seen through. */
const one = np.array(new Float32Array([1]));

function transposed(data, rows, columns) {
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = data[row * columns + column];
  }
  return out;
}

function joined(parts) {
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) (out.set(part, at), (at += part.length));
  return out;
}

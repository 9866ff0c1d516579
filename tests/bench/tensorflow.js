// The ascent in TensorFlow.js.

import { DECAY, boundOf, rateAt } from "./ascent.js";
import { classifier, generator } from "./nets.js";

export const NAME = "TensorFlow.js";
/** The faster path on each backend (README.md has the figures). */
export const FASTER = { wasm: "explicit", webgpu: "tape" };

const SCRIPTS = ["wasm", "webgpu"].map((backend) => `tfjs-backend-${backend}/dist/tf-backend-${backend}`);
SCRIPTS.unshift("tfjs/dist/tf");

/** Starts a backend; says what it is. An error of the device that comes later is given to `fail`. */
export async function start(backend, fail) {
  for (const script of SCRIPTS) await loaded(`node_modules/@tensorflow/${script}.es2017.min.js`);
  if (backend === "wasm") {
    tf.wasm.setWasmPaths("node_modules/@tensorflow/tfjs-backend-wasm/dist/");
    // Where the page is isolated from other origins it has threads, as our own CPU engine does then.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", self.crossOriginIsolated);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend.`);
  await tf.ready();
  const { device } = tf.backend();
  // Without this an invalid shader would only make its results zero, and the step look fast.
  if (backend === "webgpu") device.addEventListener("uncapturederror", ({ error }) => fail(error.message));
  return {
    version: tf.version_core,
    adapter: device?.adapterInfo,
    threads: backend === "wasm" ? (self.crossOriginIsolated ? tf.wasm.getThreadsCount() : 1) : undefined,
    simd: backend === "wasm" ? await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT") : undefined,
  };
}

/** The ascent of a unit of a pack's classifier from the mean code. */
export function ascent(path, { drawing, seeing, generatorTensors, classifierTensors, unit, rate }) {
  const differentiate = PATHS[path](
    generator(generatorTensors, drawing.architecture),
    classifier(classifierTensors, seeing),
    unit,
    seeing.classes.length,
  );
  const mean = generatorTensors["code.mean"].data;
  const bound = tf.keep(tf.tensor1d(boundOf(mean, generatorTensors["code.std"].data)));
  const first = () => tf.tensor2d(mean, [1, mean.length]);

  return {
    first,
    /** Step `t` of `steps` from `code`, which it disposes of: the next code, and the report's numbers. */
    async step(code, t, steps) {
      const { next, report } = step(differentiate, code, bound, rateAt(rate, t, steps));
      const numbers = await report.data();
      tf.dispose([code, report]);
      return { next, numbers };
    },
    held: () => tf.memory().numTensors,
    /** Milliseconds by kernel in one step, for finding out where the time goes; not part of the comparison. */
    async profile() {
      const code = first();
      const { kernels } = await tf.profile(() => {
        const { next, report } = step(differentiate, code, bound, rateAt(rate, 0, 1));
        next.dispose();
        return report;
      });
      const sums = {};
      for (const { name, kernelTimeMs } of kernels) {
        const sum = (sums[name] ??= { calls: 0, ms: 0 });
        sum.calls += 1;
        sum.ms += await kernelTimeMs;
      }
      return sums;
    },
  };
}

/** d activation / d code in two ways; each maps code [1, units] to {activation, image, gradient}. */
const PATHS = {
  /** TensorFlow.js records the operations and derives the gradient. */
  tape: (generator, classifier, unit) => {
    return (code) => {
      let kept;
      const activationOf = tf.valueAndGrad((y) => {
        // What is made in here is freed at its end unless it is kept.
        const image = (kept = tf.keep(generator.traced(y)));
        const logits = classifier.traced(tf.clipByValue(image, -1, 1));
        return tf.reshape(tf.slice(logits, [0, unit], [1, 1]), []);
      });
      const { value, grad } = activationOf(code);
      const image = tf.clone(kept);
      kept.dispose();
      return { activation: value, image, gradient: grad };
    };
  },
  /** Fused operations forward, the gradient written out. */
  explicit: (generator, classifier, unit, classes) => {
    // Not tf.oneHot: on the wasm backend its result is a float tensor that holds the bits of integers.
    const chosen = tf.keep(tf.tensor2d([Array.from({ length: classes }, (_, c) => (c === unit ? 1 : 0))]));
    return (code) => {
      const drawn = generator.forward(code);
      const seen = classifier.forward(tf.clipByValue(drawn.image, -1, 1));
      const dSeen = classifier.backward(chosen, seen.saved);
      const inside = tf.step(tf.sub(1, tf.abs(drawn.image)));
      const gradient = generator.backward(tf.mul(dSeen, inside), drawn.saved);
      return { activation: tf.slice(seen.logits, [0, unit], [1, 1]), image: drawn.image, gradient };
    };
  },
};

/** A step: the next code, and one tensor to read back: the activation, the gradient's mean magnitude and the image. */
function step(differentiate, code, bound, rate) {
  return tf.tidy(() => {
    const { activation, image, gradient } = differentiate(code);
    const magnitude = tf.mean(tf.abs(gradient));
    const climbed = tf.add(code, tf.mul(gradient, tf.div(rate, magnitude)));
    const next = tf.mul(tf.minimum(tf.relu(climbed), bound), DECAY);
    const report = tf.concat([activation, magnitude, image].map((part) => tf.reshape(part, [-1])));
    return { next, report };
  });
}

function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve });
    script.onerror = () => reject(new Error(`${address} could not be loaded. Run: npm ci --ignore-scripts`));
    document.head.append(script);
  });
}

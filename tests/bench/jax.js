// The ascent in jax-js: one compiled function a step.

import {
  defaultDevice,
  getWebGPUDevice,
  init,
  jit,
  numpy as np,
  valueAndGrad,
} from "./node_modules/@jax-js/jax/dist/index.js";
import { DECAY, boundOf, rateAt } from "./ascent.js";
import { readJson } from "./weights.js";

export const NAME = "jax-js";
/** The faster path on each backend (README.md has the figures). */
export const FASTER = { wasm: "explicit", webgpu: "explicit" };

/** Starts a backend; says what it is. An error of the device that comes later is given to `fail`. */
export async function start(backend, fail) {
  const started = await init(backend);
  if (!started.includes(backend)) throw new Error(`jax-js could not start its ${backend} backend.`);
  defaultDevice(backend);
  const { version } = await readJson("node_modules/@jax-js/jax/package.json");
  if (backend === "wasm") {
    // It takes threads where they can be had; our own CPU engine has one.
    if (globalThis.crossOriginIsolated) throw new Error("On an isolated page jax-js takes more than one thread.");
    return { version, simd: true };
  }
  const device = getWebGPUDevice();
  device.addEventListener("uncapturederror", ({ error }) => fail(error.message));
  return { version, adapter: device.adapterInfo };
}

/** The ascent of a unit of a pack's classifier from the mean code. */
export async function ascent(path, { drawing, seeing, generatorTensors, classifierTensors, unit, rate }) {
  // Only now, as it makes an array, which lies on the backend that is there.
  const { classifier, generator } = await import("./jax-nets.js");
  const chosen = Float32Array.from(seeing.classes, (_, c) => Number(c === unit));
  const differentiate = PATHS[path](
    generator(generatorTensors, drawing.architecture),
    classifier(classifierTensors, seeing),
    np.array(chosen).reshape([1, -1]),
  );
  const mean = generatorTensors["code.mean"].data;
  const bound = np.array(boundOf(mean, generatorTensors["code.std"].data));
  const step = jit((code, rate) => {
    const { activation, image, gradient } = differentiate(code.ref);
    const magnitude = np.mean(np.abs(gradient.ref));
    const climbed = code.add(gradient.mul(rate.div(magnitude.ref)));
    const next = np.minimum(np.maximum(climbed, 0), bound.ref).mul(DECAY);
    return [next, np.concatenate([activation, magnitude, image].map((part) => part.reshape([-1])))];
  });

  return {
    first: () => np.array(mean).reshape([1, -1]),
    /** Step `t` of `steps` from `code`, which is used up: the next code, and the report's numbers. */
    async step(code, t, steps) {
      const [next, report] = step(code, np.array(Float32Array.of(rateAt(rate, t, steps))));
      return { next, numbers: await report.data() };
    },
  };
}

/** d activation / d code in two ways; each maps code [1, units] to {activation, image [side, side, 3], gradient}. */
const PATHS = {
  /** jax-js derives the gradient, with respect to the code alone. */
  tape: (generator, classifier, chosen) => {
    const activationOf = (code) => {
      const image = generator.traced(code);
      // Not a slice of the logits, whose gradient jit makes 1 for every class: 0.1.25 pads a constant with itself.
      const activation = classifier.traced(np.clip(image.ref, -1, 1)).mul(chosen.ref).sum();
      return [activation, image];
    };
    const both = valueAndGrad(activationOf, { hasAux: true });
    return (code) => {
      const [[activation, image], gradient] = both(code);
      return { activation, image: image.reshape(image.shape.slice(1)).transpose([1, 2, 0]), gradient };
    };
  },
  /** The gradient written out, in the same products as the step forward. */
  explicit: (generator, classifier, chosen) => (code) => {
    const drawn = generator.forward(code);
    const seen = classifier.forward(np.clip(drawn.image.ref, -1, 1));
    const dSeen = classifier.backward(chosen.ref, seen.saved);
    const inside = np.less(np.abs(drawn.image.ref), 1);
    const gradient = generator.backward(np.where(inside, dSeen, 0), drawn.saved);
    return { activation: seen.logits.mul(chosen.ref).sum(), image: drawn.image, gradient };
  },
};

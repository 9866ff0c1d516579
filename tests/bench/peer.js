// The page: reads its address, sets TensorFlow.js up, times an ascent and reports it.

import { PATHS, boundOf, step } from "./ascent.js";
import { classifier, generator } from "./nets.js";
import { readManifest, readSafetensors, vector } from "./weights.js";

const UNIT = 0;
/** The faster path on each backend (README.md has the figures). */
const FASTER = { wasm: "explicit", webgpu: "tape" };

async function main() {
  const options = readAddress();
  say(`Setting up ${options.backend} …`);
  await useBackend(options.backend);
  say("Loading weights …");
  const folder = `../../weights/${options.pack}/`;
  const { generator: drawing, classifiers: [seeing], defaults } = await readManifest(`${folder}pack.json`);
  const [generatorTensors, classifierTensors] = await Promise.all(
    [drawing, seeing].map(({ weights }) => readSafetensors(`${folder}${weights.file}`)),
  );
  const differentiate = PATHS[options.path](
    generator(generatorTensors, drawing.architecture),
    classifier(classifierTensors, seeing),
    UNIT,
    seeing.classes.length,
  );
  const rate = defaults.schedule.start;
  const mean = vector(generatorTensors["code.mean"]);
  const bound = boundOf(mean, vector(generatorTensors["code.std"]));

  if (options.warmup > 0) await ascend(differentiate, mean, bound, rate, options.warmup, "Warming up");
  const kernels = options.profile ? await profile(differentiate, mean, bound, rate) : undefined;
  const run = await ascend(differentiate, mean, bound, rate, options.steps, "Step");
  show(run.image);
  finish({
    ...options,
    engine: "TensorFlow.js",
    version: tf.version_core,
    adapter: adapterInfo(options.backend),
    simd: options.backend === "wasm" ? await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT") : undefined,
    threads: options.backend === "wasm" ? 1 : undefined,
    unit: UNIT,
    medianMs: median(run.milliseconds),
    stepMs: run.milliseconds,
    activations: run.activations,
    tensors: tf.memory().numTensors,
    kernels,
  });
}

/** A whole ascent from the mean code; times each step from its start until its numbers are here. */
async function ascend(differentiate, mean, bound, rate, steps, label) {
  let code = tf.reshape(mean, [1, -1]);
  const milliseconds = [];
  const activations = [];
  let image;
  for (let t = 0; t < steps; t++) {
    const start = performance.now();
    const { next, report } = step(differentiate, code, bound, rate, t, steps);
    const numbers = await report.data();
    milliseconds.push(performance.now() - start);
    tf.dispose([code, report]);
    code = next;
    const [activation, magnitude] = numbers;
    if (!(magnitude > 0 && Number.isFinite(magnitude))) {
      throw new Error(`The gradient's mean magnitude was ${magnitude} at step ${t}.`);
    }
    activations.push(activation);
    image = numbers.slice(2);
    say(`${label} ${t + 1} of ${steps}: ${milliseconds.at(-1).toFixed(1)} ms`);
    await new Promise((resume) => setTimeout(resume));
  }
  code.dispose();
  return { milliseconds, activations, image };
}

/** Milliseconds by kernel in one step, for finding out where the time goes; not part of the comparison. */
async function profile(differentiate, mean, bound, rate) {
  const code = tf.reshape(mean, [1, -1]);
  const { kernels } = await tf.profile(() => {
    const { next, report } = step(differentiate, code, bound, rate, 0, 1);
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
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  const backend = oneOf(query, "backend", ["wasm", "webgpu"], "wasm");
  return {
    backend,
    path: oneOf(query, "path", Object.keys(PATHS), FASTER[backend]),
    steps: count(query, "steps", 20, 1),
    warmup: count(query, "warmup", 3, 0),
    pack: oneOf(query, "pack", ["imagenet-128", "caffenet-64", "tiny-imagenet-64"], "imagenet-128"),
    profile: query.has("profile"),
  };
}

function oneOf(query, name, allowed, otherwise) {
  const value = query.get(name) ?? otherwise;
  if (!allowed.includes(value)) throw new Error(`${name} is "${value}"; it can be ${allowed.join(" or ")}.`);
  return value;
}

function count(query, name, otherwise, least) {
  const value = Number(query.get(name) ?? otherwise);
  if (!Number.isInteger(value) || value < least) throw new Error(`${name} has to be a whole number from ${least}.`);
  return value;
}

async function useBackend(backend) {
  if (backend === "wasm") {
    tf.wasm.setWasmPaths("node_modules/@tensorflow/tfjs-backend-wasm/dist/");
    // Threads need headers that a plain static host does not send, and our own CPU engine has one thread too.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  } else if (!navigator.gpu || !(await navigator.gpu.requestAdapter())) {
    throw new Error("This browser offers no WebGPU adapter.");
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend.`);
  await tf.ready();
  if (backend === "webgpu") {
    // Without this an invalid shader would only make its results zero, and the step look fast.
    tf.backend().device.addEventListener("uncapturederror", ({ error }) => finish({ error: error.message }));
  }
}

function adapterInfo(backend) {
  if (backend !== "webgpu") return undefined;
  const { vendor, architecture, device, description } = tf.backend().device.adapterInfo ?? {};
  return { vendor, architecture, device, description };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function say(text) {
  document.getElementById("status").textContent = text;
}

/** Draws the image, [side, side, 3] in -1..1. */
function show(image) {
  const canvas = document.getElementById("picture");
  const side = Math.sqrt(image.length / 3);
  canvas.width = canvas.height = side;
  const pixels = new ImageData(side, side);
  for (let p = 0; p < side * side; p++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * p + c] = (image[3 * p + c] + 1) * 127.5;
    pixels.data[4 * p + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** The driver waits for `window.__result`; the first result or error stands. */
function finish(result) {
  if (window.__result) return;
  say(result.error ?? `${result.backend}, ${result.path}: median ${result.medianMs.toFixed(1)} ms a step`);
  document.getElementById("result").textContent = JSON.stringify(result, null, 1);
  window.__result = result;
}

main().catch((error) => finish({ error: String(error?.message ?? error) }));

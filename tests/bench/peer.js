// The page: reads its address, starts the peer that it names, times an ascent and reports it.

import { readJson, readSafetensors } from "./weights.js";

/** Each loads itself alone. */
const PEERS = { tensorflow: () => import("./tensorflow.js"), jax: () => import("./jax.js") };
const UNIT = 0;

async function main() {
  const query = new URLSearchParams(location.search);
  const peer = await PEERS[oneOf(query, "peer", Object.keys(PEERS), "tensorflow")]();
  const options = readAddress(query, peer);
  say(`Setting up ${peer.NAME}, ${options.backend} …`);
  if (options.backend === "webgpu" && !(await navigator.gpu?.requestAdapter())) {
    throw new Error("This browser offers no WebGPU adapter.");
  }
  const { adapter, ...about } = await peer.start(options.backend, (error) => finish({ error }));
  say("Loading weights …");
  const folder = `../../weights/${options.pack}/`;
  const { generator: drawing, classifiers: [seeing], defaults } = await readJson(`${folder}pack.json`);
  const [generatorTensors, classifierTensors] = await Promise.all(
    [drawing, seeing].map(({ weights }) => readSafetensors(`${folder}${weights.file}`)),
  );
  const rate = defaults.schedule.start;
  const networks = { drawing, seeing, generatorTensors, classifierTensors };
  const ascent = await peer.ascent(options.path, { ...networks, unit: UNIT, rate });

  if (options.warmup > 0) await ascend(ascent, options.warmup, "Warming up");
  const kernels = options.profile ? await ascent.profile?.() : undefined;
  const run = await ascend(ascent, options.steps, "Step");
  show(run.image);
  finish({
    ...options,
    engine: peer.NAME,
    ...about,
    adapter: adapter && pick(adapter),
    unit: UNIT,
    medianMs: median(run.milliseconds),
    stepMs: run.milliseconds,
    activations: run.activations,
    tensors: ascent.held?.(),
    kernels,
  });
}

/** A whole ascent from the mean code; times each step from its start until its numbers are here. */
async function ascend(ascent, steps, label) {
  let code = ascent.first();
  const milliseconds = [];
  const activations = [];
  let image;
  for (let t = 0; t < steps; t++) {
    const start = performance.now();
    const { next, numbers } = await ascent.step(code, t, steps);
    milliseconds.push(performance.now() - start);
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

function readAddress(query, peer) {
  const backend = oneOf(query, "backend", ["wasm", "webgpu"], "wasm");
  return {
    backend,
    path: oneOf(query, "path", ["tape", "explicit"], peer.FASTER[backend]),
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

const pick = ({ vendor, architecture, device, description }) => ({ vendor, architecture, device, description });

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
  const { engine, backend, path, medianMs } = result;
  say(result.error ?? `${engine}, ${backend}, ${path}: median ${medianMs.toFixed(1)} ms a step`);
  document.getElementById("result").textContent = JSON.stringify(result, null, 1);
  window.__result = result;
}

main().catch((error) => finish({ error: String(error?.message ?? error) }));

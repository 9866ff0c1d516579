//! Long runs, many runs, and runs that nobody looks at.

use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse},
    engines::DISGUISE,
    faults::Fault,
};

/// Runs in the worker before its own script: tells whoever asks on a channel how large the memory of the engine, and of the threads
/// where there are any, is together, in bytes.
const TELL_MEMORY: &str = "
  {
    const memories = [];
    const own = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (program, imports) => {
      const started = await own.call(WebAssembly, program, imports);
      const given = Object.values(imports).flatMap((module) => Object.values(module));
      memories.push(...new Set([...given, started.instance.exports.memory].filter((one) => one instanceof WebAssembly.Memory)));
      return started;
    };
    const channel = new BroadcastChannel('memory');
    channel.onmessage = () => channel.postMessage(memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));
  }
";

/// The same for the buffers of a graphics processor, for which the software adapter gives itself out: those that were made and not
/// destroyed, whether or not the browser has collected them.
const TELL_BUFFERS: &str = "
  {
    const { createBuffer } = GPUDevice.prototype;
    const { destroy } = GPUBuffer.prototype;
    const alive = new Map();
    GPUDevice.prototype.createBuffer = function (descriptor) {
      const buffer = createBuffer.call(this, descriptor);
      alive.set(buffer, descriptor.size);
      return buffer;
    };
    GPUBuffer.prototype.destroy = function () {
      alive.delete(this);
      return destroy.call(this);
    };
    const channel = new BroadcastChannel('memory');
    channel.onmessage = () => channel.postMessage([...alive.values()].reduce((sum, size) => sum + size, 0));
  }
";

/// Speaks to a worker as the page does: so many runs of so many steps of the smallest pack on an engine, one after the other, of which
/// every third is another kind of run, and the memory that the engine has had after the first of them and after all.
const RUNS: &str = r#"
  const [first, count, steps, engine] = arguments;
  window.__result = undefined;
  const content = (name) => document.querySelector(`meta[name=${name}]`).content;
  const worker = new Worker(`worker.js?bytes=${content("engine-bytes")}&version=${content("engine-version")}`, { type: "module" });
  const channel = new BroadcastChannel("memory");
  const memory = () => new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.postMessage("?");
  });
  const pack = new URL("weights/fashion-mnist-28/", document.baseURI).href;
  const found = [];
  fetch(`${pack}pack.json`).then((answer) => answer.json()).then(({ generator, classifiers, defaults }) => {
    const { unit, ...rest } = defaults;
    const [entry] = classifiers;
    const weights = `${generator.weights.sha256}-${entry.weights.sha256}`;
    const layer = entry.architecture.linear?.at(-1).name ?? "fc";
    const spec = (run) => ({
      pack: "fashion-mnist-28", classifier: entry.name, units: [{ ...unit, layer, index: run % 10 }], prior: "generator",
      seed: run, ...rest, steps, jitter: run % 3 === 0 ? 4 : 0,
    });
    worker.postMessage({ Load: { pack, files: [], classifier: entry.name, weights, engine, run: spec(1), own: [] } });
    const begin = (run) => worker.postMessage({ Run: { Begin: { run, spec: spec(run) } } });
    let run = 1;
    worker.onmessage = async ({ data }) => {
      if (data.Ready) begin(run);
      // Where it is a graphics processor's, some runs are stopped while steps of theirs are on their way.
      const stops = engine === "webgpu" && run % 3 === 1 && data.Frame?.run === run;
      if (stops) worker.postMessage({ Run: "Stop" });
      if (stops || data.Finished) {
        if (run === first || run === count) found.push(await memory());
        if (run === count) window.__result = found;
        else begin((run += 1));
      }
      if (typeof data === "string" || data.Failed || data.Ended || data.NoGraphics) window.__result = JSON.stringify(data);
    };
  });
"#;

#[test]
fn a_thousand_runs_take_no_more_memory_than_a_hundred() {
    for isolated in [false, true] {
        browse(Setup { isolated, ..Setup::default() }, async |page| {
            page.site.break_file("worker.js", Fault::Prepended(TELL_MEMORY.into()));
            let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
            page.before_scripts(saves).await;
            page.open("").await;
            page.run_script(RUNS, vec![json!(100), json!(1000), json!(2), json!("cpu")]).await;
            let found = page.until_result().await;
            let sizes: Vec<u64> = found.as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
            // Less than 600 bytes a run: what is free lies otherwise now and then.
            assert!(sizes.len() == 2 && sizes[1] < sizes[0] + (512 << 10), "{found}");
        });
    }
}

#[test]
fn runs_leave_no_more_buffers_on_a_graphics_processor_than_the_first_of_them() {
    browse(Setup { webgpu: true, ..Setup::default() }, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, TELL_BUFFERS].concat()));
        let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
        page.before_scripts(saves).await;
        page.open("").await;
        // An imitated one takes seconds for ten runs.
        page.run_script(RUNS, vec![json!(3), json!(9), json!(2), json!("webgpu")]).await;
        let found = page.until_result().await;
        let sizes: Vec<u64> = found.as_array().into_iter().flatten().filter_map(Json::as_u64).collect();
        assert!(sizes.len() == 2 && sizes[1] <= sizes[0] && sizes[0] > 1 << 20, "{found}");
    });
}

#[test]
fn a_thousand_steps_of_nine_seeds_are_all_there() {
    browse(Setup::default(), async |page| {
        page.open("pack=fashion-mnist-28&seeds=9&steps=1000").await;
        page.until_said(&["Done"]).await;
        let state = page.state().await;
        assert!(
            state.pictures.iter().any(|name| name.starts_with("Activation over 1000 steps")),
            "{}",
            state.describe()
        );
        assert!(state.alerts.is_empty(), "{}", state.describe());
    });
}

#[test]
fn a_run_goes_on_while_its_tab_is_hidden() {
    browse(Setup::default(), async |page| {
        page.open("steps=200").await;
        let before = page.until_picture("a first step", |picture| picture.step >= 1).await;
        page.run_script(
            "document.addEventListener('visibilitychange', () => { window.__hidden ??= document.hidden; })",
            vec![],
        )
        .await;
        let [run, _] = page.open_tab().await;
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        page.turn_to(&run).await;
        assert_eq!(page.run_script("return window.__hidden", vec![]).await, json!(true), "it was hidden");
        // What it has come to is shown at once.
        let behind =
            page.until_picture("what was computed meanwhile", |picture| picture.step >= before.step + 10).await;
        assert!(behind.step <= 200);
        let last = page.until_done().await;
        assert_eq!((last.step, last.steps), (200, 200));
        let state = page.state().await;
        assert!(
            state.pictures.iter().any(|name| name.starts_with("Activation over 200 steps")),
            "{}",
            state.describe()
        );
    });
}

#[test]
fn two_tabs_run_at_once() {
    browse(Setup::default(), async |page| {
        page.open("steps=60").await;
        page.until_picture("a first step", |picture| picture.step >= 1).await;
        let [first, second] = page.open_tab().await;
        page.open("steps=60").await;
        let there = page.until_done().await;
        page.turn_to(&first).await;
        assert_eq!(page.until_done().await, there, "each has the run of its address");
        page.turn_to(&second).await;
        page.press("Run").await;
        page.until("it begins anew", |state| state.picture().is_some_and(|picture| picture.step < 60)).await;
        assert_eq!(page.until_done().await, there);
    });
}

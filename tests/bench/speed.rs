//! `make bench`: what a step costs in a real browser, beside TensorFlow.js and jax-js on the same networks, in the same run.
//!
//! Each measurement has a Chromium of its own; this program's engine and the peers take turns, so that a machine that is
//! shared slows both. What is reported is medians and their ratio; nothing is asserted, as times belong to a machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code, reason = "the browser tests' tools are used in part")]

#[path = "../browser/browser.rs"]
mod browser;
#[path = "../browser/faults.rs"]
mod faults;
#[path = "../browser/page.rs"]
mod page;
#[path = "../browser/site.rs"]
mod site;
#[path = "../browser/state.rs"]
mod state;
#[path = "../browser/turns.rs"]
mod turns;

use std::{
    process::Command,
    time::{Duration, Instant},
};

use browser::{Served, Setup, browse, checkout, is_on_own_adapter};
use faults::Fault;
use page::Page;
use serde_json::{Value as Json, json};
use state::State;

/// The packs that are measured with their first classifiers: the one that the page opens, the small one, and one with a
/// larger network.
const PACKS: [&str; 3] = ["imagenet-128", "caffenet-64", "tiny-imagenet-64"];
/// The classifiers of the first of them.
const CLASSIFIERS: [&str; 3] = ["caffenet", "resnet18", "efficientnet-lite1"];
/// What it is measured beside: the program's name, what the page of this folder calls it, and its package.
const PEERS: [[&str; 3]; 2] = [["TensorFlow.js", "tensorflow", "@tensorflow/tfjs"], ["jax-js", "jax", "@jax-js/jax"]];
/// Turns that this engine and its peers take.
const ROUNDS: usize = 3;
/// Steps of each measurement that are left out: in the first ones the browser still compiles. A slow engine has fewer.
const WARM_UP: u32 = 20;
/// How long one turn may take.
const PATIENCE: Duration = Duration::from_secs(280);

/// A run of the engine without the page: the worker alone, spoken to as the page does.
const ENGINE: &str = r#"
const [name, engine, steps, classifier, asItIs] = arguments;
window.__result = undefined;
const content = (name) => document.querySelector(`meta[name=${name}]`).content;
const worker = new Worker(`worker.js?bytes=${content("engine-bytes")}&version=${content("engine-version")}`, { type: "module" });
const pack = new URL(`weights/${name}/`, document.baseURI).href;
const times = [];
// The step that the peer takes too: from the mean code, without what the pack's own run has beside. Or that run, as it is.
const plain = { start: "mean", epsilon1: 0, epsilon3: 0, jitter: 0, rescale: 0 };
fetch(`${pack}pack.json`).then((answer) => answer.json()).then(({ generator, classifiers, defaults }) => {
  const { unit, ...rest } = defaults;
  const entry = classifiers.find(({ name }) => name === classifier) ?? classifiers[0];
  const output = entry.architecture.linear?.at(-1).name ?? "fc";
  const spec = {
    pack: name, classifier: entry.name, units: [{ ...unit, layer: output }], prior: "generator", seed: 0, ...rest,
    ...(asItIs ? {} : plain), steps,
  };
  const weights = `${generator.weights.sha256}-${entry.weights.sha256}`;
  worker.postMessage({ Load: { pack, files: [], classifier: entry.name, weights, engine, run: spec, own: [] } });
  worker.onmessage = ({ data }) => {
    if (data.Ready) worker.postMessage({ Run: { Begin: { run: 1, spec } } });
    if (data.Frame) for (let step = 0; step <= data.Frame.before.length; step += 1) times.push(data.Frame.milliseconds);
    const fails = typeof data === "string" || data.Failed || data.Ended || data.NoGraphics;
    const failed = fails && JSON.stringify(data);
    if (failed) window.__result = { error: failed };
    if (data.Finished) window.__result = { stepMs: times };
    if (failed || data.Finished) worker.terminate();
  };
});
"#;

/// What a measurement has found.
struct Turn {
    /// Milliseconds a step.
    times: Vec<f64>,
    /// The most memory that the page's process took.
    memory: Memory,
}

/// Memory of a renderer of Chromium, in KB: with the page, the worker and their compiled code. 0 where the system does not tell.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    /// Its own, as the browser's task manager counts it.
    own: u64,
    /// With what it shares with other processes, such as the browser's program.
    resident: u64,
}

fn main() {
    // `cargo bench` passes options of its own harness; a word selects what is measured, or of which pack.
    let words = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (packs, only): (Vec<String>, Vec<String>) = words.partition(|word| PACKS.contains(&word.as_str()));
    // Who names a pack means the comparison of it.
    let only = if only.is_empty() && !packs.is_empty() { vec!["cpu".into(), "webgpu".into()] } else { only };
    let wanted = |what: &str| only.is_empty() || only.iter().any(|word| word == what);
    for [name, _, package] in PEERS {
        let folder = checkout().join("tests/bench/node_modules").join(package);
        assert!(folder.is_dir(), "{name} is not installed. Run: npm ci --prefix tests/bench (make bench does).");
    }
    if wanted("native") {
        println!("\nOn this machine, without a browser:\n");
        let dgn = ["run", "--release", "--locked", "--quiet", "--package", "dgn", "--bin", "dgn", "--", "bench"];
        let status = Command::new(env!("CARGO")).args(dgn).current_dir(checkout()).status();
        assert!(status.is_ok_and(|status| status.success()), "dgn bench failed");
    }
    if wanted("cpu") || wanted("webgpu") {
        println!("\nMedian milliseconds a step, batch 1, in Chromium:\n");
        println!("| pack | engine | this | peer | path | the peer's | ratio |");
        println!("|---|---|---|---|---|---|---|");
    }
    for pack in PACKS.into_iter().filter(|pack| packs.is_empty() || packs.iter().any(|word| word == pack)) {
        if wanted("cpu") {
            // A step of jax-js with its own gradient takes seconds there.
            compare(pack, "cpu", [WARM_UP, 20], "wasm", [&["tape", "explicit"], &["explicit"]]);
        }
        if wanted("webgpu") {
            // An imitated adapter takes minutes for what a real one does in a second.
            let (steps, paths): (_, [&[&str]; 2]) = match is_on_own_adapter() {
                true => ([WARM_UP, 80], [&["tape", "explicit"], &["tape", "explicit"]]),
                false => ([1, 3], [&["tape"], &["explicit"]]),
            };
            compare(pack, "webgpu", steps, "webgpu", paths);
        }
    }
    if wanted("issue") {
        issue();
    }
    if wanted("page") {
        shown();
    }
    if wanted("threads") {
        threads();
    }
    if wanted("runs") {
        runs();
    }
    if wanted("opening") {
        opening();
    }
    if wanted("tasks") {
        tasks();
    }
}

/// One row for each way of each peer to compute its gradient. `steps` are those to warm up and those to measure.
fn compare(pack: &str, engine: &str, [warm, measured]: [u32; 2], backend: &str, paths: [&[&str]; 2]) {
    let steps = warm + measured;
    let mut ours = Vec::new();
    let ways = PEERS.iter().zip(paths).flat_map(|(peer, paths)| paths.iter().map(move |path| (peer, path, Vec::new())));
    let mut ways: Vec<_> = ways.collect();
    for _ in 0..ROUNDS {
        match turn(setup(engine), warm, async |page: &Page| start(page, pack, engine, steps, None).await) {
            Ok(turn) => ours.extend(turn.times),
            Err(error) => return println!("| {pack} | {engine} | {error} | | | | |"),
        }
        for ([name, peer, _], path, theirs) in &mut ways {
            let query = format!(
                "tests/bench/index.html?peer={peer}&pack={pack}&backend={backend}&path={path}&steps={steps}&warmup=0"
            );
            match turn(setup(engine), warm, async |page: &Page| page.open_path(&query).await) {
                Ok(turn) => theirs.extend(turn.times),
                Err(error) => eprintln!("{name}, {backend}, {path}: {error}"),
            }
        }
    }
    let ours = median(ours);
    for ([name, ..], path, theirs) in ways {
        let theirs = median(theirs);
        let ratio = theirs / ours;
        println!("| {pack} | {engine} | {ours:.1} | {name} | {path} | {theirs:.1} | {ratio:.2} times as fast |");
    }
}

/// Runs in the worker before its own script: the software adapter gives itself out for a graphics processor, so that steps are
/// compiled for it, and the time is taken from the first number that is written for a step to the end of its submission. The page
/// asks for all of them on a channel.
const ISSUE: &str = r#"
  {
    const told = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "info").get;
    const instead = { vendor: "acme", architecture: "anvil", description: "", device: "", isFallbackAdapter: false };
    const get = (info, name) => instead[name] ?? Reflect.get(info, name);
    Object.defineProperty(GPUAdapter.prototype, "info", { get() { return new Proxy(told.call(this), { get }); } });
    const times = [];
    let begun;
    for (const [{ prototype }, name] of [[GPUQueue, "writeBuffer"], [GPUDevice, "createCommandEncoder"]]) {
      const own = prototype[name];
      prototype[name] = function (...values) {
        begun ??= performance.now();
        return own.apply(this, values);
      };
    }
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (...buffers) {
      submit.apply(this, buffers);
      times.push(performance.now() - begun);
      begun = undefined;
    };
    const channel = new BroadcastChannel("issued");
    channel.onmessage = () => channel.postMessage(times);
  }
"#;

/// Asks for these times.
const ISSUED: &str = r#"
  return new Promise((tell) => {
    const channel = new BroadcastChannel("issued");
    channel.onmessage = ({ data }) => (channel.close(), tell(data));
    channel.postMessage(null);
  });
"#;

/// How long the worker itself takes to issue a compiled step, whoever computes it: on any adapter, that of this machine or one
/// that is imitated. An imitation's own threads take all cores, so that the worker often waits for one: its own time is the
/// fastest. An isolated page's clock is exact to 5 µs.
fn issue() {
    println!("\nMilliseconds that the worker takes to issue a compiled step, in Chromium:\n");
    println!("| pack | fastest | a quarter at most | half at most |");
    println!("|---|---|---|---|");
    for (pack, steps) in [("caffenet-64", 16), ("imagenet-128", 8)] {
        browse(Setup { isolated: true, ..setup("webgpu") }, async |page| {
            page.site.break_file("dist/worker.js", Fault::Prepended(ISSUE.to_owned()));
            page.open_path(&format!("dist/?pack={pack}&steps={steps}&engine=webgpu")).await;
            let done = page.until("all steps", |state| state.status.join(" ").contains("Done")).await;
            assert!(done.text.contains("steps are compiled"), "{}", done.describe());
            let issued = page.run_script(ISSUED, vec![]).await;
            let issued: Vec<f64> = issued.as_array().into_iter().flatten().filter_map(Json::as_f64).collect();
            // The last ones are steps, behind what loading has sent.
            let mut last = issued[issued.len().saturating_sub(steps)..].to_vec();
            last.sort_by(f64::total_cmp);
            let at = |part: usize| last.get(last.len() / part).copied().unwrap_or(f64::NAN);
            println!("| {pack} | {:.2} | {:.2} | {:.2} |", last.first().unwrap_or(&f64::NAN), at(4), at(2));
        });
    }
}

/// How many steps a second the whole page takes and shows on a graphics processor, from the first that is seen to the last.
fn shown() {
    // An imitated adapter that computes by operations takes minutes for what a real one does in a second.
    let steps = if is_on_own_adapter() { 1000 } else { 10 };
    println!("\nSteps a second that the whole page takes and shows, in Chromium, of {steps}:\n");
    println!("| pack | steps a second |");
    println!("|---|---|");
    for pack in ["caffenet-64", "imagenet-128"] {
        browse(setup("webgpu"), async |page| {
            page.open_path(&format!("dist/?pack={pack}&steps={steps}&engine=webgpu")).await;
            let step = |state: &State| state.picture().map_or(0, |picture| picture.step);
            let first = step(&page.until("a first step", |state| step(state) > 0).await);
            let begun = Instant::now();
            page.until("all steps", |state| state.status.join(" ").contains("Done")).await;
            println!("| {pack} | {:.0} |", f64::from(steps - first) / begun.elapsed().as_secs_f64());
        });
    }
}

/// A step on the processor with one thread and with as many as the processor has, which the page has where it is isolated from
/// other origins; and of TensorFlow.js with its threads.
fn threads() {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    println!("\nMedian milliseconds a step on the processor, with threads ({count} cores):\n");
    println!("| pack | one thread | threads | ratio | TensorFlow.js by hand, threads | ratio |");
    println!("|---|---|---|---|---|---|");
    let (steps, one) = (WARM_UP + 20, setup("cpu"));
    let isolated = Setup { isolated: true, ..one };
    for pack in &PACKS[..2] {
        let peer = format!(
            "tests/bench/index.html?peer=tensorflow&pack={pack}&backend=wasm&path=explicit&steps={steps}&warmup=0"
        );
        let mut found: [Vec<f64>; 3] = Default::default();
        for _ in 0..ROUNDS {
            let ours = async |page: &Page| start(page, pack, "cpu", steps, None).await;
            let theirs = async |page: &Page| page.open_path(&peer).await;
            for (number, turn) in
                [turn(one, WARM_UP, ours), turn(isolated, WARM_UP, ours), turn(isolated, WARM_UP, theirs)]
                    .into_iter()
                    .enumerate()
            {
                match turn {
                    Ok(turn) => found[number].extend(turn.times),
                    Err(error) => eprintln!("{pack}, {number}: {error}"),
                }
            }
        }
        let [one, threads, theirs] = found.map(median);
        println!("| {pack} | {one:.1} | {threads:.1} | {:.2} | {theirs:.1} | {:.2} |", one / threads, theirs / threads);
    }
}

/// What the pack's own run costs, with all it has, for each of its classifiers, and how much memory the browser takes for it.
fn runs() {
    println!("\nThe run of imagenet-128 as it is, on the processor:\n");
    // Of the browser itself, which an empty page takes too.
    let mut empty = Memory { own: u64::MAX, resident: u64::MAX };
    for _ in 0..ROUNDS {
        browse(Setup { served: Served::Checkout, alone: true, ..Setup::default() }, async |page| {
            page.open_path("dist/icon.svg").await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            let found = memory();
            empty = Memory { own: empty.own.min(found.own), resident: empty.resident.min(found.resident) };
        });
    }
    println!("Memory of the page's process at most, in MB: its own, and all that is resident; an empty page's has");
    println!("{} and {}.\n", empty.own / 1000, empty.resident / 1000);
    println!("| classifier | milliseconds a step | own | resident |");
    println!("|---|---|---|---|");
    for classifier in CLASSIFIERS {
        let (mut times, mut most) = (Vec::new(), Memory::default());
        for _ in 0..ROUNDS {
            let begin = async |page: &Page| start(page, PACKS[0], "cpu", 2 * WARM_UP, Some(classifier)).await;
            match turn(setup("cpu"), WARM_UP, begin) {
                Ok(turn) => (times.extend(turn.times), most = most.or(turn.memory)).0,
                Err(error) => println!("| {classifier} | {error} | | |"),
            }
        }
        println!("| {classifier} | {:.0} | {} | {} |", median(times), most.own / 1000, most.resident / 1000);
    }
}

impl Memory {
    /// The more of both.
    fn or(self, other: Self) -> Self {
        Self { own: self.own.max(other.own), resident: self.resident.max(other.resident) }
    }
}

/// What the largest renderer has now of its own, and what it has had resident at most.
fn memory() -> Memory {
    let of = |process: std::fs::DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).ok()?;
        let renders = String::from_utf8_lossy(&command).contains("--type=renderer");
        let status = std::fs::read_to_string(process.path().join("status")).ok().filter(|_| renders)?;
        let line = |name: &str| {
            let found = status.lines().find_map(|line| line.strip_prefix(name))?;
            found.trim().strip_suffix(" kB")?.parse().ok()
        };
        Some(Memory { own: line("RssAnon:")?, resident: line("VmHWM:")? })
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(of).fold(Memory::default(), Memory::or)
}

/// A browser for an engine.
fn setup(engine: &str) -> Setup {
    Setup { served: Served::Checkout, webgpu: engine == "webgpu", alone: true, ..Setup::default() }
}

/// Starts a run of a pack: the step that the peer takes too, or with a classifier the pack's own run of it.
async fn start(page: &Page, pack: &str, engine: &str, steps: u32, own: Option<&str>) {
    let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
    page.before_scripts(saves).await;
    page.open_path("dist/").await;
    page.run_script(ENGINE, vec![json!(pack), json!(engine), json!(steps), json!(own), json!(own.is_some())]).await;
}

/// A measurement in a browser of its own, without its first `warm` steps.
fn turn(setup: Setup, warm: u32, begin: impl AsyncFnOnce(&Page)) -> Result<Turn, String> {
    let mut outcome = Err("no result".to_owned());
    browse(setup, async |page| {
        begin(&page).await;
        let begun = std::time::Instant::now();
        let mut most = Memory::default();
        let result = loop {
            let result = page.run_script("return window.__result ?? null", vec![]).await;
            if !result.is_null() || begun.elapsed() > PATIENCE {
                break result;
            }
            // Often enough to see a peak of its own memory, which the system does not keep.
            for _ in 0..10 {
                most = most.or(memory());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        outcome = match (&result["error"], result["stepMs"].as_array()) {
            (Json::String(error), _) => Err(error.clone()),
            (_, Some(times)) => {
                let counted = times.iter().skip(warm as usize).filter_map(Json::as_f64);
                Ok(Turn { times: counted.collect(), memory: most.or(memory()) })
            }
            _ => Err(format!("no result after {PATIENCE:?}")),
        };
    });
    outcome
}

/// Seconds from opening the page to its first picture.
fn opening() {
    let mut seconds = Vec::new();
    for _ in 0..ROUNDS {
        browse(Setup { served: Served::Checkout, alone: true, ..Setup::default() }, async |page| {
            page.open_path("dist/").await;
            page.until_picture("a first picture", |_| true).await;
            let now = page.run_script("return performance.now()", vec![]).await;
            seconds.extend(now.as_f64().map(|milliseconds| milliseconds / 1e3));
        });
    }
    println!(
        "\nFirst picture after opening the page from this machine: {:.1} s (median of {ROUNDS}).",
        median(seconds)
    );
}

/// Runs before the page's own scripts: keeps when each task of more than 50 ms began and how long it took, when something was
/// painted first and when the largest part, and by how much what was there has moved.
const WATCH: &str = r#"
  window.__tasks = [];
  window.__paints = {};
  window.__moved = 0;
  const watch = (type, take) => {
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  };
  watch("longtask", ({ startTime, duration }) => window.__tasks.push([startTime, duration]));
  watch("paint", ({ name, startTime }) => (window.__paints[name] = startTime));
  watch("largest-contentful-paint", ({ startTime }) => (window.__paints.largest = startTime));
  watch("layout-shift", ({ value, hadRecentInput }) => (window.__moved += hadRecentInput ? 0 : value));
"#;

/// Whether a run is done.
const DONE: &str =
    "[...document.querySelectorAll('[role=status]')].some(({ textContent }) => textContent.startsWith('Done'))";
/// Presses Run, and says when.
const AGAIN: &str = "const now = performance.now(); \
                     [...document.querySelectorAll('button')].find(({ innerText }) => innerText === 'Run').click(); return now";

/// What the page's own thread is busy with, on which a press is answered: its tasks of more than 50 ms, while the page opens, with
/// its first run, and while another one goes, from the press on; and what such a budget has beside (Lighthouse's names). Each
/// figure is the worst of the rounds.
fn tasks() {
    println!("\nTasks of more than 50 ms on the page's own thread, in Chromium (the worst of {ROUNDS}):\n");
    println!(
        "| engine | while it opens: tasks | longest, ms | blocking time, ms | a run of 100 steps: tasks | longest, ms |"
    );
    println!("|---|---|---|---|---|---|");
    let mut budget = [0.0_f64; 3];
    for engine in ["cpu", "webgpu"].into_iter().filter(|&engine| engine == "cpu" || is_on_own_adapter()) {
        let mut worst = [0.0_f64; 5];
        for _ in 0..ROUNDS {
            browse(setup(engine), async |page| {
                page.before_scripts(WATCH).await;
                page.open_path(&format!("dist/?engine={engine}&steps=100")).await;
                // Asked little and seldom, as answers take the thread that is measured.
                until_script(&page, DONE).await;
                let begun = page.run_script(AGAIN, vec![]).await.as_f64().unwrap_or(f64::NAN);
                until_script(&page, &format!("!({DONE})")).await;
                until_script(&page, DONE).await;
                let found = page.run_script("return [__tasks, __paints, __moved]", vec![]).await;
                let task = |task: &Json| [task[0].as_f64().unwrap_or(f64::NAN), task[1].as_f64().unwrap_or(f64::NAN)];
                let all: Vec<_> = found[0].as_array().into_iter().flatten().map(task).collect();
                let (before, during): (Vec<_>, Vec<_>) = all.into_iter().partition(|[at, _]| *at < begun);
                let longest = |tasks: &[[f64; 2]]| tasks.iter().map(|[_, took]| *took).fold(0.0, f64::max);
                let blocking: f64 = before.iter().map(|[_, took]| took - 50.0).sum();
                let now = [before.len() as f64, longest(&before), blocking, during.len() as f64, longest(&during)];
                worst = std::array::from_fn(|index| worse(worst[index], now[index]));
                let paints = &found[1];
                let now = [&paints["first-contentful-paint"], &paints["largest"], &found[2]];
                budget = std::array::from_fn(|index| worse(budget[index], now[index].as_f64().unwrap_or(f64::NAN)));
            });
        }
        let [opening, first, blocking, running, longest] = worst;
        println!("| {engine} | {opening} | {first:.0} | {blocking:.0} | {running} | {longest:.0} |");
    }
    let [first, largest, moved] = budget;
    println!("\nFirst contentful paint {first:.0} ms, largest {largest:.0} ms, cumulative layout shift {moved:.3}.");
}

/// Asks until a script says so.
async fn until_script(page: &Page, script: &str) {
    while page.run_script(&format!("return {script}"), vec![]).await != Json::Bool(true) {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// The larger; no number where one of both is none.
fn worse(one: f64, other: f64) -> f64 {
    if one.is_nan() || other.is_nan() { f64::NAN } else { one.max(other) }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

//! The choice of the engine, and the ways in which a graphics processor can fail.

use super::{
    browser::{Setup, browse},
    faults::Fault,
    own::{first_of_four, open_more},
    page::Page,
    state::{Picture, State},
};

const WEBGPU: Setup = Setup { webgpu: true, ..Setup::PLAIN };

/// Runs in the worker before its own script: keeps the device that the engine opens, and destroys it on its `last` submission of
/// work, which is what a driver's crash looks like from here.
fn lose_at(last: u32) -> String {
    const LOSE: &str = "
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...descriptor) {
        const device = await request.apply(this, descriptor);
        const submit = device.queue.submit;
        let submissions = 0;
        device.queue.submit = function (...buffers) {
          submissions += 1;
          if (submissions === LAST) device.destroy();
          return submit.apply(this, buffers);
        };
        return device;
      };
    ";
    LOSE.replace("LAST", &last.to_string())
}

/// Runs in the worker before its own script: the software adapter gives itself out for a graphics processor.
pub const DISGUISE: &str = "
  {
    const told = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'info').get;
    const instead = { vendor: 'acme', architecture: 'anvil', description: '', device: '', isFallbackAdapter: false };
    const get = (info, name) => instead[name] ?? Reflect.get(info, name);
    Object.defineProperty(GPUAdapter.prototype, 'info', { get() { return new Proxy(told.call(this), { get }); } });
  }
";

/// The same: the first request for an adapter is answered with none.
const LATE: &str = "
  {
    const ask = GPU.prototype.requestAdapter;
    let times = 0;
    GPU.prototype.requestAdapter = async function (...options) {
      times += 1;
      return times === 1 ? null : ask.apply(this, options);
    };
  }
";

/// The same: nothing that a graphics processor has computed ever arrives.
const SILENCE: &str = "GPUBuffer.prototype.mapAsync = () => new Promise(() => {});";

/// The same: the browser never says whether there is an adapter.
const SILENT_ADAPTER: &str = "GPU.prototype.requestAdapter = () => new Promise(() => {});";

/// The same: the adapter never opens.
const SILENT_DEVICE: &str = "GPUAdapter.prototype.requestDevice = () => new Promise(() => {});";

/// Runs in the worker before its own script: counts what is asked of the graphics processor, and tells it, as it stood at each
/// submission and at last as it stands, to whoever asks on a channel.
const COUNT: &str = "
  {
    const asked = [
      [GPUComputePassEncoder, 'dispatchWorkgroups'],
      [GPUDevice, 'createBindGroup'],
      [GPUDevice, 'createBuffer'],
      [GPUDevice, 'createComputePipeline'],
      [GPUQueue, 'submit'],
      [GPUBuffer, 'mapAsync'],
    ];
    const counts = asked.map(() => 0);
    const submissions = [];
    asked.forEach(([{ prototype }, name], number) => {
      const own = prototype[name];
      prototype[name] = function (...values) {
        if (name === 'submit') submissions.push([...counts]);
        counts[number] += 1;
        return own.apply(this, values);
      };
    });
    const channel = new BroadcastChannel('counted');
    channel.onmessage = () => channel.postMessage([...submissions, counts]);
  }
";

/// The same: no time passes, as on a graphics processor that takes its steps in none.
const NO_TIME: &str = "performance.now = () => 1000;";

/// The same: there is no memory for what kernels are made of.
const NO_MEMORY: &str = "
  {
    const { pushErrorScope, popErrorScope } = GPUDevice.prototype;
    const open = [];
    GPUDevice.prototype.pushErrorScope = function (filter) {
      open.push(filter);
      return pushErrorScope.call(this, filter);
    };
    GPUDevice.prototype.popErrorScope = async function () {
      const filter = open.pop();
      const found = await popErrorScope.call(this);
      return filter === 'out-of-memory' ? new GPUOutOfMemoryError('there is none') : found;
    };
  }
";

/// Asks for what was counted.
const COUNTED: &str = "
  return new Promise((tell) => {
    const channel = new BroadcastChannel('counted');
    // Until there is somebody who hears it.
    const ask = setInterval(() => channel.postMessage(null), 50);
    channel.onmessage = ({ data }) => (clearInterval(ask), channel.close(), tell(data));
  });
";

#[test]
fn a_compiled_step_makes_nothing_and_is_one_submission() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, COUNT].concat()));
        page.open("pack=fashion-mnist-28&steps=8&engine=webgpu").await;
        page.until_done().await;
        assert!(page.state().await.text.contains("Its steps are compiled."));
        let counted = counted(&page).await;
        // From each of the last submissions to the next one: dispatches, bind groups, buffers, pipelines, submissions, maps.
        let last = &counted[counted.len() - 5..counted.len() - 1];
        for step in last.windows(2) {
            let [dispatches, made @ .., submissions, maps] =
                [0, 1, 2, 3, 4, 5].map(|kind| step[1][kind] - step[0][kind]);
            assert!((20..=35).contains(&dispatches), "{dispatches} dispatches");
            assert_eq!((made, submissions, maps), ([0; 3], 1, 1));
        }

        // What has no kernels is computed all the same, and said.
        page.open("pack=fashion-mnist-28&steps=1&engine=webgpu&prior=none").await;
        page.until_done().await;
        let text = page.state().await.text;
        assert!(text.contains("not compiled") && text.contains("pixels are climbed"), "{text}");
    });
}

async fn counted(page: &Page) -> Vec<[u32; 6]> {
    serde_json::from_value(page.run_script(COUNTED, vec![]).await).unwrap()
}

#[test]
fn of_quick_steps_several_are_taken_for_a_picture_and_none_is_lost() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, COUNT, NO_TIME].concat()));
        page.open("pack=fashion-mnist-28&steps=12&engine=webgpu").await;
        let last = page.until_done().await;
        assert_eq!((last.step, last.steps), (12, 12));
        let state = page.state().await;
        assert!(state.pictures.iter().any(|name| name.starts_with("Activation over 12 steps")), "{}", state.describe());
        // One map for each picture: of the first four steps, and then of the ninth and the last.
        let counted = counted(&page).await;
        let [.., maps] = counted[counted.len() - 1];
        let [.., before] = counted[counted.len() - 1 - 12];
        assert!((4..=8).contains(&(maps - before)), "{maps} - {before} maps");

        // Back by a step is back by a picture.
        let slider = page.expect("slider", "Go to a step of the run").await;
        slider.send_keys("\u{e012}").await.unwrap();
        let earlier = page.until_picture("an earlier step", |picture| picture.step < 12).await;
        assert!(earlier.step == 9, "{earlier:?}");
    });
}

#[test]
fn a_run_of_quick_steps_that_is_held_takes_one_at_a_time() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, NO_TIME].concat()));
        page.open("pack=fashion-mnist-28&steps=900&engine=webgpu").await;
        page.until_picture("some steps", |picture| picture.step >= 4).await;
        page.press("Pause").await;
        page.until_said(&["Paused"]).await;
        // Eight steps that are on their way together still come, the last of which is the ninth, or so many times eight behind it; then
        // one step at a time.
        page.press("Step").await;
        let held = page.until_picture("one step more", |picture| picture.step > 4 && picture.step % 8 == 2).await;
        page.press("Step").await;
        let next = page.until_picture("the next step", |picture| picture.step > held.step).await;
        assert_eq!(next.step, held.step + 1);
        page.press("Resume").await;
        page.until_picture("more steps", |picture| picture.step > next.step).await;
    });
}

#[test]
fn programs_for_the_graphics_processor_are_made_before_the_weights_are_there() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, COUNT].concat()));
        // Twenty seconds for half a megabyte.
        let slow = Fault::Slow(25_000, std::time::Duration::from_secs(1));
        page.site.break_file("weights/fashion-mnist-28/generator.safetensors", slow);
        page.open("pack=fashion-mnist-28&steps=2&engine=webgpu").await;
        let mut early = [0; 6];
        for _ in 0..200 {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let now = *counted(&page).await.last().unwrap();
            if now[3] >= 20 && now == early {
                break;
            }
            early = now;
        }
        let [dispatches, .., pipelines, submissions, _] = early;
        assert!(pipelines >= 20 && dispatches == 0 && submissions <= 1, "{early:?}");
        assert!(page.state().await.progress.len() == 1, "they are on their way");
        // They are those of the run: what is made later is Burn's.
        page.until_done().await;
        let all = counted(&page).await.last().unwrap()[3];
        assert!(all < pipelines + 5, "{all}, {pipelines} early");
    });
}

#[test]
fn a_graphics_processor_without_memory_for_kernels_computes_without_them() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, NO_MEMORY].concat()));
        page.open("pack=fashion-mnist-28&steps=3&engine=webgpu").await;
        assert_eq!(page.until_done().await.step, 3);
        let text = page.state().await.text;
        assert!(text.contains("not compiled: the graphics processor has no memory for it"), "{text}");
        assert!(page.state().await.alerts.is_empty());
    });
}

#[test]
fn a_browser_that_never_answers_for_graphics_is_not_waited_for() {
    browse(WEBGPU, async |page| {
        for script in [SILENT_ADAPTER.to_owned(), [DISGUISE, SILENT_DEVICE].concat()] {
            page.site.break_file("worker.js", Fault::Prepended(script));
            page.open("steps=2").await;
            page.until_done().await;
            let text = page.state().await.text;
            assert!(text.contains("CPU engine on") && text.contains("did not answer for"), "{text}");
            // Who asks for it by name is not given another, and told how to get one.
            page.open("steps=2&engine=webgpu").await;
            page.until_said(&["did not answer for", "CPU engine"]).await;
            page.press("Run").await;
            page.until_done().await;
        }
    });
}

#[test]
fn stop_ends_a_start_that_waits_for_the_browser() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended(SILENT_ADAPTER.into()));
        page.open("steps=2&engine=webgpu").await;
        page.press("Stop").await;
        page.until_said(&["cancelled"]).await;
        let state = page.until("nothing is being loaded", |state| state.progress.is_empty()).await;
        assert!(!state.offers("Stop") && state.offers("Run"), "{}", state.describe());
        page.site.mend();
        page.open("steps=2&engine=cpu").await;
        page.until_done().await;
    });
}

#[test]
fn an_adapter_that_is_not_there_at_first_is_asked_for_again() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, LATE].concat()));
        page.open("steps=2").await;
        page.until_done().await;
        // It is tried, and then loses, as it is an imitation.
        let text = page.state().await.text;
        assert!(text.contains("CPU engine") && text.contains("acme"), "{text}");
    });
}

#[test]
fn a_graphics_processor_that_never_answers_is_given_up() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, SILENCE].concat()));
        page.open("steps=2").await;
        page.until_done().await;
        let text = page.state().await.text;
        assert!(text.contains("CPU engine") && text.contains("did not come to the end of a trial"), "{text}");
    });
}

#[test]
fn without_webgpu_the_processor_is_used_and_the_page_says_so() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        let text = page.state().await.text;
        assert!(text.contains("CPU engine on this computer"), "{text}");
        assert!(text.contains("no WebGPU") || text.contains("No graphics adapter"), "{text}");
    });
}

#[test]
fn an_adapter_that_is_imitated_in_software_loses_to_the_processor() {
    browse(WEBGPU, async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        let text = page.state().await.text.to_lowercase();
        assert!(text.contains("cpu engine") && text.contains("swiftshader"), "{text}");
    });
}

#[test]
fn webgpu_runs_when_it_is_asked_for() {
    browse(WEBGPU, async |page| {
        page.open("steps=2&engine=cpu").await;
        let wanted = page.until_done().await.activation;
        page.open("steps=2&engine=webgpu").await;
        let state = page.until("WebGPU runs", |state| state.text.contains("WebGPU engine on")).await;
        assert!(state.address.contains("engine=webgpu"));
        let found = page.until_done().await.activation;
        assert!(page.state().await.text.contains("imitated in software is faster without"));
        // Two engines round differently, and a step multiplies that; it stays the same climb.
        assert!((found - wanted).abs() < 0.3, "{wanted} on the processor, {found} on WebGPU");
    });
}

#[test]
#[ignore = "takes a graphics processor of this machine, and DGN_ADAPTER=own"]
fn a_graphics_processor_is_chosen_by_itself_and_climbs_as_the_processor_does() {
    browse(WEBGPU, async |page| {
        let runs =
            ["", "&compare=none&compare=tv:2:1,jitter:9&compare=blur:0.28:4", "&epsilon1=4&epsilon3=0.3&seeds=4"];
        for run in runs {
            page.open(&format!("unit=fc8:goldfish&steps=5&engine=cpu{run}")).await;
            let on_cpu = |state: &State| state.text.contains("CPU engine on") && state.text.contains("step 5 of 5");
            let wanted = page.until("the processor's run", on_cpu).await;
            page.open(&format!("unit=fc8:goldfish&steps=5{run}")).await;
            let on_gpu = |state: &State| state.text.contains("WebGPU engine on") && state.text.contains("step 5 of 5");
            let found = page.until("WebGPU's run", on_gpu).await;
            let reached = |state: &State| -> Vec<f64> {
                state
                    .pictures
                    .iter()
                    .filter_map(|name| Picture::parse(name))
                    .map(|picture| picture.activation)
                    .collect()
            };
            let (wanted, found) = (reached(&wanted), reached(&found));
            println!("{run}: {wanted:?} on the processor, {found:?} on WebGPU");
            assert_eq!(wanted.len(), found.len());
            // Two engines round differently, and a step multiplies that; it stays the same climb.
            assert!(wanted.iter().zip(&found).all(|(a, b)| (a - b).abs() < 1.0), "{run}: {wanted:?}, {found:?}");
        }
    });
}

#[test]
fn webgpu_that_is_not_there_ends_in_a_sentence_and_the_processor_is_one_choice_away() {
    browse(Setup::default(), async |page| {
        page.open("steps=2&engine=webgpu").await;
        page.until_said(&["CPU engine, which runs everywhere"]).await;
        page.press("Run").await;
        page.until_done().await;
        assert!(page.state().await.text.contains("CPU engine on"));
    });
}

#[test]
fn an_insecure_context_is_named_as_the_reason() {
    browse(Setup { insecure: true, ..WEBGPU }, async |page| {
        page.open("steps=2&engine=webgpu").await;
        page.until_said(&["secure addresses", "https"]).await;
        page.open("steps=2").await;
        page.until_done().await;
        let text = page.state().await.text;
        assert!(text.contains("CPU engine") && text.contains("secure addresses"), "{text}");
    });
}

#[test]
fn a_run_whose_device_is_lost_goes_on_on_the_processor_from_its_step() {
    browse(WEBGPU, async |page| {
        // Among steps that are taken together.
        page.site.break_file("worker.js", Fault::Prepended([DISGUISE, NO_TIME, &lose_at(16)].concat()));
        page.open("pack=fashion-mnist-28&steps=50&engine=webgpu").await;
        let moved = page.until("the processor takes over", |state| state.text.contains("CPU engine on")).await;
        assert!(moved.text.contains("was lost in the middle of a run"), "{}", moved.describe());
        // No step is drawn twice or left out: the curve has them all.
        page.until("all steps", |state| state.pictures.iter().any(|name| name.starts_with("Activation over 50 steps")))
            .await;

        // The worker serves on, and knows what the run came to.
        let before = page.until_done().await;
        open_more(&page).await;
        page.choose("start", "the last result").await;
        let first = first_of_four(&page).await;
        assert!(first.activation > before.activation - 1.0, "it goes on from {before:?}: {first:?}");
        let text = page.state().await.text;
        assert!(text.contains("CPU engine on") && text.contains("was lost"), "in the same worker: {text}");
    });
}

/// On an imitated adapter nothing is compiled, and codes are lost with their device.
#[test]
fn a_device_that_is_lost_in_a_run_leaves_the_picture_and_the_processor_is_one_press_away() {
    browse(WEBGPU, async |page| {
        page.site.break_file("worker.js", Fault::Prepended(lose_at(40)));
        page.open("steps=50&engine=webgpu").await;
        page.until_said(&["press run"]).await;
        let state = page.state().await;
        assert!(state.said().to_lowercase().contains("lost"), "{}", state.describe());
        page.press("Run").await;
        let on_cpu = page.until("the processor takes over", |state| state.text.contains("CPU engine on")).await;
        assert!(on_cpu.picture().is_some(), "the picture was lost\n{}", on_cpu.describe());
        page.until_picture("the processor draws", |picture| picture.step >= 5).await;
    });
}

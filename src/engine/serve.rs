//! The worker's loop: takes [`Request`]s from the page, answers with [`Event`]s, and steps the run in between.
//!
//! On the CPU engine a step occupies the worker from beginning to end, so after each the loop goes back to the browser
//! once: that is when a Pause or a Stop gets in.

use std::{cell::Cell, rc::Rc};

use burn::tensor::Device;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use super::{
    EngineError, Judge, Session, device,
    gallery::Gallery,
    model,
    protocol::{self, Event, Frame, Guess, Part, Picture, Progress, Request},
    session,
};
use crate::{
    ascent::Model,
    pack::{
        self, Files, Strongest,
        fetch::Site,
        manifest::{ClassifierEntry, Manifest},
    },
    spec::{EngineChoice, RunSpec, Unit},
};

/// Steps timed on each engine before one is chosen, after as many to warm up.
const TRIAL_STEPS: u32 = 3;
/// The page hears of the weights' progress whenever this many more bytes have come.
const PROGRESS_BYTES: u64 = 256 << 10;

thread_local! {
    /// Whether the networks are on the graphics processor; the panic hook wants to know.
    static ON_GRAPHICS: Cell<bool> = const { Cell::new(false) };
}

/// Starts the engine in the worker that this program runs in. Returns at once; the loop lives as long as the worker.
///
/// Called from anything but a dedicated worker it does nothing.
pub fn serve() {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return;
    };
    std::panic::set_hook(Box::new({
        let scope = scope.clone();
        move |info| {
            console_error_panic_hook::hook(info);
            let message = "The engine stopped over a fault of its own. Press Run to start it again.".to_owned();
            post(&scope, &Event::Failed { message, fatal: true, graphics: ON_GRAPHICS.get() });
        }
    }));
    let (sender, inbox) = unbounded();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // What is not a request comes from elsewhere (an extension of the browser, say) and is nobody's concern.
        if let Ok(request) = serde_wasm_bindgen::from_value::<Request>(event.data()) {
            let _ = sender.unbounded_send(request);
        }
    });
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    spawn_local(async move {
        if let Err(error) = attend(&scope, inbox).await {
            fail(&scope, &error, true);
        }
    });
}

/// Sends an event to the page. A page that cannot take it is gone, and so soon is this worker.
fn post(scope: &DedicatedWorkerGlobalScope, event: &Event) {
    if let Ok(message) = serde_wasm_bindgen::to_value(event) {
        let _ = scope.post_message(&message);
    }
}

fn fail(scope: &DedicatedWorkerGlobalScope, error: &EngineError, fatal: bool) {
    post(scope, &Event::Failed { message: error.to_string(), fatal, graphics: error.is_graphics() });
}

/// A run on its way.
struct Running {
    number: u32,
    session: Session,
    reference: Option<f32>,
    /// Whether another classifier is to look at the last pictures.
    judged: bool,
    held: bool,
}

/// Loads what the first request names, then serves requests for good. What it returns as an error is fatal.
async fn attend(scope: &DedicatedWorkerGlobalScope, mut inbox: UnboundedReceiver<Request>) -> Result<(), EngineError> {
    let (pack, classifier, engine) = loop {
        match inbox.recv().await {
            Ok(Request::Load { pack, classifier, engine }) => break (pack, classifier, engine),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    };
    let mut loaded = load(scope, pack, &classifier, engine).await?;
    post(scope, &Event::Ready(loaded.report.clone()));

    let mut running: Option<Running> = None;
    let mut gallery = Gallery::default();
    loop {
        let runs = running.as_ref().is_some_and(|running| !running.held);
        let busy = runs || !gallery.is_done();
        let request = if busy { inbox.try_recv().ok() } else { inbox.recv().await.ok() };
        let mut once = false;
        match request {
            Some(Request::Run { run, spec }) => {
                let (reference, judged) = (loaded.reference(&spec), !spec.compare.is_empty());
                if let Err(error) =
                    session::prepare(&loaded.site, &loaded.manifest, &loaded.model, std::slice::from_ref(&spec)).await
                {
                    fail(scope, &error, false);
                    running = None;
                    continue;
                }
                running = match Session::begin(&loaded.manifest, loaded.model.clone(), &[spec]) {
                    Ok(session) => Some(Running { number: run, session, reference, judged, held: false }),
                    Err(error) => {
                        fail(scope, &error, false);
                        None
                    }
                };
            }
            Some(Request::Gallery { gallery: number, specs }) => {
                gallery.order(number, specs);
            }
            Some(Request::Pause) => hold(&mut running, true),
            Some(Request::Resume) => hold(&mut running, false),
            Some(Request::Step) => once = true,
            Some(Request::Stop) => running = None,
            Some(Request::Load { .. }) | None => {}
        }
        if let Some(run) = running.as_mut().filter(|running| once || !running.held)
            && !advance(scope, run, &mut loaded).await?
        {
            running = None;
        }
        if running.as_ref().is_none_or(|running| running.held) {
            match gallery.advance(&loaded.manifest, &loaded.model).await {
                Ok(tiles) => tiles.iter().for_each(|tile| post(scope, tile)),
                Err(error) => {
                    gallery = Gallery::default();
                    fail(scope, &lost(error, &loaded.report), false);
                }
            }
        }
        breathe().await;
    }
}

fn hold(running: &mut Option<Running>, held: bool) {
    if let Some(running) = running {
        running.held = held;
    }
}

/// Takes one step and shows it. Whether the run can go on.
async fn advance(
    scope: &DedicatedWorkerGlobalScope,
    running: &mut Running,
    loaded: &mut Loaded,
) -> Result<bool, EngineError> {
    let before = now();
    let step = running.session.step().await.map_err(|error| lost(error, &loaded.report))?;
    let done = running.session.is_done();
    let last = if done && running.judged { step.pictures.clone() } else { Vec::new() };
    let frame = Frame {
        run: running.number,
        step: step.number,
        steps: running.session.steps(),
        pictures: step.pictures,
        milliseconds: (now() - before) as f32,
        reference: running.reference,
    };
    post(scope, &Event::Frame(frame));
    // A lane without a way on stays as it is; the run is over when none has one.
    if let (true, Some(Some(problem))) = (step.problems.iter().all(Option::is_some), step.problems.first()) {
        fail(scope, problem, false);
        return Ok(false);
    }
    if done {
        post(scope, &Event::Finished { run: running.number });
        if !last.is_empty() {
            match loaded.judge(&last).await {
                Ok(Some((judge, top))) => post(scope, &Event::Judged { run: running.number, judge, top }),
                Ok(None) => {}
                Err(error) => fail(scope, &lost(error, &loaded.report), false),
            }
        }
        return Ok(false);
    }
    Ok(true)
}

/// A readback that fails on the graphics processor means that it is gone.
fn lost(error: EngineError, device: &protocol::Device) -> EngineError {
    match error {
        EngineError::Readback { reason } if device.engine == EngineChoice::WebGpu => EngineError::DeviceLost { reason },
        other => other,
    }
}

/// Networks on the device that serves them best.
struct Loaded {
    manifest: Manifest,
    model: Rc<Model>,
    strongest: Option<Strongest>,
    site: Site,
    climbed: String,
    judge: Option<Judge>,
    report: protocol::Device,
}

impl Loaded {
    /// What another classifier of the pack sees in some pictures; nothing where there is no other. It is loaded when it
    /// is first needed.
    async fn judge(&mut self, pictures: &[Picture]) -> Result<Option<(String, Vec<Vec<Guess>>)>, EngineError> {
        if self.judge.is_none() {
            let Some(entry) = Judge::entry(&self.manifest, &self.climbed) else {
                return Ok(None);
            };
            self.judge = Some(Judge::load(&self.site, &self.manifest, entry, &self.model.device).await?);
        }
        let Some(judge) = &self.judge else {
            return Ok(None);
        };
        Ok(Some((judge.name.clone(), judge.look(pictures).await?)))
    }

    /// The strongest activation of a real image, for a run of one unit.
    fn reference(&self, spec: &RunSpec) -> Option<f32> {
        let [unit] = spec.units.as_slice() else {
            return None;
        };
        let activations = self.strongest.as_ref()?.of(unit);
        activations.first().map(|activation| activation * unit.weight)
    }
}

async fn load(
    scope: &DedicatedWorkerGlobalScope,
    folder: String,
    classifier: &str,
    engine: EngineChoice,
) -> Result<Loaded, EngineError> {
    let site = Site::new(scope.clone(), folder);
    let manifest = pack::load_manifest(&site).await?;
    let entry = manifest.entry(classifier)?;
    let total = manifest.bytes(entry);
    let mut told = 0;
    let spec = trial(&manifest, entry);
    let files = Files::load(&site, &manifest, entry, |loaded| {
        if loaded == total || loaded >= told + PROGRESS_BYTES {
            told = loaded;
            post(scope, &Event::Progress(Progress { part: Part::Weights, loaded, total }));
        }
    })
    .await?;
    let strongest = Strongest::load(&site, entry).await?;
    let build = |device: &Device| model(&manifest, entry, &files, device).map(Rc::new);
    let on_cpu = |reason: String| -> Result<_, EngineError> {
        ON_GRAPHICS.set(false);
        Ok((build(&device::cpu())?, device::cpu_report(reason)))
    };
    let (model, report) = match engine {
        EngineChoice::Cpu => on_cpu("It was asked for.".into())?,
        EngineChoice::WebGpu => {
            let (device, report) = graphics(scope, engine).await?;
            (build(&device)?, report)
        }
        EngineChoice::Auto => match graphics(scope, engine).await {
            Err(error) => on_cpu(error.reason())?,
            Ok((device, report)) => {
                let (gpu, cpu) = (build(&device)?, build(&device::cpu())?);
                let trial = match time(&manifest, &gpu, &spec).await {
                    Ok(milliseconds) => Some(milliseconds),
                    // An adapter that fails at its first steps is one that cannot be used.
                    Err(EngineError::Readback { .. }) => None,
                    Err(error) => return Err(error),
                };
                let rival = time(&manifest, &cpu, &spec).await?;
                match trial {
                    Some(trial) if trial <= rival => {
                        let reason =
                            format!("It took {trial:.0} ms a step in a trial; the processor took {rival:.0} ms.");
                        (gpu, protocol::Device { reason, ..report })
                    }
                    Some(trial) => on_cpu(format!(
                        "It took {rival:.0} ms a step in a trial; WebGPU on {} took {trial:.0} ms.",
                        report.name
                    ))?,
                    None => on_cpu(format!("WebGPU on {} failed in a trial.", report.name))?,
                }
            }
        },
    };
    let climbed = classifier.to_owned();
    Ok(Loaded { manifest, model, strongest, site, climbed, judge: None, report })
}

/// Opens the graphics processor; unless it was asked for by name, not one that is imitated in software.
async fn graphics(
    scope: &DedicatedWorkerGlobalScope,
    engine: EngineChoice,
) -> Result<(Device, protocol::Device), EngineError> {
    let none = |reason: &str| EngineError::NoGraphics { reason: reason.to_owned() };
    let gpu = Reflect::get(&scope.navigator(), &"gpu".into()).unwrap_or_default();
    if gpu.is_undefined() || gpu.is_null() {
        return Err(if scope.is_secure_context() {
            none("This browser offers no WebGPU.")
        } else {
            none("The browser offers WebGPU to secure addresses only (https, or this computer’s own).")
        });
    }
    let descriptor = wgpu::InstanceDescriptor {
        backends: wgpu::Backends::BROWSER_WEBGPU,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapter = device::adapter(&instance).await?;
    let about = device::Adapter::read(&adapter.get_info(), &describe(&gpu).await);
    if about.software && engine == EngineChoice::Auto {
        let reason =
            format!("The only graphics adapter ({}) is a program that imitates one, which is slower.", about.name);
        return Err(none(&reason));
    }
    ON_GRAPHICS.set(true);
    let device = device::open(instance, adapter).await?;
    let report =
        protocol::Device { engine: EngineChoice::WebGpu, name: about.name, reason: "It was asked for.".into() };
    Ok((device, report))
}

/// Vendor and architecture of the adapter, which the browser tells and wgpu does not pass on; empty where it is silent.
async fn describe(gpu: &JsValue) -> String {
    let text = async {
        let request: js_sys::Function = Reflect::get(gpu, &"requestAdapter".into())?.dyn_into()?;
        let adapter = JsFuture::from(request.call0(gpu)?.dyn_into::<Promise>()?).await?;
        let info = Reflect::get(&adapter, &"info".into())?;
        let field = |name: &str| Reflect::get(&info, &name.into()).ok().and_then(|value| value.as_string());
        let words = ["vendor", "architecture"].into_iter().filter_map(field).filter(|word| !word.is_empty());
        Ok::<_, JsValue>(words.collect::<Vec<_>>().join(" "))
    };
    text.await.unwrap_or_default()
}

/// A short run of a classifier's first output unit, to be timed.
fn trial(manifest: &Manifest, entry: &ClassifierEntry) -> RunSpec {
    let layer = entry.output().map(|layer| layer.name.clone()).unwrap_or_default();
    let spec = RunSpec::with_defaults(manifest, Unit::new(layer, 0));
    RunSpec { classifier: entry.name.clone(), steps: 2 * TRIAL_STEPS, ..spec }
}

/// Milliseconds a step of a run on a model, the fastest of a few.
async fn time(manifest: &Manifest, model: &Rc<Model>, spec: &RunSpec) -> Result<f64, EngineError> {
    let mut session = Session::begin(manifest, model.clone(), std::slice::from_ref(spec))?;
    let mut fastest = f64::INFINITY;
    while !session.is_done() {
        let before = now();
        session.step().await?;
        fastest = fastest.min(now() - before);
    }
    Ok(fastest)
}

/// Milliseconds since some fixed time.
fn now() -> f64 {
    let performance =
        js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>().ok().and_then(|scope| scope.performance());
    performance.map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Goes back to the browser once, so that waiting messages are delivered. A message to oneself is the quickest way
/// there: timers are held back to 4 ms, and promises never leave the current task.
async fn breathe() {
    let Ok(channel) = MessageChannel::new() else {
        return;
    };
    let promise = Promise::new(&mut |resolve, _| channel.port1().set_onmessage(Some(&resolve)));
    if channel.port2().post_message(&JsValue::NULL).is_ok() {
        let _ = JsFuture::from(promise).await;
    }
    channel.port1().close();
}

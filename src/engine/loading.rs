//! Loads what the first request names, and chooses the device that serves it best.

use std::{cell::Cell, future::poll_fn, pin::pin, rc::Rc, task::Poll};

use burn::tensor::Device;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::DedicatedWorkerGlobalScope;

use super::{
    EngineError, Judge, Session, device, model,
    protocol::{self, Event, Part, Progress},
    serve::{now, post},
};
use crate::{
    ascent::Model,
    pack::{
        self, Files, Strongest,
        fetch::Site,
        manifest::{ClassifierEntry, Manifest},
    },
    picture::{Guess, Picture},
    spec::{EngineChoice, RunSpec, Unit},
};

/// Steps timed on each engine before one is chosen, after as many to warm up.
const TRIAL_STEPS: u32 = 3;
/// Longest trial of a graphics processor, in milliseconds.
const LONGEST_TRIAL: i32 = 15_000;
/// Milliseconds to the second time that a graphics adapter is asked for.
const SECOND_TRY: i32 = 500;
/// The page hears of the weights' progress whenever this many more bytes have come.
const PROGRESS_BYTES: u64 = 256 << 10;

thread_local! {
    /// Whether the networks are on the graphics processor; the panic hook wants to know.
    pub(super) static ON_GRAPHICS: Cell<bool> = const { Cell::new(false) };
}

/// Networks on the device that serves them best.
pub(super) struct Loaded {
    pub(super) manifest: Manifest,
    /// The generator with the classifier that was asked for, and then with others that runs have needed.
    pub(super) models: Vec<Rc<Model>>,
    strongest: Option<Strongest>,
    pub(super) site: Site,
    climbed: String,
    judge: Option<Judge>,
    pub(super) report: protocol::Device,
}

impl Loaded {
    /// What another classifier of the pack sees in some pictures; nothing where there is no other. It is loaded when it
    /// is first needed.
    pub(super) async fn judge(
        &mut self,
        pictures: &[Picture],
    ) -> Result<Option<(String, Vec<Vec<Guess>>)>, EngineError> {
        if self.judge.is_none() {
            let Some(entry) = Judge::entry(&self.manifest, &self.climbed) else {
                return Ok(None);
            };
            self.judge = Some(Judge::load(&self.site, &self.manifest, entry, &self.model().device).await?);
        }
        let Some(judge) = &self.judge else {
            return Ok(None);
        };
        Ok(Some((judge.name.clone(), judge.look(pictures).await?)))
    }

    /// The generator with the classifier that was asked for.
    pub(super) fn model(&self) -> &Rc<Model> {
        // There is one from the beginning.
        &self.models[0]
    }

    /// The strongest activation of a real image, for a run of one unit.
    pub(super) fn reference(&self, spec: &RunSpec) -> Option<f32> {
        let [unit] = spec.units.as_slice() else {
            return None;
        };
        let activations = self.strongest.as_ref()?.of(unit);
        activations.first().map(|activation| activation * unit.weight)
    }
}

/// Loads a pack from its folder for one classifier, with the encoder where that is needed too, tells the page how far it is,
/// and chooses the device.
///
/// # Errors
/// [`EngineError`].
pub(super) async fn load(
    scope: &DedicatedWorkerGlobalScope,
    folder: String,
    classifier: &str,
    encoder: bool,
    engine: EngineChoice,
) -> Result<Loaded, EngineError> {
    let site = Site::new(scope.clone(), folder);
    let manifest = pack::load_manifest(&site).await?;
    let entry = manifest.entry(classifier)?;
    let total = manifest.bytes_for(entry, encoder);
    let mut told = 0;
    let spec = trial(&manifest, entry);
    let mut tell = |loaded| {
        if loaded == total || loaded >= told + PROGRESS_BYTES {
            told = loaded;
            post(scope, &Event::Progress(Progress { part: Part::Weights, loaded, total }));
        }
    };
    let mut files = Files::load(&site, &manifest, entry, &mut tell).await?;
    if encoder {
        files = files.with_encoder(&site, &manifest, entry, &mut tell).await?;
    }
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
                let trial = match within(scope, LONGEST_TRIAL, time(&manifest, &gpu, &spec)).await {
                    Some(Ok(milliseconds)) => Ok(milliseconds),
                    // An adapter that fails at its first steps, or never ends them, is one that cannot be used.
                    Some(Err(EngineError::Readback { .. })) => Err("failed in a trial"),
                    Some(Err(error)) => return Err(error),
                    None => Err("did not come to the end of a trial"),
                };
                let rival = time(&manifest, &cpu, &spec).await?;
                match trial {
                    Ok(trial) if trial <= rival => {
                        let reason =
                            format!("It took {trial:.0} ms a step in a trial; the processor took {rival:.0} ms.");
                        (gpu, protocol::Device { reason, ..report })
                    }
                    Ok(trial) => on_cpu(format!(
                        "It took {rival:.0} ms a step in a trial; WebGPU on {} took {trial:.0} ms.",
                        report.name
                    ))?,
                    Err(what) => on_cpu(format!("WebGPU on {} {what}.", report.name))?,
                }
            }
        },
    };
    let climbed = classifier.to_owned();
    Ok(Loaded { manifest, models: vec![model], strongest, site, climbed, judge: None, report })
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
    let adapter = match device::adapter(&instance).await {
        // A browser whose own process for graphics is just starting, or starting again, has none at first.
        Err(_) => {
            pause(scope, SECOND_TRY).await;
            device::adapter(&instance).await?
        }
        found => found?,
    };
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

/// Waits for some milliseconds.
async fn pause(scope: &DedicatedWorkerGlobalScope, milliseconds: i32) {
    let wait = Promise::new(&mut |resolve, _| {
        if scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).is_err() {
            // Without a clock there is nothing to wait for.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    let _ = JsFuture::from(wait).await;
}

/// What some work comes to; nothing where that takes longer than so many milliseconds.
async fn within<T>(scope: &DedicatedWorkerGlobalScope, milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut end) = (pin!(work), pin!(pause(scope, milliseconds)));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// A short run of a classifier's first output unit, to be timed; without what would have to be loaded first.
fn trial(manifest: &Manifest, entry: &ClassifierEntry) -> RunSpec {
    let layer = entry.output().map(|layer| layer.name.clone()).unwrap_or_default();
    let spec = RunSpec::with_defaults(manifest, Unit::new(layer, 0)).plain();
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

//! Loads what the first request names, and chooses the device that serves it best.

use std::rc::Rc;

use burn::tensor::Device;

use super::{graphics::graphics, host::Host};
use crate::{
    ascent::Model,
    engine::{
        self, EngineError, Judge, Session, device, model,
        protocol::{self, Event, Part, Progress},
    },
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
/// The page hears of the weights' progress whenever this many more bytes have come.
const PROGRESS_BYTES: u64 = 256 << 10;

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
            self.judge = Judge::of(&self.site, &self.manifest, entry, &mut self.models).await?;
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
    host: &Host,
    folder: String,
    classifier: &str,
    encoder: bool,
    engine: EngineChoice,
) -> Result<Loaded, EngineError> {
    let site = Site::new(host.scope().clone(), folder);
    let manifest = pack::load_manifest(&site).await?;
    let entry = manifest.entry(classifier)?;
    let total = manifest.bytes_for(entry, encoder);
    let mut told = 0;
    let spec = trial(&manifest, entry);
    let mut tell = |loaded| {
        if loaded == total || loaded >= told + PROGRESS_BYTES {
            told = loaded;
            host.post(&Event::Progress(Progress { part: Part::Weights, loaded, total }));
        }
    };
    let files = Files::load(&site, &manifest, entry, &mut tell).await?;
    let strongest = Strongest::load(&site, entry).await?;
    let build = |device: &Device| model(&manifest, entry, &files, device).map(Rc::new);
    let on_cpu = |model: Rc<Model>, reason: String| {
        Host::set_on_graphics(false);
        (model, device::cpu_report(reason))
    };
    let (model, report) = match engine {
        EngineChoice::Cpu => on_cpu(build(&device::cpu())?, "It was asked for.".into()),
        EngineChoice::WebGpu => {
            let (device, report) = graphics(host, engine).await?;
            (build(&device)?, report)
        }
        EngineChoice::Auto => match graphics(host, engine).await {
            Err(error) => on_cpu(build(&device::cpu())?, error.reason()),
            Ok((device, report)) => {
                let (gpu, cpu) = (build(&device)?, build(&device::cpu())?);
                let trial = match host.within(LONGEST_TRIAL, time(host, &manifest, &gpu, &spec)).await {
                    Some(Ok(milliseconds)) => Ok(milliseconds),
                    // An adapter that fails at its first steps, or never ends them, is one that cannot be used.
                    Some(Err(EngineError::Readback { .. })) => Err("failed in a trial"),
                    Some(Err(error)) => return Err(error),
                    None => Err("did not come to the end of a trial"),
                };
                let rival = time(host, &manifest, &cpu, &spec).await?;
                match trial {
                    Ok(trial) if trial <= rival => {
                        let reason =
                            format!("It took {trial:.0} ms a step in a trial; the processor took {rival:.0} ms.");
                        (gpu, protocol::Device { reason, ..report })
                    }
                    Ok(trial) => on_cpu(
                        cpu,
                        format!(
                            "It took {rival:.0} ms a step in a trial; WebGPU on {} took {trial:.0} ms.",
                            report.name
                        ),
                    ),
                    Err(what) => on_cpu(cpu, format!("WebGPU on {} {what}.", report.name)),
                }
            }
        },
    };
    if encoder {
        let before = manifest.bytes(entry);
        engine::encoder(&site, &manifest, &model, |bytes| tell(before + bytes)).await?;
    }
    let climbed = classifier.to_owned();
    Ok(Loaded { manifest, models: vec![model], strongest, site, climbed, judge: None, report })
}

/// A short run of a classifier's first output unit, to be timed; without what would have to be loaded first.
fn trial(manifest: &Manifest, entry: &ClassifierEntry) -> RunSpec {
    let layer = entry.output().map(|layer| layer.name.clone()).unwrap_or_default();
    let spec = RunSpec::with_defaults(manifest, Unit::new(layer, 0)).plain();
    RunSpec { classifier: entry.name.clone(), steps: 2 * TRIAL_STEPS, ..spec }
}

/// Milliseconds a step of a run on a model, the fastest of a few.
async fn time(host: &Host, manifest: &Manifest, model: &Rc<Model>, spec: &RunSpec) -> Result<f64, EngineError> {
    let mut session = Session::begin(manifest, model.clone(), std::slice::from_ref(spec))?;
    let mut fastest = f64::INFINITY;
    while !session.is_done() {
        let before = host.now();
        session.step().await?;
        fastest = fastest.min(host.now() - before);
    }
    Ok(fastest)
}

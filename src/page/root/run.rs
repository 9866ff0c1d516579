//! Runs: what a person does with them, and what the worker's events change.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;

use super::{
    engine::Engine,
    frames, neurons, owned,
    progress::Tally,
    settings::Settings,
    state::{Lacking, OWN_LANE, Offer, Phase, Root, Tile, Verdicts, Way},
};
use crate::{
    engine::{
        memory,
        protocol::{Control, End, Event, Load, Reason, Request, Work},
    },
    pack::{SMALL_PACK, manifest::Manifest},
    page::{
        browser::site::{self, Place},
        words,
    },
    spec::{EngineChoice, Preset, RunSpec, Start, query},
};

/// Takes a pack from where it is, and in it a run for the controls; a worker that serves another one ends.
pub fn open(root: Root, manifest: Arc<Manifest>, place: Place, spec: RunSpec, engine: EngineChoice) {
    lose_worker(root);
    root.inner.update_value(|inner| inner.place = place);
    root.pack.set(Some(manifest.clone()));
    take(root, &manifest, spec, engine);
}

/// Puts a run into the controls.
pub fn take(root: Root, manifest: &Manifest, spec: RunSpec, engine: EngineChoice) {
    root.settings.set(Some(Settings::of_run(&spec, manifest, engine)));
    // A picture that was chosen before is not the one that this run means.
    root.image.set(None);
    root.chosen.set(if spec.compare.is_empty() { 0 } else { OWN_LANE });
    root.classifier.set(spec.classifier);
    if let Some(unit) = spec.units.first() {
        root.layer.set(unit.layer.clone());
        root.position.set(unit.position);
    }
    root.units.set(spec.units);
}

/// Puts the pack's defaults back into the fields under “More”.
pub fn reset(root: Root) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    let defaults = RunSpec::with_defaults(&*pack, pack.defaults.unit.clone());
    root.settings.set(Some(Settings::of_run(&defaults, &*pack, EngineChoice::Auto)));
}

/// The run that the fields make of what is picked, and the engine, or a sentence that says why they make none; nothing before
/// there is a pack.
fn draft(root: Root) -> Option<Result<(RunSpec, EngineChoice), String>> {
    let (pack, settings) = (root.pack.get()?, root.settings.get()?);
    let spec = match settings.spec(&root.classifier.get(), root.units.get(), &*pack) {
        Ok(spec) => spec,
        Err(error) => return Some(Err(words::wrong_setting(&words::spec(&error)))),
    };
    let needed = memory::need(&pack, std::slice::from_ref(&spec)).runs();
    if needed > memory::MOST_BYTES {
        let smaller = pack.name != SMALL_PACK;
        return Some(Err(words::too_much_memory(needed, memory::MOST_BYTES, spec.lanes().len(), smaller)));
    }
    Some(Ok((spec, settings.engine)))
}

/// Takes back why the fields made no run once they make one; once another reason is left, that is said.
pub fn follow_refusals(root: Root) {
    Effect::new(move || {
        // What it is made of.
        let _ = (root.pack.track(), root.settings.track(), root.classifier.track(), root.units.track());
        let Some(refusal) = root.inner.with_value(|inner| inner.refusal.clone()) else { return };
        let left = untrack(|| draft(root)).and_then(Result::err);
        if root.notice.with_untracked(|notice| notice.as_ref() == Some(&refusal)) {
            root.notice.set(left.clone());
        }
        root.inner.update_value(|inner| inner.refusal = left);
    });
}

/// Begins a run of what is picked, in place of any other; starts a worker where there is none that fits.
pub fn run(root: Root) {
    root.notice.set(None);
    root.lacking.set(None);
    let (Some(pack), Some(draft)) = (root.pack.get_untracked(), untrack(|| draft(root))) else {
        // Without a pack there is nothing to run; what a person means is “try again”.
        if root.phase.get_untracked() == Phase::Failed {
            root.lacking.set(Some(Lacking::Pack));
        }
        return;
    };
    let classifier = root.classifier.get_untracked();
    let (mut spec, forced) = match draft {
        Ok(draft) => draft,
        Err(refusal) => {
            root.more.set(true);
            root.inner.update_value(|inner| inner.refusal = Some(refusal.clone()));
            if root.phase.get_untracked() == Phase::Opening {
                root.phase.set(Phase::Idle);
                root.status.set(String::new());
            }
            return root.notice.set(Some(refusal));
        }
    };
    if root.image_due.get_untracked() {
        return root.lacking.set(Some(Lacking::Picture(spec.image)));
    }
    if spec.start == Start::Image {
        // What is chosen counts, and has its own name.
        match root.image.with_untracked(|image| image.as_ref().map(|image| image.name.clone())) {
            Some(name) => spec.image = name,
            None => return root.lacking.set(Some(Lacking::Picture(spec.image))),
        }
    }
    site::write_query(&query::write(&spec, forced));
    let fits = root.inner.try_update_value(|inner| {
        let engine = if inner.avoid_graphics { EngineChoice::Cpu } else { forced };
        let wanted = (classifier, engine);
        let knows = owned::are_known(&spec, &inner.own_known, root);
        let fits = inner.engine.is_some() && inner.loaded_for == wanted && knows;
        inner.loaded_for = wanted;
        inner.waiting = Some(spec);
        fits
    });
    match (fits, root.ready.get_untracked()) {
        (Some(true), true) => begin(root),
        (Some(true), false) => root.status.set(words::loading().into()),
        _ => load(root, &pack),
    }
}

/// Starts a worker for the run that waits.
fn load(root: Root, pack: &Manifest) {
    end_worker(root);
    let (bytes, _) = site::program("engine");
    let Some(run) = root.inner.with_value(|inner| inner.waiting.clone()) else { return };
    let weights = root.with_entry(|entry| pack.bytes_for(entry, run.needs_encoder())).unwrap_or_default();
    root.tally.set(Tally::new(bytes, weights));
    root.device.set(None);
    root.steps_per_second.set(None);
    root.phase.set(Phase::Loading);
    root.status.set(words::loading().into());
    match Engine::start(move |event| hear(root, event)) {
        Ok(engine) => root.inner.update_value(|inner| {
            let (classifier, choice) = inner.loaded_for.clone();
            let (manifest, weights) = (pack, pack.weights_of(&classifier).unwrap_or_default());
            let Place { folder: pack, files } = inner.place.clone();
            let run = Box::new(run);
            let own = owned::of_engine(root, manifest);
            inner.own_known.clone_from(&own);
            engine.send(&Request::Load(Load { pack, files, classifier, weights, run, engine: choice, own }));
            inner.engine = Some(engine);
        }),
        Err(end) => fail(root, words::ended(&end, &site::browsers())),
    }
}

/// Hands the run that waits to a worker that is ready.
fn begin(root: Root) {
    root.steps_computed.set(None);
    let title = root.inner.try_update_value(|inner| {
        let spec = inner.waiting.take()?;
        inner.number = inner.number.wrapping_add(1);
        let image = root.image.get_untracked().filter(|_| spec.start == Start::Image).map(|image| image.pixels);
        // Who has gone back to an earlier step has chosen it as the result.
        let from = inner.log.looked_back_to().filter(|_| spec.start == Start::Last);
        let begin = Control::Begin { run: inner.number, spec: Box::new(spec.clone()), image, from };
        inner.engine.as_ref()?.send(&Request::Run(begin));
        let title = title_of(root, &spec);
        inner.current = Some(Arc::new(spec));
        Some(title)
    });
    root.verdicts.set(None);
    if let Some(Some(title)) = title {
        document().set_title(&words::window_title(&title));
        root.phase.set(Phase::Running);
        root.status.set(words::running(&title));
    }
}

fn title_of(root: Root, spec: &RunSpec) -> String {
    let title = root.pack.with_untracked(|pack| {
        let entry = pack.as_ref()?.classifier(&spec.classifier)?;
        Some(neurons::title(&spec.units, entry))
    });
    title.unwrap_or_default()
}

/// The name of what runs.
fn current_title(root: Root) -> String {
    let current = root.inner.with_value(|inner| inner.current.clone());
    current.map(|spec| title_of(root, &spec)).unwrap_or_default()
}

/// Holds the run where it is.
pub fn pause(root: Root) {
    send(root, Control::Pause);
    root.phase.set(Phase::Paused);
    root.status.set(words::paused(&current_title(root)));
}

/// Goes on with a held run.
pub fn resume(root: Root) {
    send(root, Control::Resume);
    root.phase.set(Phase::Running);
    root.status.set(words::running(&current_title(root)));
}

/// Takes one step; a run that goes on is held first.
pub fn step(root: Root) {
    if root.phase.get_untracked() == Phase::Running {
        pause(root);
    }
    send(root, Control::Step);
}

/// Ends the run, or its start; what has been drawn stays.
pub fn stop(root: Root) {
    if root.phase.get_untracked() == Phase::Loading {
        return cancel(root);
    }
    send(root, Control::Stop);
    root.phase.set(Phase::Idle);
    root.status.set(words::stopped(&current_title(root)));
}

/// Ends loading, and the worker with it.
pub fn cancel(root: Root) {
    end_worker(root);
    root.phase.set(Phase::Idle);
    root.status.set(words::cancelled().into());
}

/// Fills the fields in as a publication has them.
pub fn take_preset(root: Root, preset: Preset) {
    let Some(pack) = root.pack.get_untracked() else {
        return;
    };
    root.change_settings(|settings| *settings = settings.with_preset(preset, &*pack));
}

/// Whether a worker is ready that has the classifier whose neurons are listed.
pub fn is_loaded(root: Root) -> bool {
    let classifier = root.classifier.get_untracked();
    let ready = root.ready.get_untracked();
    root.inner.with_value(|inner| ready && inner.engine.is_some() && inner.loaded_for.0 == classifier)
}

/// Has the worker hold its run or go on, if there is one.
fn send(root: Root, control: Control) {
    let request = Request::Run(control);
    root.inner.with_value(|inner| inner.engine.iter().for_each(|engine| engine.send(&request)));
}

/// Orders small pictures, in place of those ordered before; `hear` is told of each as it comes, of those ordered before too.
pub fn order_tiles(root: Root, specs: Vec<RunSpec>, hear: impl Fn(Tile) + 'static) {
    let ready = root.ready.get_untracked();
    root.inner.update_value(|inner| {
        inner.order = inner.order.wrapping_add(1);
        inner.hear_tile = Some(Rc::new(hear));
        if let Some(engine) = inner.engine.as_ref().filter(|_| ready) {
            engine.send(&Request::Gallery { number: inner.order, specs });
        }
    });
}

/// Ends the worker, and so the questions that it has not answered.
fn end_worker(root: Root) {
    root.ready.set(false);
    root.inner.update_value(|inner| inner.engine = None);
}

/// Ends a worker that is of no more use.
fn lose_worker(root: Root) {
    end_worker(root);
    root.device.set(None);
}

/// Says what went wrong where a run was to be.
pub fn fail(root: Root, message: String) {
    root.phase.set(Phase::Failed);
    root.status.set(words::run_failed().into());
    root.notice.set(Some(message));
}

/// Takes an event from the worker.
fn hear(root: Root, event: Event) {
    match event {
        Event::Progress(progress) => root.tally.update(|tally| tally.take(&progress)),
        Event::Ready(device) => {
            root.device.set(Some(device));
            root.steps_computed.set(None);
            begin(root);
            root.ready.set(true);
            root.can_be_asked();
        }
        Event::Moved(device) => {
            let is_without_graphics = matches!(device.reason, Reason::Lost(_));
            root.device.set(Some(device));
            root.steps_computed.set(None);
            // The worker serves on, as one that was loaded for the processor.
            root.inner.update_value(|inner| {
                if is_without_graphics {
                    inner.avoid_graphics = true;
                    inner.loaded_for.1 = EngineChoice::Cpu;
                }
            });
        }
        Event::Answered { number, answer } => root.inner.update_value(|inner| {
            if let Some(engine) = &mut inner.engine {
                engine.answered(number, answer);
            }
        }),
        Event::Begun { run, steps } if run == root.run_number() => root.steps_computed.set(Some(steps)),
        Event::Begun { .. } => {}
        Event::Frame(frame) => frames::offer(root, frame),
        Event::Finished { run } => finished(root, run),
        Event::Tile { gallery, unit, steps, picture } => {
            let heard = root.inner.with_value(|inner| (inner.hear_tile.clone(), inner.order));
            if let (Some(hear), order) = heard {
                hear(Tile { unit, steps, picture, latest: gallery == order });
            }
        }
        Event::Judged { run, judge, top } => {
            if root.inner.with_value(|inner| inner.number == run) {
                let lanes = top.into_iter().map(|guesses| guesses.into_iter().next()).collect();
                root.verdicts.set(Some(Verdicts { judge, lanes }));
            }
        }
        Event::Unjudged { run, judge } => {
            if root.inner.with_value(|inner| inner.number == run) {
                let title = |pack: &Manifest| pack.classifier(&judge).map(|entry| entry.title.clone());
                let title = root.pack.with_untracked(|pack| pack.as_ref().and_then(|pack| title(pack)));
                root.notice.set(Some(words::no_room_to_judge(&title.unwrap_or(judge))));
            }
        }
        Event::Failed { of, error } => {
            frames::show(root);
            match of {
                Work::Engine => {
                    lose_worker(root);
                    root.inner.update_value(|inner| inner.avoid_graphics |= error.is_graphics());
                }
                // Of an earlier run or gallery nothing is to be seen any more.
                Work::Run(run) if root.run_number() != run => return,
                Work::Gallery(order) if root.inner.with_value(|inner| inner.order != order) => return,
                Work::Run(_) | Work::Gallery(_) => {}
            }
            fail(root, words::failed(&error));
        }
        Event::Ended(end) => {
            frames::show(root);
            lose_worker(root);
            let graphics = end == End::Fault { graphics: true };
            root.inner.update_value(|inner| inner.avoid_graphics |= graphics);
            fail(root, words::ended(&end, &site::browsers()));
        }
        Event::NoGraphics(lack) => {
            lose_worker(root);
            root.inner.update_value(|inner| inner.avoid_graphics = true);
            fail(root, words::no_graphics(&lack));
        }
        Event::OutOfMemory => {
            frames::show(root);
            lose_worker(root);
            let pictures = root.inner.with_value(|inner| {
                // The run that waits is asked for after the one that goes on.
                inner.waiting.as_ref().or(inner.current.as_deref()).map_or(1, |run| run.lanes().len())
            });
            let smaller = root.pack.with_untracked(|pack| pack.as_ref().is_some_and(|pack| pack.name != SMALL_PACK));
            root.offers_small.update(|offers| *offers |= smaller);
            fail(root, words::out_of_memory(pictures, smaller));
        }
        Event::Renewed => {
            frames::show(root);
            lose_worker(root);
            root.offer.set(Some(Offer { notice: words::renewed().into(), way: Way::Reload }));
            fail(root, words::renewed().into());
        }
        // Whoever started the worker has taken it.
        Event::Hello { .. } => {}
    }
}

fn finished(root: Root, run: u32) {
    let is_current = root.inner.with_value(|inner| inner.number == run);
    if !is_current || !root.phase.get_untracked().has_run() {
        return;
    }
    frames::show(root);
    root.phase.set(Phase::Finished);
    let chosen = untrack(|| root.chosen_lane());
    let ends = root.activations.with_untracked(|lanes| {
        let values = lanes.get(chosen)?;
        values.first().copied().zip(values.last().copied())
    });
    if let Some((first, last)) = ends {
        root.status.set(words::finished(first, last));
    }
}

/// Takes the engine that a person asks for; a failure of the graphics processor is forgiven then.
pub fn choose_engine(root: Root, engine: EngineChoice) {
    root.change_settings(|settings| settings.engine = engine);
    root.inner.update_value(|inner| inner.avoid_graphics = false);
}

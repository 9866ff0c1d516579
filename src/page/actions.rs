//! What a person can do, and what the worker's events change.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};

use super::{
    asking, frames, gallery, neurons, opening, own_image,
    progress::Tally,
    ranking,
    settings::{Preset, Settings},
    site,
    state::{Phase, State, Verdicts},
    words,
    worker::Engine,
};
use crate::{
    engine::protocol::{Event, Request},
    pack::manifest::Manifest,
    spec::{EngineChoice, RunSpec, Start, query},
};

/// Offered as the clip's deviations where the pack's own default is not to clip: the paper's value.
const PAPERS_DEVIATIONS: f32 = 3.0;

pub(super) fn deviations(manifest: &Manifest) -> f32 {
    manifest.defaults.bound.unwrap_or(PAPERS_DEVIATIONS)
}

/// Puts the pack's defaults back into the fields under “More”.
pub fn reset(state: State) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    let defaults = RunSpec::with_defaults(&*pack, pack.defaults.unit.clone());
    state.settings.set(Some(Settings::of(&defaults, deviations(&pack), EngineChoice::Auto)));
}

/// Begins a run of what is picked, in place of any other; starts a worker where there is none that fits.
pub fn run(state: State) {
    state.notice.set(None);
    let (Some(pack), Some(settings)) = (state.pack.get_untracked(), state.settings.get_untracked()) else {
        // Without a pack there is nothing to run; what a person means is “try again”.
        if state.phase.get_untracked() == Phase::Failed {
            opening::open(state);
        }
        return;
    };
    let classifier = state.classifier.get_untracked();
    let spec = match settings.spec(&classifier, state.units.get_untracked(), &*pack) {
        Ok(spec) => spec,
        Err(error) => {
            state.more.set(true);
            state.notice.set(Some(words::wrong_setting(&error.to_string())));
            return;
        }
    };
    let mut spec = spec;
    if spec.start == Start::Image {
        // What is chosen counts, and has its own name.
        match state.image.with_untracked(|image| image.as_ref().map(|image| image.name.clone())) {
            Some(name) => spec.image = name,
            None => return own_image::ask(state, spec.image),
        }
    }
    site::write_query(&query::write(&spec, settings.engine));
    let fits = state.inner.try_update_value(|inner| {
        let engine = if inner.avoid_graphics { EngineChoice::Cpu } else { settings.engine };
        let wanted = (classifier, engine);
        let fits = inner.engine.is_some() && inner.loaded_for == wanted;
        inner.loaded_for = wanted;
        inner.waiting = Some(spec);
        (fits, inner.ready)
    });
    match fits {
        Some((true, true)) => begin(state),
        Some((true, false)) => state.status.set(words::LOADING.into()),
        _ => load(state, &pack),
    }
}

/// Starts a worker for the run that waits.
fn load(state: State, pack: &Manifest) {
    end_worker(state);
    let (bytes, version) = site::engine_file();
    let encoder = state.inner.with_value(|inner| inner.waiting.as_ref().is_some_and(RunSpec::needs_encoder));
    let weights = state.with_entry(|entry| pack.bytes_for(entry, encoder)).unwrap_or_default();
    state.tally.set(Tally::new(bytes, weights));
    state.device.set(None);
    state.steps_per_second.set(None);
    state.phase.set(Phase::Loading);
    state.status.set(words::LOADING.into());
    match Engine::start(bytes, &version, move |event| hear(state, event)) {
        Ok(engine) => state.inner.update_value(|inner| {
            let (classifier, choice) = inner.loaded_for.clone();
            engine.send(&Request::Load { pack: inner.folder.clone(), classifier, encoder, engine: choice });
            inner.engine = Some(engine);
        }),
        Err(message) => fail(state, message),
    }
}

/// Hands the run that waits to a worker that is ready.
fn begin(state: State) {
    let title = state.inner.try_update_value(|inner| {
        let spec = inner.waiting.take()?;
        inner.number = inner.number.wrapping_add(1);
        let image = state.image.get_untracked().filter(|_| spec.start == Start::Image).map(|image| image.pixels);
        // Who has gone back to an earlier step has chosen it as the result.
        let from = inner.slot.looked_back_to().filter(|_| spec.start == Start::Last);
        inner.engine.as_ref()?.send(&Request::Run { run: inner.number, spec: spec.clone(), image, from });
        let title = title_of(state, &spec);
        inner.current = Some(Arc::new(spec));
        Some(title)
    });
    state.verdicts.set(None);
    if let Some(Some(title)) = title {
        document().set_title(&words::window_title(&title));
        state.phase.set(Phase::Running);
        state.status.set(words::running(&title));
    }
}

fn title_of(state: State, spec: &RunSpec) -> String {
    let title = state.pack.with_untracked(|pack| {
        let entry = pack.as_ref()?.classifier(&spec.classifier)?;
        Some(neurons::title(&spec.units, entry))
    });
    title.unwrap_or_default()
}

/// The name of what runs.
fn current_title(state: State) -> String {
    let current = state.inner.with_value(|inner| inner.current.clone());
    current.map(|spec| title_of(state, &spec)).unwrap_or_default()
}

/// Holds the run where it is.
pub fn pause(state: State) {
    send(state, &Request::Pause);
    state.phase.set(Phase::Paused);
    state.status.set(words::paused(&current_title(state)));
}

/// Goes on with a held run.
pub fn resume(state: State) {
    send(state, &Request::Resume);
    state.phase.set(Phase::Running);
    state.status.set(words::running(&current_title(state)));
}

/// Takes one step; a run that goes on is held first.
pub fn step(state: State) {
    if state.phase.get_untracked() == Phase::Running {
        pause(state);
    }
    send(state, &Request::Step);
}

/// Ends the run; what has been drawn stays.
pub fn stop(state: State) {
    send(state, &Request::Stop);
    state.phase.set(Phase::Idle);
    state.status.set(words::stopped(&current_title(state)));
}

/// Ends loading, and the worker with it.
pub fn cancel(state: State) {
    end_worker(state);
    state.phase.set(Phase::Idle);
    state.status.set(words::CANCELLED.into());
}

/// Fills the fields in as a publication has them.
pub fn take_preset(state: State, preset: Preset) {
    let Some(pack) = state.pack.get_untracked() else {
        return;
    };
    state.settings.update(|settings| {
        if let Some(settings) = settings {
            *settings = settings.with_preset(preset, &*pack);
        }
    });
}

/// Copies the address, which holds the run.
pub fn copy_link(state: State) {
    spawn_local(async move {
        let said = if site::copy_address().await { words::COPIED } else { words::NOT_COPIED };
        state.status.set(said.into());
    });
}

/// Whether a worker is ready that has the classifier whose neurons are listed.
pub fn is_loaded(state: State) -> bool {
    let classifier = state.classifier.get_untracked();
    state.inner.with_value(|inner| inner.engine.is_some() && inner.ready && inner.loaded_for.0 == classifier)
}

/// Sends a request to the worker, if there is one.
fn send(state: State, request: &Request) {
    state.inner.with_value(|inner| inner.engine.iter().for_each(|engine| engine.send(request)));
}

/// Ends the worker, and so the questions that it has not answered and what would ask more of them.
fn end_worker(state: State) {
    ranking::cancel(state);
    state.inner.update_value(|inner| {
        inner.engine = None;
        inner.ready = false;
        inner.asked.clear();
    });
}

pub(super) fn fail(state: State, message: String) {
    state.phase.set(Phase::Failed);
    state.status.set(words::FAILED.into());
    state.notice.set(Some(message));
}

/// Takes an event from the worker.
fn hear(state: State, event: Event) {
    match event {
        Event::Progress(progress) => state.tally.update(|tally| tally.take(&progress)),
        Event::Ready(device) => {
            state.device.set(Some(device));
            state.inner.update_value(|inner| inner.ready = true);
            begin(state);
            own_image::look(state);
        }
        Event::Answered { number, answer } => asking::answered(state, number, answer),
        Event::Frame(frame) => frames::offer(state, frame),
        Event::Finished { run } => finished(state, run),
        Event::Tile { gallery: number, unit, steps, picture } => {
            gallery::take(state, number, &unit, gallery::Tile { picture, steps });
        }
        Event::Judged { run, judge, top } => {
            if state.inner.with_value(|inner| inner.number == run) {
                let lanes = top.into_iter().map(|guesses| guesses.into_iter().next()).collect();
                state.verdicts.set(Some(Verdicts { judge, lanes }));
            }
        }
        Event::Failed { message, fatal, graphics } => {
            frames::show(state);
            if fatal {
                end_worker(state);
                state.device.set(None);
                state.inner.update_value(|inner| inner.avoid_graphics |= graphics);
            }
            fail(state, message);
        }
    }
}

fn finished(state: State, run: u32) {
    let is_current = state.inner.with_value(|inner| inner.number == run);
    if !is_current || !state.phase.get_untracked().has_run() {
        return;
    }
    frames::show(state);
    state.phase.set(Phase::Finished);
    let chosen = untrack(|| state.chosen_lane());
    let ends = state.activations.with_untracked(|lanes| {
        let values = lanes.get(chosen)?;
        values.first().copied().zip(values.last().copied())
    });
    if let Some((first, last)) = ends {
        state.status.set(words::finished(first, last));
    }
}

/// Takes the engine that a person asks for; a failure of the graphics processor is forgiven then.
pub fn choose_engine(state: State, engine: EngineChoice) {
    state.settings.update(|settings| {
        if let Some(settings) = settings {
            settings.engine = engine;
        }
    });
    state.inner.update_value(|inner| inner.avoid_graphics = false);
}

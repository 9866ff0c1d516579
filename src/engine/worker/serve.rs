//! The worker's loop: takes [`Request`]s from the page, answers with [`Event`]s, and steps the run in between.
//!
//! On the CPU engine a step occupies the worker from beginning to end, so after each the loop goes back to the browser
//! once: that is when a Pause or a Stop gets in.

use burn::tensor::Tensor;
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use wasm_bindgen::{JsCast, prelude::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use super::{
    host::Host,
    load::{Loaded, Verdict, load},
};
use crate::{
    ascent::Given,
    engine::{
        EngineError, Session, allocator,
        gallery::Gallery,
        networks,
        pace::Pace,
        protocol::{
            self, Answer, Coded, ComputedBy, Control, End, Event, Frame, Hardware, Question, Request, Steps, Work,
        },
        rank, session,
    },
    picture::{self, Pixels},
    spec::{EngineChoice, RunSpec, query},
};

/// Starts the engine in the worker that this program runs in. Returns at once; the loop lives as long as the worker.
///
/// Called from anything but a dedicated worker it does nothing.
pub fn serve() {
    let Some(host) = Host::here() else {
        return;
    };
    std::panic::set_hook(Box::new({
        let host = host.clone();
        move |info| {
            console_error_panic_hook::hook(info);
            // Then worker.js names the reason.
            if allocator::is_exhausted() {
                return;
            }
            host.post(&Event::Ended(End::Fault { graphics: Host::is_on_graphics() }));
        }
    }));
    let (sender, inbox) = unbounded();
    let page = host.clone();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match serde_wasm_bindgen::from_value::<Request>(event.data()) {
            Ok(request) => {
                let _ = sender.unbounded_send(request);
            }
            // Only the page can send anything here, so it is one of another build.
            Err(_) => page.post(&Event::Renewed),
        }
    });
    host.scope().set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    spawn_local(async move {
        if let Err(error) = attend(&host, inbox).await {
            host.fail(Work::Engine, error);
        }
    });
}

/// A run on its way.
struct Running {
    number: u32,
    spec: RunSpec,
    session: Session,
    reference: Option<f32>,
    /// On what it began.
    report: protocol::Device,
    /// The step behind which it went on elsewhere, and on what, where its device was lost.
    moved: Option<(u32, protocol::Device)>,
    /// Whether another classifier is to look at the last pictures.
    judged: bool,
    held: bool,
    pace: Pace,
}

impl Running {
    /// What it came to, or what drew the step that was chosen as its result.
    fn result(&self, step: Option<u32>) -> Tensor<2> {
        let drawn = step.and_then(|step| self.session.drawn(step));
        drawn.map_or_else(|| self.session.last(), |(_, codes)| codes)
    }

    /// On what the code was computed that drew a step.
    fn computed_on(&self, step: u32) -> &protocol::Device {
        match &self.moved {
            Some((last, device)) if step > last + 1 => device,
            _ => &self.report,
        }
    }
}

/// Loads what the first request names, then serves requests for good. What it returns as an error is fatal.
async fn attend(host: &Host, mut inbox: UnboundedReceiver<Request>) -> Result<(), EngineError> {
    let what = match inbox.recv().await {
        Ok(Request::Load(what)) => what,
        // No page of this build asks anything else first.
        Ok(Request::Run(_) | Request::Gallery { .. } | Request::Ask { .. }) => return Err(EngineError::Renewed),
        Err(_) => return Ok(()),
    };
    let mut loaded = load(host, what).await?;
    host.post(&Event::Ready(loaded.report.clone()));

    let mut running: Option<Running> = None;
    // The last run, once it is over.
    let mut ended: Option<Running> = None;
    let mut gallery = Gallery::default();
    loop {
        let runs = running.as_ref().is_some_and(|running| !running.held);
        let busy = runs || !gallery.is_done();
        let request = if busy { inbox.try_recv().ok() } else { inbox.recv().await.ok() };
        let mut once = false;
        match request {
            Some(Request::Run(Control::Begin { run, spec, image, from })) => {
                ended = running.take().or(ended);
                let last = ended.as_ref().map(|ended| ended.result(from));
                running = match begin(host, &mut loaded, run, *spec, Given { image: image.map(planes), last }).await {
                    Ok(running) => {
                        if let Some(steps) = running.session.computed() {
                            host.post(&Event::Begun { run, steps: steps.clone() });
                        }
                        Some(running)
                    }
                    Err(error) => match lost(error, &loaded.report) {
                        lost @ EngineError::DeviceLost { .. } => return Err(lost),
                        error => {
                            host.fail(Work::Run(run), error);
                            None
                        }
                    },
                };
            }
            Some(Request::Run(Control::Pause)) => hold(&mut running, true),
            Some(Request::Run(Control::Resume)) => {
                hold(&mut running, false);
                // What has waited meanwhile would tell of a pace that nobody keeps.
                running.iter_mut().for_each(|running| running.pace = Pace::default());
            }
            Some(Request::Run(Control::Step)) => once = true,
            Some(Request::Run(Control::Stop)) => ended = running.take().or(ended),
            Some(Request::Gallery { number, specs }) => {
                match networks::prepare(&loaded.site, &loaded.manifest, &mut loaded.models, &specs).await {
                    Ok(()) => gallery.order(number, specs),
                    Err(error) => {
                        gallery.order(number, Vec::new());
                        host.fail(Work::Gallery(number), lost(error, &loaded.report));
                    }
                }
            }
            Some(Request::Ask { number, question }) => {
                let answer = answer(&mut loaded, question, running.as_ref().or(ended.as_ref())).await;
                let answer = answer.map_err(|error| lost(error, &loaded.report));
                host.post(&Event::Answered { number, answer });
            }
            // A worker serves what it was loaded for; a page of this build starts another one for anything else.
            Some(Request::Load(_)) => return Err(EngineError::Renewed),
            None => {}
        }
        let on_graphics = loaded.compiler.is_graphics();
        // Of a run that is held, what is on its way together is taken first, so that the next step can be had alone.
        while let Some(run) = running.as_mut().filter(|run| once || !run.held || run.session.is_ahead()) {
            once = false;
            if !advance(host, run, &mut loaded).await? {
                ended = running.take();
            } else if !run.held {
                break;
            }
        }
        if on_graphics && !loaded.compiler.is_graphics() {
            gallery.begin_anew();
        }
        if running.as_ref().is_none_or(|running| running.held) {
            let now = || host.now();
            match gallery.advance(&loaded.compiler, &loaded.manifest, loaded.model(), now).await {
                Ok(tiles) => tiles.iter().for_each(|tile| host.post(tile)),
                Err(error) => {
                    host.fail(Work::Gallery(gallery.number()), lost(error, &loaded.report));
                    gallery = Gallery::default();
                }
            }
        }
        host.breathe().await;
    }
}

/// Begins a run, once what it needs is there.
async fn begin(
    host: &Host,
    loaded: &mut Loaded,
    number: u32,
    spec: RunSpec,
    given: Given,
) -> Result<Running, EngineError> {
    let (reference, judged) = (loaded.reference(&spec), !spec.compare.is_empty());
    let session = session(loaded, spec.clone(), given).await?;
    // Threads may have been given up for it.
    if let Hardware::Wasm(threads) = &mut loaded.report.hardware
        && *threads != loaded.compiler.threads()
    {
        *threads = loaded.compiler.threads();
        host.post(&Event::Moved(loaded.report.clone()));
    }
    let report = loaded.report.with_steps(session.computed());
    Ok(Running { number, spec, session, reference, report, moved: None, judged, held: false, pace: Pace::default() })
}

async fn session(loaded: &mut Loaded, spec: RunSpec, given: Given) -> Result<Session, EngineError> {
    let specs = [spec];
    specs[0].validate(&*loaded.manifest)?;
    networks::prepare(&loaded.site, &loaded.manifest, &mut loaded.models, &specs).await?;
    Session::begin_on(Some(&loaded.compiler), &loaded.manifest, &loaded.models, &specs, &given).await
}

/// A picture as networks take it.
fn planes(image: Pixels) -> Vec<f32> {
    picture::planes(&image.rgba, 4)
}

/// Answers a question about what is `shown`, the run that goes on or the last one, or about nothing shown.
async fn answer(loaded: &mut Loaded, question: Question, shown: Option<&Running>) -> Result<Answer, EngineError> {
    match question {
        Question::Look { spec, image } => {
            let mut session = session(loaded, spec, Given { image: image.map(planes), last: None }).await?;
            Ok(Answer::Looked(session.step().await?.pictures))
        }
        Question::Rank { units, images } => {
            let images: Vec<_> = images.into_iter().map(planes).collect();
            Ok(Answer::Ranked(rank(&loaded.manifest, loaded.model(), &units, &images).await?))
        }
        Question::Code { step } => {
            let drawn = shown.and_then(|shown| Some((shown, shown.session.drawn(step)?)));
            let (shown, (step, codes)) = drawn.ok_or(EngineError::NoCode { step })?;
            let codes = session::rows(codes).await?;
            let query = query::write(&shown.spec, EngineChoice::Auto);
            let by = ComputedBy::new(shown.computed_on(step), shown.spec.lanes().len());
            let coded = Coded { query, spec: &shown.spec, by, step, codes: &codes };
            let json =
                serde_json::to_vec(&coded).map_err(|error| EngineError::Readback { reason: error.to_string() })?;
            Ok(Answer::Code { run: shown.number, json })
        }
        Question::Classify { network, images } => Ok(Answer::Classified(loaded.classify(network, images).await?)),
        Question::Animate { frames } => {
            let gif = picture::animation(&frames);
            Ok(Answer::Animated(gif.map_err(|error| EngineError::Animation { reason: error.to_string() })?))
        }
    }
}

fn hold(running: &mut Option<Running>, held: bool) {
    if let Some(running) = running {
        running.held = held;
    }
}

/// Takes as many steps as go with a picture, one while the run is held, and shows it. Whether the run can go on.
async fn advance(host: &Host, running: &mut Running, loaded: &mut Loaded) -> Result<bool, EngineError> {
    let before = host.now();
    let most = if running.held { 1 } else { running.pace.steps() };
    let step = match running.session.advance(most).await {
        Ok(step) => step,
        Err(error) => {
            let error = lost(error, &loaded.report);
            let threads = loaded.compiler.threads() > 1 && matches!(error, EngineError::Readback { .. });
            let can_move = threads || matches!(error, EngineError::DeviceLost { .. });
            // Where it cannot go on, that is why.
            if !can_move || !rescue(host, running, loaded).await.unwrap_or(false) {
                return Err(error);
            }
            running.session.step().await?
        }
    };
    let steps = step.activations.len() as u32 + 1;
    let milliseconds = host.now() - before;
    if !running.held {
        running.pace.note(steps, milliseconds);
    }
    let done = running.session.is_done();
    let last = if done && running.judged { step.pictures.clone() } else { Vec::new() };
    let frame = Frame {
        run: running.number,
        step: step.number,
        steps: running.session.steps(),
        pictures: step.pictures,
        before: step.activations,
        halved: step.halved,
        milliseconds: milliseconds as f32 / steps as f32,
        reference: running.reference,
    };
    host.post(&Event::Frame(frame));
    // A lane without a way on stays as it is; the run is over when none has one.
    if let (true, Some(Some(problem))) = (step.problems.iter().all(Option::is_some), step.problems.first()) {
        host.fail(Work::Run(running.number), problem.clone());
        return Ok(false);
    }
    if done {
        host.post(&Event::Finished { run: running.number });
        if !last.is_empty() {
            match loaded.judge(&last).await {
                Ok(Verdict::Seen(judge, top)) => host.post(&Event::Judged { run: running.number, judge, top }),
                Ok(Verdict::NoRoom(judge)) => host.post(&Event::Unjudged { run: running.number, judge }),
                Ok(Verdict::Nobody) => {}
                Err(error) => host.fail(Work::Run(running.number), lost(error, &loaded.report)),
            }
        }
        return Ok(false);
    }
    Ok(true)
}

/// Goes on with a run on the processor, from the step that it had come to, once the graphics processor is lost, or there without
/// threads, once these have failed. Whether it can.
async fn rescue(host: &Host, running: &mut Running, loaded: &mut Loaded) -> Result<bool, EngineError> {
    if running.session.computed() != Some(&Steps::Compiled) {
        return Ok(false);
    }
    match loaded.compiler.is_graphics() {
        true => loaded.leave_graphics(&running.spec).await?,
        false => loaded.leave_threads(),
    }
    let goes_on = running.session.move_to(&loaded.compiler, &loaded.models).await?;
    running.moved = Some((running.session.taken(), loaded.report.clone()));
    host.post(&Event::Moved(loaded.report.clone()));
    Ok(goes_on)
}

/// A readback that fails on the graphics processor means that it is gone.
fn lost(error: EngineError, device: &protocol::Device) -> EngineError {
    match error {
        EngineError::Readback { reason } if device.engine == EngineChoice::WebGpu => EngineError::DeviceLost { reason },
        other => other,
    }
}

//! Frames on their way from the worker to the screen.
//!
//! The worker may be faster than the screen. So the latest frame waits in a slot, the one before it gives way, and the
//! page draws once for each of the browser's own frames: a slow page shows fewer steps, but never falls behind. Only
//! the activations are all kept, since the curve wants every one.

use std::collections::VecDeque;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{
    pixels,
    state::{Lane, Reading, State},
};
use crate::{
    engine::protocol::Frame,
    picture::{Picture, Pixels},
};

/// The speed is the mean over this many steps.
const STEPS_FOR_SPEED: usize = 20;
/// Frames are kept up to this many bytes of pixels; beyond, every second one is let go.
const KEPT_BYTES: usize = 64 << 20;

/// The latest frame, and what must not be lost of those it replaced.
#[derive(Debug, Default)]
pub struct Slot {
    /// Frames of the run, in their order.
    kept: Vec<Frame>,
    /// Only every so many steps are kept.
    every: u32,
    latest: Option<Frame>,
    activations: Vec<Vec<f32>>,
    milliseconds: VecDeque<f32>,
    due: bool,
    /// The earlier step that a person looks at, if so.
    looking_back: Option<u32>,
}

/// Takes a frame from the worker, to be drawn when the browser draws.
pub fn offer(state: State, frame: Frame) {
    let due = state.inner.try_update_value(|inner| {
        if frame.run != inner.number {
            return true;
        }
        let slot = &mut inner.slot;
        if frame.step == 1 {
            slot.activations.clear();
            slot.kept.clear();
            slot.looking_back = None;
            slot.every = 1;
        }
        slot.keep(&frame);
        slot.activations.resize(frame.pictures.len(), Vec::new());
        for (activations, picture) in slot.activations.iter_mut().zip(&frame.pictures) {
            activations.push(picture.activation);
        }
        slot.milliseconds.push_back(frame.milliseconds);
        if slot.milliseconds.len() > STEPS_FOR_SPEED {
            slot.milliseconds.pop_front();
        }
        slot.latest = Some(frame);
        std::mem::replace(&mut slot.due, true)
    });
    if due == Some(false) {
        request_animation_frame(move || show(state));
    }
}

impl Slot {
    /// Keeps a frame to go back to. The first frame and the last are always among those kept.
    fn keep(&mut self, frame: &Frame) {
        let on_the_way = |frame: &Frame, every: u32| (frame.step - 1).is_multiple_of(every.max(1));
        if !on_the_way(frame, self.every) && frame.step != frame.steps {
            return;
        }
        self.kept.push(frame.clone());
        let each: usize = frame.pictures.iter().map(|picture| picture.rgba.len()).sum();
        if self.kept.len() * each > KEPT_BYTES {
            self.every *= 2;
            let every = self.every;
            self.kept.retain(|frame| on_the_way(frame, every));
        }
    }

    /// The earlier step that a person looks at, if so.
    pub fn looked_back_to(&self) -> Option<u32> {
        self.looking_back
    }

    /// The frame kept of a step, or of the one nearest before it.
    fn at(&self, step: u32) -> Option<&Frame> {
        let after = self.kept.partition_point(|frame| frame.step <= step);
        self.kept.get(after.checked_sub(1)?)
    }
}

/// Goes back to a step of the run shown; to the latest one, and on with it, if that is asked for.
pub fn go_to(state: State, step: u32) {
    let frame = state.inner.try_update_value(|inner| {
        let last = inner.slot.kept.last().map_or(0, |frame| frame.step);
        let frame = inner.slot.at(step).cloned();
        inner.slot.looking_back = frame.as_ref().map(|frame| frame.step).filter(|&step| step < last);
        frame
    });
    if let Some(Some(frame)) = frame {
        present(state, frame);
    }
}

/// Draws the latest frame's pictures, if there is one that has not been drawn and nobody looks at an earlier one.
pub fn show(state: State) {
    let taken = state.inner.try_update_value(|inner| {
        let slot = &mut inner.slot;
        slot.due = false;
        let mean = slot.milliseconds.iter().sum::<f32>() / slot.milliseconds.len().max(1) as f32;
        slot.latest
            .take()
            .map(|frame| (frame, slot.activations.clone(), mean, inner.current.clone(), slot.looking_back.is_some()))
    });
    let Some(Some((frame, activations, mean, run, looking_back))) = taken else {
        return;
    };
    // The same run again is no news.
    if state.drawn.with_untracked(|drawn| drawn != &run) {
        state.drawn.set(run);
    }
    state.reached.set(frame.step);
    if !looking_back {
        present(state, frame);
    }
    state.activations.set(activations);
    state.steps_per_second.set((mean > 0.0).then(|| 1000.0 / mean));
}

/// Draws a frame's pictures and shows its numbers.
fn present(state: State, frame: Frame) {
    let drawn = frame.pictures.iter().zip(&state.canvases).map(|(picture, canvas)| draw(*canvas, picture));
    if drawn.collect::<Result<(), _>>().is_err() {
        return;
    }
    let Frame { step, steps, reference, pictures, .. } = frame;
    let lane = |Picture { activation, top, .. }: Picture| Lane { activation, top };
    let lanes = pictures.into_iter().map(lane).collect();
    state.reading.set(Some(Reading { step, steps, reference, lanes }));
}

/// Draws a picture onto a canvas, which takes its size.
///
/// # Errors
/// What the browser says.
pub fn draw(canvas: NodeRef<leptos::html::Canvas>, picture: &Picture) -> Result<(), JsValue> {
    let Some(canvas) = canvas.get_untracked() else {
        return Ok(());
    };
    let Picture { width, height, rgba, .. } = picture;
    if (canvas.width(), canvas.height()) != (*width, *height) {
        canvas.set_width(*width);
        canvas.set_height(*height);
    }
    pixels::put(&canvas, [0, 0], [*width, *height], rgba)
}

/// Pictures of a lane at the steps that are kept, at most so many, the first and the last among them.
pub fn kept(state: State, lane: usize, most: usize) -> Vec<Pixels> {
    state.inner.with_value(|inner| {
        let frames = &inner.slot.kept;
        let every = frames.len().saturating_sub(1).div_ceil(most.saturating_sub(1).max(1)).max(1);
        let last = frames.len().saturating_sub(1);
        let chosen =
            frames.iter().enumerate().filter(|(number, _)| (last - number).is_multiple_of(every) || *number == 0);
        let pixels = |frame: &Frame| {
            let Picture { width, height, rgba, .. } = frame.pictures.get(lane)?.clone();
            Some(Pixels { width, height, rgba })
        };
        chosen.filter_map(|(_, frame)| pixels(frame)).collect()
    })
}

//! Frames on their way from the worker to the screen.
//!
//! The worker may be faster than the screen. So the latest frame waits in a slot, the one before it gives way, and the
//! page draws once for each of the browser's own frames: a slow page shows fewer steps, but never falls behind. Only
//! the activations are all kept, since the curve wants every one.

use std::collections::VecDeque;

use leptos::prelude::*;
use wasm_bindgen::{Clamped, JsCast, JsValue, prelude::Closure};
use web_sys::{CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, ImageData, Url};

use super::{
    neurons,
    state::{Lane, Reading, State},
    words,
};
use crate::engine::protocol::{Frame, Picture};

/// The speed is the mean over this many steps.
const STEPS_FOR_SPEED: usize = 20;
/// A saved picture is this many times as wide and high.
const SAVED_SCALE: u32 = 8;

/// The latest frame, and what must not be lost of those it replaced.
#[derive(Debug, Default)]
pub struct Slot {
    latest: Option<Frame>,
    activations: Vec<Vec<f32>>,
    milliseconds: VecDeque<f32>,
    due: bool,
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
        }
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

/// Draws the latest frame's pictures, if there is one that has not been drawn.
pub fn show(state: State) {
    let taken = state.inner.try_update_value(|inner| {
        let slot = &mut inner.slot;
        slot.due = false;
        let mean = slot.milliseconds.iter().sum::<f32>() / slot.milliseconds.len().max(1) as f32;
        slot.latest.take().map(|frame| (frame, slot.activations.clone(), mean, inner.current.clone()))
    });
    let Some(Some((frame, activations, mean, run))) = taken else {
        return;
    };
    let drawn = frame.pictures.iter().zip(&state.canvases).map(|(picture, canvas)| draw(*canvas, picture));
    if drawn.collect::<Result<(), _>>().is_err() {
        return;
    }
    // The same run again is no news.
    if state.drawn.with_untracked(|drawn| drawn != &run) {
        state.drawn.set(run);
    }
    let Frame { step, steps, reference, pictures, .. } = frame;
    let lane = |Picture { activation, top, .. }: Picture| Lane { activation, top };
    let lanes = pictures.into_iter().map(lane).collect();
    state.reading.set(Some(Reading { step, steps, reference, lanes }));
    state.activations.set(activations);
    state.steps_per_second.set((mean > 0.0).then(|| 1000.0 / mean));
}

fn draw(canvas: NodeRef<leptos::html::Canvas>, picture: &Picture) -> Result<(), JsValue> {
    let Some(canvas) = canvas.get_untracked() else {
        return Ok(());
    };
    let Picture { width, height, rgba, .. } = picture;
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), *width, *height)?;
    if (canvas.width(), canvas.height()) != (*width, *height) {
        canvas.set_width(*width);
        canvas.set_height(*height);
    }
    context(&canvas)?.put_image_data(&data, 0.0, 0.0)
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    context.dyn_into().map_err(JsValue::from)
}

/// Saves the picture that is chosen as a PNG file, enlarged without smoothing.
pub fn save(state: State) {
    let name = untrack(|| state.with_drawn(neurons::file_name));
    let canvas = state.canvases.get(untrack(|| state.chosen_lane())).and_then(|canvas| canvas.get_untracked());
    let (Some(canvas), Some(name)) = (canvas, name) else {
        return;
    };
    let done = move |blob: Option<web_sys::Blob>| {
        let saved = blob.is_some_and(|blob| download(&blob, &name).is_ok());
        if saved { state.status.set(words::SAVED.into()) } else { state.notice.set(Some(words::NOT_SAVED.into())) }
    };
    let done = Closure::once_into_js(done);
    if enlarged(&canvas).and_then(|large| large.to_blob(done.unchecked_ref())).is_err() {
        state.notice.set(Some(words::NOT_SAVED.into()));
    }
}

fn enlarged(canvas: &HtmlCanvasElement) -> Result<HtmlCanvasElement, JsValue> {
    let large: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    large.set_width(canvas.width() * SAVED_SCALE);
    large.set_height(canvas.height() * SAVED_SCALE);
    let context = context(&large)?;
    context.set_image_smoothing_enabled(false);
    let (width, height) = (f64::from(large.width()), f64::from(large.height()));
    context.draw_image_with_html_canvas_element_and_dw_and_dh(canvas, 0.0, 0.0, width, height)?;
    Ok(large)
}

fn download(blob: &web_sys::Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    // The browser reads the file after the click; there is no event that says when it has.
    set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(60));
    Ok(())
}

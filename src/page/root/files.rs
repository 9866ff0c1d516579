//! Pictures as files: as they are seen, enlarged as a person chose, with the run in them that makes them.

use js_sys::{Promise, Uint8Array};
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlCanvasElement};

use super::state::Root;
use crate::{
    page::{
        browser::{
            canvas,
            files::{download, file},
        },
        words,
    },
    picture::Picture,
    stamp,
};

/// Longest side of a saved picture, in pixels: some browsers make no larger canvas.
const LONGEST_SIDE: u32 = 8192;

/// Saves pictures as one PNG file, about as many to a row as there are rows; smaller ones are enlarged to the largest.
pub fn save_sheet(root: Root, pictures: &[Picture], name: String, run: String) {
    let side = |side: fn(&Picture) -> u32| pictures.iter().map(side).max();
    let (Some(width), Some(height)) = (side(|picture| picture.width), side(|picture| picture.height)) else {
        return;
    };
    let count = pictures.len();
    let columns = (1..=count).find(|columns| columns * columns >= count).unwrap_or(1);
    let rows = count.div_ceil(columns);
    let size = [width, height];
    let drawn = || -> Result<HtmlCanvasElement, JsValue> {
        let canvas = canvas::canvas(size[0] * columns as u32, size[1] * rows as u32)?;
        for (number, picture) in pictures.iter().enumerate() {
            let place = [number % columns, number / columns];
            let corner = [place[0] as u32 * size[0], place[1] as u32 * size[1]];
            let own = canvas::canvas(picture.width, picture.height)?;
            canvas::put(&own, [0, 0], [picture.width, picture.height], &picture.rgba)?;
            let [x, y, w, h] = [corner[0], corner[1], width, height].map(f64::from);
            let context = canvas::context(&canvas)?;
            context.set_image_smoothing_enabled(!root.exact.get_untracked());
            context.draw_image_with_html_canvas_element_and_dw_and_dh(&own, x, y, w, h)?;
        }
        Ok(canvas)
    };
    match drawn() {
        Ok(canvas) => save_canvas(root, &canvas, name, run),
        Err(_) => root.notice.set(Some(words::not_saved().into())),
    }
}

/// Saves a canvas as a PNG file, enlarged as pictures are seen, with a run in it.
pub fn save_canvas(root: Root, canvas: &HtmlCanvasElement, name: String, run: String) {
    let png = png(root, canvas, run);
    spawn_local(async move {
        said(root, png.await.and_then(|blob| download(&blob, &format!("{name}.png"))));
    });
}

/// A canvas as it is at the moment of the call, as a PNG file: enlarged as pictures are seen, with a run in it.
///
/// # Errors
/// What the browser says, if anything: some make no file of a picture that is too large.
pub fn png(root: Root, canvas: &HtmlCanvasElement, run: String) -> impl Future<Output = Result<Blob, JsValue>> + use<> {
    let most = LONGEST_SIDE / canvas.width().max(canvas.height()).max(1);
    let factor = root.enlargement.get_untracked().clamp(1, most.max(1));
    let enlarged = || {
        let large = canvas::canvas(1, 1)?;
        canvas::enlarge(canvas, &large, factor, !root.exact.get_untracked()).map(|()| large)
    };
    let made = enlarged().map(|large| {
        Promise::new(&mut |done, failed| {
            if let Err(error) = large.to_blob(&done) {
                let _ = failed.call1(&JsValue::NULL, &error);
            }
        })
    });
    async move {
        let blob: Blob = JsFuture::from(made?).await?.dyn_into()?;
        stamped(&blob, &run).await
    }
}

/// Says whether a file was saved.
pub fn said(root: Root, saved: Result<(), JsValue>) {
    match saved {
        Ok(()) => root.status.set(words::saved().into()),
        Err(_) => root.notice.set(Some(words::not_saved().into())),
    }
}

/// A PNG file with the description of its run in it.
async fn stamped(blob: &Blob, run: &str) -> Result<Blob, JsValue> {
    let bytes = Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec();
    file(&stamp::write(bytes, run), "image/png")
}

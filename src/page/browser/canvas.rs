//! Canvases, and the visitor's own pictures brought to the size of the pack's images: they are read by the browser and stay
//! in it.

use js_sys::{Promise, Reflect};
use leptos::prelude::{document, window};
use wasm_bindgen::{Clamped, JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, ImageBitmap, ImageBitmapOptions, ImageData,
    ResizeQuality,
};

use super::{
    files::beginning,
    kind::{self, Unfit},
};
use crate::{
    pack::manifest::ImageShape,
    picture::{Picture, Pixels},
};

/// Reads a picture file of any kind that the browser knows, and cuts its middle out.
///
/// # Errors
/// Why it is no picture here.
pub async fn of_file(file: &Blob, shape: ImageShape) -> Result<Pixels, Unfit> {
    let head = beginning(file, kind::HEAD).await.ok_or(Unfit::Gone)?;
    if let Some(unfit) = kind::hopeless(&head) {
        return Err(unfit);
    }
    let pixels = async { fit(window().create_image_bitmap_with_blob(file)?, shape).await };
    pixels.await.map_err(|_| kind::undecoded(&head))
}

/// What a camera shows at the moment of the call.
///
/// # Errors
/// What the browser says: mostly that the camera shows nothing yet.
pub fn of_video(video: &HtmlVideoElement, shape: ImageShape) -> impl Future<Output = Result<Pixels, JsValue>> + use<> {
    let bitmap = window().create_image_bitmap_with_html_video_element(video);
    async move { fit(bitmap?, shape).await }
}

/// The largest part about the middle that has the shape's proportions, at the shape's size.
async fn fit(bitmap: Promise, ImageShape { width, height }: ImageShape) -> Result<Pixels, JsValue> {
    let (width, height) = (width as u32, height as u32);
    let whole: ImageBitmap = JsFuture::from(bitmap).await?.dyn_into()?;
    let scale = (f64::from(whole.width()) / f64::from(width)).min(f64::from(whole.height()) / f64::from(height));
    let cut = |side: u32, all: u32| {
        let part = (f64::from(side) * scale).round().clamp(1.0, f64::from(all));
        (((f64::from(all) - part) / 2.0) as i32, part as i32)
    };
    let ((left, across), (top, down)) = (cut(width, whole.width()), cut(height, whole.height()));
    let options = ImageBitmapOptions::new();
    options.set_resize_width(width);
    options.set_resize_height(height);
    options.set_resize_quality(ResizeQuality::High);
    let small = window().create_image_bitmap_with_image_bitmap_and_a_sx_and_a_sy_and_a_sw_and_a_sh_and_a_options(
        &whole, left, top, across, down, &options,
    )?;
    let small: ImageBitmap = JsFuture::from(small).await?.dyn_into()?;
    let canvas = canvas(width, height)?;
    let context = context(&canvas)?;
    // What is transparent is seen on white.
    context.set_fill_style_str("#fff");
    let (w, h) = (f64::from(width), f64::from(height));
    context.fill_rect(0.0, 0.0, w, h);
    context.draw_image_with_image_bitmap_and_dw_and_dh(&small, 0.0, 0.0, w, h)?;
    let rgba = context.get_image_data(0.0, 0.0, f64::from(width), f64::from(height))?.data().0;
    Ok(Pixels { width, height, rgba })
}

/// A part of a picture file, of that size.
///
/// # Errors
/// What the browser says.
pub async fn part(file: &Blob, corner: [usize; 2], shape: ImageShape) -> Result<ImageBitmap, JsValue> {
    let [left, top, width, height] = [corner[0], corner[1], shape.width, shape.height].map(|side| side as i32);
    let bitmap =
        window().create_image_bitmap_with_blob_and_a_sx_and_a_sy_and_a_sw_and_a_sh(file, left, top, width, height)?;
    JsFuture::from(bitmap).await?.dyn_into()
}

/// Draws it onto a canvas, which takes its size.
///
/// # Errors
/// What the browser says.
pub fn show(canvas: &HtmlCanvasElement, bitmap: &ImageBitmap) -> Result<(), JsValue> {
    canvas.set_width(bitmap.width());
    canvas.set_height(bitmap.height());
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    context(canvas)?.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height)
}

/// A canvas that is not on the page.
///
/// # Errors
/// What the browser says.
pub fn canvas(width: u32, height: u32) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    Ok(canvas)
}

/// What one draws on a canvas with.
///
/// # Errors
/// What the browser says.
pub fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    context.dyn_into().map_err(JsValue::from)
}

/// Draws one canvas onto another that is larger by a whole factor, which takes its size: smoothly, by the best filter that
/// the browser has, or pixel by pixel.
///
/// # Errors
/// What the browser says.
pub fn enlarge(from: &HtmlCanvasElement, onto: &HtmlCanvasElement, factor: u32, smoothly: bool) -> Result<(), JsValue> {
    let (width, height) = (from.width() * factor, from.height() * factor);
    if (onto.width(), onto.height()) != (width, height) {
        onto.set_width(width);
        onto.set_height(height);
    }
    let context = context(onto)?;
    context.set_image_smoothing_enabled(smoothly);
    // Browsers that do not know the word keep to their own filter.
    Reflect::set(&context, &"imageSmoothingQuality".into(), &"high".into())?;
    context.draw_image_with_html_canvas_element_and_dw_and_dh(from, 0.0, 0.0, f64::from(width), f64::from(height))
}

/// Puts an image onto a canvas at its own size.
///
/// # Errors
/// What the browser says, for instance where the bytes are not `width · height · 4`.
pub fn put(canvas: &HtmlCanvasElement, [left, top]: [u32; 2], size: [u32; 2], rgba: &[u8]) -> Result<(), JsValue> {
    let data = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), size[0], size[1])?;
    context(canvas)?.put_image_data(&data, f64::from(left), f64::from(top))
}

/// Draws a picture onto a canvas, which takes its size.
///
/// # Errors
/// What the browser says.
pub fn draw(canvas: &HtmlCanvasElement, picture: &Picture) -> Result<(), JsValue> {
    let Picture { width, height, rgba, .. } = picture;
    if (canvas.width(), canvas.height()) != (*width, *height) {
        canvas.set_width(*width);
        canvas.set_height(*height);
    }
    put(canvas, [0, 0], [*width, *height], rgba)
}

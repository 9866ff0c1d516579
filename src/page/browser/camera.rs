//! The camera, as the browser gives it.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack};

/// Asks for a camera's pictures, as the browser then asks the person; that may take for ever.
///
/// # Errors
/// The name of the browser's exception; none where it gives pages no camera at all.
pub async fn open() -> Result<MediaStream, Option<String>> {
    let devices = Reflect::get(&window().navigator(), &"mediaDevices".into()).ok().filter(JsValue::is_object);
    let devices: MediaDevices = devices.ok_or(None)?.unchecked_into();
    let named = |error: JsValue| {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        Some(name.unwrap_or_default())
    };
    let constraints = MediaStreamConstraints::new();
    constraints.set_video(&JsValue::TRUE);
    let stream = devices.get_user_media_with_constraints(&constraints).map_err(named)?;
    Ok(JsFuture::from(stream).await.map_err(named)?.unchecked_into())
}

/// Lets go of a camera.
pub fn close(stream: &MediaStream) {
    tracks(stream).for_each(|track| track.stop());
}

/// Calls back when a camera ends by itself: it is unplugged, or the permission is taken back.
pub fn on_end(stream: &MediaStream, ended: impl FnMut() + 'static) {
    // Given away to the browser's garbage collector, as the track is.
    let ended = Closure::<dyn FnMut()>::new(ended).into_js_value();
    tracks(stream).for_each(|track| track.set_onended(Some(ended.unchecked_ref())));
}

fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    stream.get_tracks().into_iter().map(JsCast::unchecked_into)
}

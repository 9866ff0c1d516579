//! A picture of the visitor's to start from, beside what the generator makes of its code.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::OwnImage;
use crate::{
    page::{browser::canvas, root::Root, words},
    picture::Pixels,
    spec::Start,
};

/// The ways to a picture, and the two pictures; nothing where a run starts from something else.
#[component]
pub fn Chooser(room: OwnImage) -> impl IntoView {
    let root = room.root;
    let wanted =
        Memo::new(move |_| root.with_settings(|settings| settings.run.start == Start::Image).unwrap_or_default());
    move || wanted.get().then(|| view! { <Chosen room /> })
}

#[component]
fn Chosen(room: OwnImage) -> impl IntoView {
    let OwnImage { root, looked, .. } = room;
    let (own, drawn) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Canvas>::new());
    let chosen = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            super::choose(root, file.into());
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    Effect::new(move || {
        if let (Some(image), Some(canvas)) = (root.image.get(), own.get()) {
            let Pixels { width, height, rgba } = image.pixels;
            canvas.set_width(width);
            canvas.set_height(height);
            // A canvas that cannot be drawn on stays empty.
            let _ = canvas::put(&canvas, [0, 0], [width, height], &rgba);
        }
    });
    let picture = move |place: usize| {
        looked.with(|looked| looked.as_ref().and_then(|looked| looked.pictures.get(place).cloned()))
    };
    Effect::new(move || {
        if let (Some(picture), Some(canvas)) = (picture(1), drawn.get()) {
            let _ = canvas::draw(&canvas, &picture);
        }
    });
    // What the classifier sees in each.
    let seen = move |place: usize| {
        let top = picture(place)?.top.first().copied()?;
        let name = root.with_entry(|entry| entry.classes.get(top.class as usize).map(|class| class.name.clone()));
        name.flatten().map(|name| words::guess(&name, top.probability))
    };
    let excites = move |place: usize| {
        let neuron = looked.with(|looked| looked.as_ref().map(|looked| looked.neuron.clone()))?;
        Some(words::excites(&neuron, picture(place)?.activation))
    };
    let caption = move |title: &'static str, place: usize| {
        view! {
            <figcaption>
                {title}
                <br/><span prop:textContent=move || seen(place).unwrap_or_default()></span>
                <br/><span prop:textContent=move || excites(place).unwrap_or_default()></span>
            </figcaption>
        }
    };
    let none = move || root.image.with(Option::is_none);
    view! {
        <div class="field wide own-image">
            <p>{words::STAYS_HERE}</p>
            <div class="row">
                <label class="button">
                    {words::OPEN_PICTURE}
                    <input type="file" accept="image/*" on:change=chosen />
                </label>
                <Camera root />
                {words::SAMPLES.map(|(name, title)| view! {
                    <button type="button" on:click=move |_| super::choose_sample(root, name.to_owned())>
                        {title}
                    </button>
                })}
            </div>
            <div class="pair" hidden=none>
                <figure>
                    <canvas node_ref=own role="img" aria-label=words::MY_PICTURE width="64" height="64"></canvas>
                    {caption(words::MY_PICTURE, 0)}
                </figure>
                <figure>
                    <canvas node_ref=drawn role="img" aria-label=words::ITS_CODE width="64" height="64"></canvas>
                    {caption(words::ITS_CODE, 1)}
                </figure>
            </div>
        </div>
    }
}

/// The camera's picture, once it is opened, and the button that takes it.
#[component]
fn Camera(root: Root) -> impl IntoView {
    let open = RwSignal::new(false);
    let video = NodeRef::<html::Video>::new();
    let close = move || {
        if let Some(video) = video.get_untracked() {
            super::close_camera(&video);
        }
        open.set(false);
    };
    let begin = move |_| {
        let Some(video) = video.get_untracked() else { return };
        open.set(true);
        spawn_local(async move {
            if super::open_camera(&video).await.is_err() {
                close();
                root.notice.set(Some(words::NO_CAMERA.into()));
            } else if open.try_get_untracked() != Some(true) {
                // Somebody has thought better of it while the browser asked.
                super::close_camera(&video);
            }
        });
    };
    let shoot = move |_| {
        if let Some(video) = video.get_untracked() {
            super::shoot(root, video);
        }
        open.set(false);
    };
    on_cleanup(close);
    view! {
        <button type="button" hidden=move || open.get() on:click=begin>{words::CAMERA}</button>
        <div class="camera" hidden=move || !open.get()>
            <video node_ref=video playsinline muted></video>
            <button type="button" on:click=shoot>{words::SHOOT}</button>
            <button type="button" class="quiet" on:click=move |_| close()>{words::CANCEL}</button>
        </div>
    }
}

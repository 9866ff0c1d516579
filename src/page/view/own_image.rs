//! A picture of the visitor's to start from, beside what the generator makes of its code.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::{
    page::{frames, neurons, own_image, pixels, state::State, words},
    picture::Pixels,
    spec::Start,
};

/// The ways to a picture, and the two pictures; nothing where a run starts from something else.
#[component]
pub fn OwnImage(state: State) -> impl IntoView {
    let wanted = Memo::new(move |_| {
        state.settings.with(|settings| settings.as_ref().is_some_and(|settings| settings.start == Start::Image))
    });
    move || wanted.get().then(|| view! { <Chosen state /> })
}

#[component]
fn Chosen(state: State) -> impl IntoView {
    let (own, drawn) = (NodeRef::<html::Canvas>::new(), NodeRef::<html::Canvas>::new());
    let chosen = move |event: web_sys::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(input) = input else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            own_image::choose(state, file.into());
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    Effect::new(move || {
        if let (Some(image), Some(canvas)) = (state.image.get(), own.get()) {
            let Pixels { width, height, rgba } = image.pixels;
            canvas.set_width(width);
            canvas.set_height(height);
            // A canvas that cannot be drawn on stays empty.
            let _ = pixels::put(&canvas, [0, 0], [width, height], &rgba);
        }
    });
    Effect::new(move || {
        state.looked.with(|pictures| {
            if let (Some(picture), Some(_)) = (pictures.get(1), drawn.get()) {
                let _ = frames::draw(drawn, picture);
            }
        });
    });
    // What the classifier sees in each.
    let seen = move |place: usize| {
        let top = state.looked.with(|pictures| pictures.get(place).and_then(|picture| picture.top.first().copied()))?;
        let name = state.with_entry(|entry| entry.classes.get(top.class as usize).map(|class| class.name.clone()));
        name.flatten().map(|name| words::guess(&name, top.probability))
    };
    let neuron = move || state.with_entry(|entry| state.units.with(|units| neurons::title(units, entry)));
    let excites = move |place: usize| {
        let activation = state.looked.with(|pictures| pictures.get(place).map(|picture| picture.activation))?;
        Some(words::excites(&neuron()?, activation))
    };
    let none = move || state.image.with(Option::is_none);
    view! {
        <div class="field wide own-image">
            <p>{words::STAYS_HERE}</p>
            <div class="row">
                <label class="button">
                    {words::OPEN_PICTURE}
                    <input type="file" accept="image/*" on:change=chosen />
                </label>
                <Camera state />
                {words::SAMPLES.map(|(name, title)| view! {
                    <button type="button" on:click=move |_| own_image::choose_sample(state, name.to_owned())>
                        {title}
                    </button>
                })}
            </div>
            <div class="pair" hidden=none>
                <figure>
                    <canvas node_ref=own role="img" aria-label=words::MY_PICTURE width="64" height="64"></canvas>
                    <figcaption>{words::MY_PICTURE}<br/>{move || seen(0)}<br/>{move || excites(0)}</figcaption>
                </figure>
                <figure>
                    <canvas node_ref=drawn role="img" aria-label=words::ITS_CODE width="64" height="64"></canvas>
                    <figcaption>{words::ITS_CODE}<br/>{move || seen(1)}<br/>{move || excites(1)}</figcaption>
                </figure>
            </div>
        </div>
    }
}

/// The camera's picture, once it is opened, and the button that takes it.
#[component]
fn Camera(state: State) -> impl IntoView {
    let open = RwSignal::new(false);
    let video = NodeRef::<html::Video>::new();
    let close = move || {
        if let Some(video) = video.get_untracked() {
            own_image::close_camera(&video);
        }
        open.set(false);
    };
    let begin = move |_| {
        let Some(video) = video.get_untracked() else { return };
        open.set(true);
        spawn_local(async move {
            if own_image::open_camera(&video).await.is_err() {
                close();
                state.notice.set(Some(words::NO_CAMERA.into()));
            } else if open.try_get_untracked() != Some(true) {
                // Somebody has thought better of it while the browser asked.
                own_image::close_camera(&video);
            }
        });
    };
    let shoot = move |_| {
        if let Some(video) = video.get_untracked() {
            own_image::shoot(state, video);
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

//! What is kept, and the buttons for more and for none; and that a new version is there.

use leptos::prelude::*;

use super::{Room, Stage, allow, keep, remove};
use crate::page::{
    browser::site,
    words::{self, NotOffline},
};

/// What of the site is kept.
#[component]
pub fn Keep(room: Room) -> impl IntoView {
    let Room { stage, kept, failure, .. } = room;
    let is_kept = Memo::new(move |_| matches!(stage.get(), Stage::Ready | Stage::Keeping(..)));
    let is_off = Memo::new(move |_| stage.get() == Stage::Lacking(NotOffline::Off));
    let missing = Memo::new(move |_| kept.with(|kept| kept.as_ref().map_or(0, |kept| kept.missing)));
    let told = move || match (stage.get(), kept.get()) {
        (Stage::Starting, _) => words::offline_starts().to_owned(),
        (Stage::Lacking(lack), _) => words::not_offline(lack).to_owned(),
        (Stage::Keeping(loaded, total), _) => words::keeping_offline(loaded, total),
        (Stage::Ready, Some(kept)) => words::kept_offline(&kept.pack, kept.bytes, kept.missing),
        (Stage::Ready, None) => words::page_is_kept().to_owned(),
    };
    let keeping = move || matches!(stage.get(), Stage::Keeping(..));
    view! {
        <section class="offline">
            <h2>{words::offline()}</h2>
            <p role="status" prop:textContent=told></p>
            <p class="problem" role="alert" prop:textContent=move || failure.get().map(|failure| words::not_kept(&failure)).unwrap_or_default()></p>
            <div class="row">
                <button
                    type="button" hidden=move || !is_kept.get() || missing.get() == 0 disabled=keeping
                    on:click=move |_| keep(room) prop:textContent=move || words::keep_offline(missing.get())
                ></button>
                <button
                    type="button" class="quiet" hidden=move || !is_kept.get() disabled=keeping
                    on:click=move |_| remove(room)
                >{words::remove_offline()}</button>
                <button type="button" hidden=move || !is_off.get() on:click=move |_| allow(room)>{words::allow_offline()}</button>
            </div>
        </section>
    }
}

/// That a new version of the site is there, and the way to it; whoever has a run going on takes it when it suits.
#[component]
pub fn Renewed(room: Room) -> impl IntoView {
    view! {
        <div class="renewed" role="status">
            {move || room.renewed.get().then(|| view! {
                <p>{words::new_version()}</p>
                <button type="button" on:click=move |_| site::reload()>{words::reload()}</button>
                <button type="button" class="quiet" on:click=move |_| room.renewed.set(false)>{words::dismiss()}</button>
            })}
        </div>
    }
}

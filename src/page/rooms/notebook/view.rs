//! What is in the notebook.

use leptos::{html, prelude::*};

use super::{
    kept::Kept,
    room::{self, Room},
};
use crate::page::{browser::site, words};

/// All that is in it.
#[component]
pub fn Inside(room: Room) -> impl IntoView {
    // Another page may have kept or deleted something meanwhile.
    let focus = window_event_listener_untyped("focus", move |_| room::look(room));
    let leave = window_event_listener_untyped("pagehide", move |_| room::keep_texts(room));
    let printed = window_event_listener_untyped("afterprint", |_| room::mark_for_print(false));
    on_cleanup(move || [focus, leave, printed].into_iter().for_each(WindowListenerHandle::remove));
    Effect::new(move || {
        if room.open.get() {
            room::look(room);
        }
    });
    let empty = Memo::new(move |_| room.there().is_empty());
    let size = move || match room.there() {
        there if there.is_empty() => words::notebook_is_empty(),
        there => words::notebook_size(there.len(), there.iter().map(|kept| kept.bytes).sum()),
    };
    let failure = move || room.failure.get().map(room::why).unwrap_or_default();
    let title = room.title;
    view! {
        <>
            <p class="about">{words::notebook_explained()}</p>
            <p class="about" prop:textContent=size></p>
            <p class="problem" role="alert" prop:textContent=failure></p>
            <div class="field" hidden=empty>
                <label for="notebook-title">{words::notebook_title()}</label>
                <input
                    id="notebook-title" type="text" autocomplete="off" prop:value=title.text
                    on:input=move |event| room::typed(room, title, event_target_value(&event))
                />
            </div>
            <div class="row" hidden=empty>
                <button type="button" on:click=move |_| room::save(room)>{words::export_notebook()}</button>
                <button type="button" on:click=move |_| room::print()>{words::print_notebook()}</button>
            </div>
            <p class="about" role="status" prop:textContent=room.status></p>
            <ol>
                <For each=move || room.all.get() key=|kept| kept.key.clone() children=move |kept| view! { <Entry room kept /> } />
            </ol>
        </>
    }
}

/// One picture with its note; once it is deleted, the way back.
#[component]
fn Entry(room: Room, kept: Kept) -> impl IntoView {
    let (note, is_kept, is_deleted) = (kept.note, kept.is_kept, kept.is_deleted);
    let facts = kept.facts.clone();
    let (id, date) = (format!("note-{}", kept.key), kept.date());
    let reached = words::kept_facts(facts.activation, facts.step, facts.steps);
    let link = format!("?{}", site::with_own(&facts.run));
    let neuron = facts.neuron.clone();
    let back = NodeRef::<html::Button>::new();
    let field = NodeRef::<html::Textarea>::new();
    let (address, deleted) = (kept.address.clone(), kept.clone());
    let delete = move |_| {
        room::delete(room, &deleted);
        // What had the focus is not seen any more.
        request_animation_frame(move || drop(back.get_untracked().map(|back| back.focus())));
    };
    let bring_back = move |_| {
        room::bring_back(room, &kept);
        request_animation_frame(move || drop(field.get_untracked().map(|field| field.focus())));
    };
    view! {
        <li>
            <div class="kept" hidden=is_deleted>
                <img src=address alt=words::kept_picture(&neuron) />
                <div>
                    <p class="name" prop:textContent=neuron.clone()></p>
                    <p prop:textContent=facts.detail.clone()></p>
                    <p prop:textContent=reached></p>
                    <p prop:textContent=words::kept_made(&facts.pack, &date)></p>
                    <p class="problem" hidden=is_kept>{words::kept_only_here()}</p>
                </div>
                <div class="field">
                    <label for=id.clone() prop:textContent=words::kept_note(&neuron)></label>
                    <textarea
                        node_ref=field id=id rows="2" prop:value=note.text
                        on:input=move |event| room::typed(room, note, event_target_value(&event))
                        on:change=move |_| room::keep_texts(room)
                    ></textarea>
                    <p class="printed" prop:textContent=note.text></p>
                </div>
                <p class="row">
                    <a href=link aria-label=words::draw_kept(&neuron)>{words::draw_again()}</a>
                    <button type="button" class="quiet" aria-label=words::delete(&neuron) on:click=delete>
                        {words::delete_button()}
                    </button>
                </p>
            </div>
            <p class="row" hidden=move || !is_deleted.get()>
                <span prop:textContent=words::kept_deleted(&neuron)></span>
                <button node_ref=back type="button" class="quiet" on:click=bring_back>{words::undo()}</button>
            </p>
        </li>
    }
}

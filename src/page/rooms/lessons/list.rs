//! The lessons that there are.

use leptos::{prelude::*, task::spawn_local};

use super::{Room, open};
use crate::{
    lesson::Entry,
    page::{
        browser::{language, site},
        words,
    },
};

/// The list, which is fetched once somebody opens it.
#[component]
pub fn Inside(room: Room) -> impl IntoView {
    Effect::new(move || {
        if room.open.get() {
            fetch(room.list);
        }
    });
    view! {
        <>
            <p>{words::lessons_explained()}</p>
            <List list=room.list choose=Callback::new(move |name| open(room, name, 0)) />
            <p><a href=words::method_page()>{words::method()}</a></p>
        </>
    }
}

/// Fetches the list, unless it is there.
pub(super) fn fetch(list: RwSignal<Option<Result<Vec<Entry>, String>>>) {
    if !list.with_untracked(|list| matches!(list, Some(Ok(_)))) {
        spawn_local(async move { list.set(Some(site::lessons().await)) });
    }
}

/// A button for each, or why there is none.
#[component]
pub(super) fn List(list: RwSignal<Option<Result<Vec<Entry>, String>>>, choose: Callback<String>) -> impl IntoView {
    let tag = language::tag();
    let problem = move || list.with(|list| list.as_ref().and_then(|list| list.as_ref().err().cloned()));
    let entry = move |Entry { name, title, about, minutes }: Entry| {
        view! {
            <li>
                <button type="button" on:click=move |_| choose.run(name.clone())>{title.of(&tag).to_owned()}</button>
                <p>{about.of(&tag).to_owned()} " " {words::minutes(&minutes)}</p>
            </li>
        }
    };
    view! {
        <p class="problem" role="alert" prop:textContent=move || problem().unwrap_or_default()></p>
        <ol class="lesson-list">
            {move || list.get().and_then(Result::ok).unwrap_or_default().into_iter().map(entry.clone()).collect_view()}
        </ol>
    }
}

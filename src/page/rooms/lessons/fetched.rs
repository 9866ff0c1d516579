//! The ways to the lessons; what is done there is fetched once it is wanted.
#![allow(unsafe_code, reason = "functions at which the program is split have names and a linkage of their own")]

use leptos::{prelude::*, task::spawn_local};
use wasm_split_helpers::wasm_split;

use super::{LONGEST_WAIT, Opening, Room, course, handout, list, panel, teacher};
use crate::page::{
    browser::site,
    parts::{
        folded::Folded,
        later::{Later, NotFetched, act, fetch},
    },
    words,
};

/// The list of lessons.
#[component]
pub fn Lessons(room: Room) -> impl IntoView {
    let (open, notice) = (room.open, room.root.notice);
    view! { <Folded class="lessons" title=words::lessons() open notice fetch=fetch(move || all(room)) /> }
}

/// The lesson that is open.
#[component]
pub fn Panel(room: Room) -> impl IntoView {
    view! { <Later wanted=room.begun notice=room.root.notice fetch=fetch(move || beside(room)) /> }
}

/// The lesson that is open, on paper.
#[component]
pub fn Handout(room: Room) -> impl IntoView {
    view! { <Later wanted=room.begun notice=room.root.notice fetch=fetch(move || on_paper(room)) is_unseen=true /> }
}

/// The window that leads the page.
#[component]
pub fn Teacher() -> impl IntoView {
    let notice = RwSignal::new(None::<String>);
    view! {
        <Later wanted=RwSignal::new(true) notice fetch=fetch(leading) />
        <p class="problem" role="alert" prop:textContent=move || notice.get().unwrap_or_default()></p>
    }
}

/// Whether the address asks for the teacher's window.
pub fn is_teacher() -> bool {
    site::asked("view").as_deref() == Some("teacher")
}

/// Opens what the address asks for: a lesson first, unless it is long in coming, then the run by `opening`.
pub fn begin_asked(room: Room, opening: impl Fn() + Send + Sync + 'static) {
    let Some((name, step)) = course::asked() else { return opening() };
    room.begun.set(true);
    let (opening, late) = (Opening::new(opening), words::late(&name));
    let open_without = move || {
        // Another one may have been chosen meanwhile.
        if opening.is_due() && room.course.lesson.with_untracked(Option::is_none) {
            room.course.problem.set(Some(late));
        }
        opening.open_without();
    };
    set_timeout(open_without, LONGEST_WAIT);
    spawn_local(async move {
        if begin(room, name, step, opening).await.is_err() {
            room.course.problem.set(None);
            room.root.notice.set(Some(words::part_not_fetched().into()));
            opening.open_without();
        }
    });
}

/// Goes where the teacher's window is.
pub(super) fn follow(room: Room, name: &str, step: usize) {
    act(room.root, go(room, name.to_owned(), step));
}

#[wasm_split(lessons, fallible)]
fn all(room: Room) -> Result<AnyView, NotFetched> {
    Ok(view! { <list::Inside room /> }.into_any())
}

#[wasm_split(lessons, fallible)]
fn beside(room: Room) -> Result<AnyView, NotFetched> {
    Ok(view! { <panel::Panel room /> }.into_any())
}

#[wasm_split(lessons, fallible)]
fn on_paper(room: Room) -> Result<AnyView, NotFetched> {
    Ok(view! { <handout::Handout room /> }.into_any())
}

#[wasm_split(lessons, fallible)]
fn leading() -> Result<AnyView, NotFetched> {
    Ok(view! { <teacher::Teacher /> }.into_any())
}

#[wasm_split(lessons, fallible)]
fn begin(room: Room, name: String, step: usize, opening: Opening) -> Result<(), NotFetched> {
    super::begin(room, name, step, opening);
    Ok(())
}

#[wasm_split(lessons, fallible)]
fn go(room: Room, name: String, step: usize) -> Result<(), NotFetched> {
    super::follow(room, &name, step);
    Ok(())
}

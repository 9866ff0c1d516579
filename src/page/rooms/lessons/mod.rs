//! Lessons: a list of them, one that is played beside the page, and the teacher's window that leads it.

mod course;
mod fetched;
mod handout;
mod list;
mod panel;
mod teacher;

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use course::Course;
pub use fetched::{Handout, Lessons, Panel, Teacher, begin_asked, is_teacher};

use crate::{
    lesson::{Act, Entry, Lesson},
    page::{
        browser::site,
        root::{Root, run},
    },
    spec::query::Query,
};

/// Longest wait for a lesson that the address asks for: then the page opens without it.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// The opening of the page, which is done once.
#[derive(Debug, Clone, Copy)]
struct Opening {
    open: StoredValue<Option<Callback<()>>>,
    /// Whether the address names a run of its own: whoever links to that means it.
    has_run: bool,
}

impl Opening {
    /// To be done.
    fn new(open: impl Fn() + Send + Sync + 'static) -> Self {
        let names_run = |query: Query| query.names_units() || query.pack().is_ok_and(|pack| pack.is_some());
        Self {
            open: StoredValue::new(Some(Callback::new(move |()| open()))),
            has_run: !site::is_unasked() && Query::parse(&site::query()).is_ok_and(names_run),
        }
    }

    /// Whether it is still to be done.
    fn is_due(self) -> bool {
        self.open.with_value(Option::is_some)
    }

    /// Does it, unless it is done.
    fn open(self) {
        if let Some(open) = self.open.try_update_value(Option::take).flatten() {
            open.run(());
        }
    }

    /// Does it without the lesson, unless it is done; whoever loads the page again means the lesson's run all the same.
    fn open_without(self) {
        if self.is_due() && !self.has_run {
            site::mark_unasked();
        }
        self.open();
    }
}

/// The room.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    root: Root,
    course: Course,
    /// Whether the list is open.
    open: RwSignal<bool>,
    /// Whether a lesson has been asked for.
    begun: RwSignal<bool>,
    /// The step whose run is to be taken once there is a pack.
    awaited: RwSignal<Option<usize>>,
    /// The lessons there are, or why they are not known.
    list: RwSignal<Option<Result<Vec<Entry>, String>>>,
    /// The answer that was chosen, by its place.
    answered: RwSignal<Option<usize>>,
    /// The pictures that were seen at each step, as addresses that hold them.
    pictures: RwSignal<Vec<Vec<String>>>,
    /// Has the page do something; whoever knows its rooms has made this.
    act: Callback<Act>,
}

impl Room {
    /// No lesson. `act` has the page do what a lesson asks for.
    pub fn new(root: Root, act: Callback<Act>) -> Self {
        let room = Self {
            root,
            course: Course::new(),
            open: RwSignal::new(false),
            begun: RwSignal::new(false),
            awaited: RwSignal::new(None),
            list: RwSignal::new(None),
            answered: RwSignal::new(None),
            pictures: RwSignal::new(Vec::new()),
            act,
        };
        room.course.connect(false, move |name, step| fetched::follow(room, name, step));
        room
    }
}

/// Opens the lesson that the address asks for, whose step may say which run is meant, then the page. Where that is open by then, the
/// lesson's run is taken if the visitor has left the page alone.
fn begin(room: Room, name: String, step: usize, opening: Opening) {
    spawn_local(async move {
        if let Some(lesson) = room.course.fetch(&name).await {
            let step = step.min(lesson.steps.len() - 1);
            let is_in_time = opening.is_due();
            if let (true, Some(run), false) = (is_in_time, lesson.run_at(step), opening.has_run) {
                site::write_query(run);
            }
            show(room, &name, &lesson, step);
            if !is_in_time && !opening.has_run && !site::is_used() {
                room.awaited.set(Some(step));
            }
            opening.open();
        } else {
            opening.open_without();
        }
    });
}

/// Takes the run of a step that has waited for a pack. What was said before stays: nobody has pressed anything.
fn take_awaited(room: Room) {
    let Room { root, awaited, .. } = room;
    if root.pack.with(Option::is_none) {
        return;
    }
    if let (Some(step), Some((_, lesson))) = (awaited.get(), room.course.lesson.get_untracked()) {
        awaited.set(None);
        let before = root.notice.get_untracked();
        untrack(|| take_run(room, &lesson, step));
        root.notice.update(|notice| *notice = notice.take().or(before));
    }
}

/// Opens a lesson at a step.
fn open(room: Room, name: String, step: usize) {
    room.begun.set(true);
    spawn_local(async move {
        if let Some(lesson) = room.course.fetch(&name).await {
            leave(room);
            room.awaited.set(None);
            room.pictures.set(Vec::new());
            let step = step.min(lesson.steps.len() - 1);
            show(room, &name, &lesson, step);
            take_run(room, &lesson, step);
        }
    });
}

/// Goes where the teacher's window is, and tells it that.
fn follow(room: Room, name: &str, step: usize) {
    let is_open = room.course.lesson.with_untracked(|lesson| lesson.as_ref().is_some_and(|(open, _)| open == name));
    match is_open {
        true if room.course.step.get_untracked() == step => room.course.tell(),
        true => go(room, step),
        false => open(room, name.to_owned(), step),
    }
}

/// Goes to another step, if there is one of this number.
fn go(room: Room, step: usize) {
    let Some((name, lesson)) = room.course.lesson.get_untracked().filter(|(_, lesson)| step < lesson.steps.len())
    else {
        return;
    };
    let before = lesson.run_at(room.course.step.get_untracked());
    let is_new = lesson.steps[step].run.is_some() || before != lesson.run_at(step);
    leave(room);
    show(room, &name, &lesson, step);
    if is_new {
        take_run(room, &lesson, step);
    }
}

/// Closes the lesson; the page stays as it is.
fn close(room: Room) {
    leave(room);
    // Whoever was in the lesson goes on at the list of them, and whoever was elsewhere stays there.
    if is_free_or_in(".lesson") {
        let list = document().query_selector(".lessons summary").ok().flatten();
        if let Some(list) = list.and_then(|list| list.dyn_into::<HtmlElement>().ok()) {
            let _ = list.focus();
        }
    }
    room.awaited.set(None);
    room.course.close();
    site::write_lesson(None);
}

/// Whether something in a part of the page has the focus, or nothing has.
fn is_free_or_in(part: &str) -> bool {
    let within = |element: Element| element.tag_name() == "BODY" || element.closest(part).ok().flatten().is_some();
    document().active_element().is_none_or(within)
}

/// Keeps what was seen at a step, and does what is to be done at its end.
fn leave(room: Room) {
    keep_pictures(room);
    let acts = untrack(|| room.course.with_step(|step| step.leave.clone()));
    acts.into_iter().flatten().for_each(|act| room.act.run(act));
}

/// Shows a step: what is said, and what the page does by itself. Its run is another matter.
fn show(room: Room, name: &str, lesson: &Arc<Lesson>, step: usize) {
    let Room { course, answered, act, .. } = room;
    answered.set(None);
    course.step.set(step);
    if course.lesson.with_untracked(|open| open.as_ref().is_none_or(|(open, _)| open != name)) {
        course.lesson.set(Some((name.to_owned(), lesson.clone())));
    }
    site::write_lesson(Some((name, step + 1)));
    lesson.steps[step].enter.iter().for_each(|what| act.run(*what));
    course.tell();
}

/// Runs what a step shows, once there is a pack; one of another pack is opened as its address is.
fn take_run(room: Room, lesson: &Lesson, step: usize) {
    let (Some(text), root) = (lesson.run_at(step), room.root) else { return };
    let Some(pack) = root.pack.get_untracked() else { return room.awaited.set(Some(step)) };
    let Ok(query) = Query::parse(text) else { return };
    let named = query.pack().ok().flatten();
    if named.is_some_and(|name| name != pack.name) {
        return site::go_to(text);
    }
    if let (Ok(spec), Ok(engine)) = (query.run(&*pack), query.engine()) {
        run::take(root, &pack, spec, engine);
        if root.ready.get_untracked() || !site::saves_data() {
            run::run(root);
        }
    }
}

/// Keeps the pictures that are seen at the step, to be printed with it.
fn keep_pictures(room: Room) {
    let root = room.root;
    if root.reading.with_untracked(Option::is_none) || room.course.lesson.with_untracked(Option::is_none) {
        return;
    }
    let lanes = untrack(|| root.lanes());
    let canvases = root.canvases.iter().take(lanes).filter_map(|canvas| canvas.get_untracked());
    let seen: Vec<_> = canvases.filter_map(|canvas| canvas.to_data_url().ok()).collect();
    let step = room.course.step.get_untracked();
    room.pictures.update(|pictures| {
        pictures.resize(pictures.len().max(step + 1), Vec::new());
        pictures[step] = seen;
    });
}

/// Tells the style sheet what is highlighted and hidden.
fn mark(room: Room) {
    let Some(html) = document().document_element() else { return };
    let is_open = room.course.lesson.with(Option::is_some) || room.course.problem.with(Option::is_some);
    let (highlight, hide) = room
        .course
        .with_step(|step| (step.highlight.clone().unwrap_or_default(), step.hide.join(" ")))
        .unwrap_or_default();
    for (name, value) in [("data-highlight", highlight), ("data-hide", hide)] {
        let _ = html.set_attribute(name, &value);
    }
    let _ = html.toggle_attribute_with_force("data-lesson", is_open);
}

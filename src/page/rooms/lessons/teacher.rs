//! The teacher's window: notes, the steps and what comes next; it leads the page in the other window, and has no engine.

use leptos::{prelude::*, task::spawn_local};

use super::{
    course::{self, Course},
    list::{List, fetch},
    panel::{counter, title, told},
};
use crate::{
    lesson::Step,
    page::{
        browser::{language, site},
        words,
    },
};

/// Opens a lesson at a step, and has the page follow where `leads`.
fn open(course: Course, name: String, step: usize, leads: bool) {
    spawn_local(async move {
        if let Some(lesson) = course.fetch(&name).await {
            let last = lesson.steps.len() - 1;
            course.lesson.set(Some((name, lesson)));
            go(course, step.min(last), leads);
        }
    });
}

fn go(course: Course, step: usize, leads: bool) {
    let open = course.lesson.get_untracked().filter(|(_, lesson)| step < lesson.steps.len());
    let Some((name, _)) = open else { return };
    course.step.set(step);
    site::write_lesson(Some((&name, step + 1)));
    if leads {
        course.tell();
    }
}

/// Follows the page, where somebody goes on in it.
fn follow(course: Course, name: &str, step: usize) {
    let is_open = course.lesson.with_untracked(|lesson| lesson.as_ref().is_some_and(|(open, _)| open == name));
    match is_open {
        true => go(course, step, false),
        false => open(course, name.to_owned(), step, false),
    }
}

/// The window.
#[component]
pub fn Teacher() -> impl IntoView {
    let (course, list) = (Course::new(), RwSignal::new(None));
    let close = move || {
        course.close();
        site::write_lesson(None);
        fetch(list);
    };
    course.connect(true, move |name, step| follow(course, name, step));
    course.follow_keys(move |step| go(course, step, true), close);
    match course::asked() {
        Some((name, step)) => open(course, name, step, true),
        None => fetch(list),
    }
    let is_open = Memo::new(move |_| course.lesson.with(Option::is_some));
    view! {
        <main class="teacher">
            <p class="problem" role="alert" prop:textContent=move || course.problem.get().unwrap_or_default()></p>
            <Show
                when=move || is_open.get()
                fallback=move || view! {
                    <h1>{words::lessons()}</h1>
                    <List list choose=Callback::new(move |name| open(course, name, 0, true)) />
                }
            >
                <Led course close=Callback::new(move |()| close()) />
            </Show>
        </main>
    }
}

/// The lesson that is led.
#[component]
fn Led(course: Course, close: Callback<()>) -> impl IntoView {
    let steps = move || {
        (0..course.len())
            .map(|place| {
                let name = move || step_of(course, place);
                let current = move || (course.step.get() == place).then_some("step");
                view! {
                    <li>
                        <button type="button" aria-current=current on:click=move |_| go(course, place, true)>{name}</button>
                    </li>
                }
            })
            .collect_view()
    };
    let page = move || {
        let name = course.lesson.with(|lesson| lesson.as_ref().map(|(name, _)| name.clone())).unwrap_or_default();
        format!("?{}", site::with_own(&format!("lesson={name}&step={}", course.step.get() + 1)))
    };
    let answers = move || {
        let right = |step: &Step| {
            let question = step.question.as_ref()?;
            let right = question.answers.iter().filter(|answer| answer.right);
            let told = right.map(|answer| format!("{} – {}", of(&answer.say), of(&answer.because)));
            Some([of(&question.ask)].into_iter().chain(told).collect::<Vec<_>>().join("\n"))
        };
        course.with_step(right).flatten().unwrap_or_default()
    };
    view! {
        <h1 prop:textContent=move || title(course)></h1>
        <div class="row">
            <button
                type="button" disabled=move || course.step.get() == 0
                on:click=move |_| go(course, course.step.get_untracked().wrapping_sub(1), true)
            >{words::back()}</button>
            <button
                type="button" class="primary" disabled=move || course.len() <= course.step.get() + 1
                on:click=move |_| go(course, course.step.get_untracked() + 1, true)
            >{words::next()}</button>
            <a href=page target="dgn-page">{words::open_page()}</a>
            <button type="button" class="quiet" on:click=move |_| close.run(())>{words::all_lessons()}</button>
        </div>
        <div class="led">
            <section aria-live="polite">
                <p class="count" prop:textContent=move || counter(course)></p>
                <p class="say" prop:textContent=move || told(course, |step| Some(&step.say))></p>
                <h2>{words::notes()}</h2>
                <p class="notes" prop:textContent=move || told(course, |step| Some(&step.notes))></p>
                <p prop:textContent=move || told(course, |step| step.expect.as_ref())></p>
                <p class="say" prop:textContent=answers></p>
            </section>
            <nav aria-label=words::steps()>
                <h2>{words::next_step()}</h2>
                <p prop:textContent=move || step_of(course, course.step.get() + 1)></p>
                <h2>{words::steps()}</h2>
                <ol>{steps}</ol>
            </nav>
        </div>
    }
}

fn of(text: &crate::lesson::Text) -> String {
    text.of(&language::tag()).to_owned()
}

/// What is said at a step; empty where there is none of that number.
fn step_of(course: Course, place: usize) -> String {
    course.lesson.with(|lesson| {
        lesson.as_ref().and_then(|(_, lesson)| lesson.steps.get(place).map(|step| of(&step.say))).unwrap_or_default()
    })
}

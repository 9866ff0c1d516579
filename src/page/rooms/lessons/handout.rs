//! The lesson on paper: all steps one after the other, with the pictures that were seen at them; it is in the page, and seen
//! when that is printed. A step that was not seen has the pictures of its run that were drawn beforehand.

use leptos::prelude::*;

use super::Room;
use crate::{
    lesson::{Answer, Lesson, Step, Text, picture_file},
    page::{browser::language, words},
};

/// The lesson that is open.
#[component]
pub fn Handout(room: Room) -> impl IntoView {
    move || {
        room.course.lesson.get().map(|(name, lesson)| {
            let steps = (0..lesson.steps.len()).map(|place| on_paper(room, &name, &lesson, place)).collect_view();
            let (title, about) = (in_words(&lesson.title), in_words(&lesson.about));
            view! {
                <article class="handout">
                    <h1>{title}</h1>
                    <p>{about}</p>
                    {steps}
                    <h2>{words::answers()}</h2>
                    <ol>{right(&lesson).into_iter().map(|answer| view! { <li>{answer}</li> }).collect_view()}</ol>
                </article>
            }
        })
    }
}

fn in_words(text: &Text) -> String {
    text.of(&language::tag()).to_owned()
}

/// A step.
fn on_paper(room: Room, name: &str, lesson: &Lesson, place: usize) -> impl IntoView + use<> {
    let Step { say, question, .. } = &lesson.steps[place];
    let said = in_words(say);
    let asked = question.as_ref().map(|question| {
        let answers = question.answers.iter().map(|answer| in_words(&answer.say));
        let answers = answers.map(|answer| view! { <li>{answer}</li> }).collect_view();
        view! {
            <p><b>{in_words(&question.ask)}</b></p>
            <ul>{answers}</ul>
        }
    });
    // Then there is room for a drawing.
    let is_missing = RwSignal::new(false);
    let drawn = lesson.place_of_run(place).map(|of| format!("lessons/{}", picture_file(name, of)));
    let pictures = move || {
        let seen = room.pictures.with(|pictures| pictures.get(place).cloned()).unwrap_or_default();
        let drawn = drawn.clone().filter(|_| seen.is_empty() && !is_missing.get());
        let missing = move |_| is_missing.set(true);
        let drawn = drawn.map(|picture| view! { <img class="drawn" src=picture alt="" on:error=missing /> });
        (drawn, seen.into_iter().map(|picture| view! { <img src=picture alt="" /> }).collect_view())
    };
    view! {
        <section>
            <h2>{words::counter(&(place + 1), &lesson.steps.len())}</h2>
            <div class="seen">{pictures}</div>
            <p class="say">{said}</p>
            {asked}
        </section>
    }
}

/// The right answers, with their reasons.
fn right(lesson: &Lesson) -> Vec<String> {
    let questions = lesson.steps.iter().filter_map(|step| step.question.as_ref());
    let right = questions.flat_map(|question| question.answers.iter().filter(|answer| answer.right));
    let told = |Answer { say, because, .. }: &Answer| format!("{} – {}", in_words(say), in_words(because));
    right.map(told).collect()
}

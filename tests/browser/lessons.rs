//! Lessons: every step of each as a person goes through it, by links, by questions, and led from a teacher's window.

use dgn::lesson::Lesson;
use serde_json::{Value as Json, json};

use super::{
    browser::{Setup, browse, checkout},
    faults::Fault,
    layout::keep_screenshot,
    page::Page,
    parts::part,
};

/// Keys of WebDriver's.
const ESCAPE: &str = "\u{e00c}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";

/// What is highlighted in fact, and what is hidden though it should not be, or the other way round.
const MARKED: &str = r#"
const root = document.documentElement;
const seen = (element) => element.checkVisibility({ visibilityProperty: true });
const outlined = [...document.querySelectorAll("main *")].filter((element) => {
  const { outlineStyle } = getComputedStyle(element);
  return outlineStyle === "dashed" && seen(element);
});
return {
  highlight: root.dataset.highlight ?? "", hide: root.dataset.hide ?? "", outlined: outlined.length,
  said: document.querySelector(".lesson .say")?.textContent ?? "",
  guesses: seen(document.querySelector(".guesses")),
};
"#;

/// Where the picture and the lesson are.
const BOXES: &str = "return ['.hero .frame', '.lesson'].map((name) => { \
    const { left, top, right, bottom } = document.querySelector(name).getBoundingClientRect(); \
    return [left, top, right, bottom]; })";

/// Whether the way to the list of lessons has the focus.
const AT_LIST: &str = "return document.activeElement.matches('.lessons summary')";

/// The lessons that the page has, by name, in their order.
pub fn lessons() -> Vec<(String, Lesson)> {
    let files = std::fs::read_dir(checkout().join("public/lessons")).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, Lesson::parse(&std::fs::read(&path).unwrap()).unwrap())
    };
    let is_lesson = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let mut lessons: Vec<_> = files.filter(is_lesson).map(read).collect();
    lessons.sort_by_key(|(_, lesson)| lesson.number);
    lessons
}

/// Waits until a lesson says something.
pub async fn until_told(page: &Page, text: &str) {
    let beginning: String = text.split('\n').next().unwrap_or_default().into();
    page.until(&beginning, |state| state.text.contains(&beginning)).await;
}

async fn marked(page: &Page) -> Json {
    page.run_script(MARKED, vec![]).await
}

/// The units of an address, as they are written.
fn units(query: &str) -> Vec<&str> {
    query.split('&').filter(|part| part.starts_with("unit=")).collect()
}

#[test]
fn every_step_of_every_lesson_is_there() {
    for (name, lesson) in lessons() {
        browse(Setup::default(), async |page| {
            page.open_as_it_is(&format!("lesson={name}&engine=cpu")).await;
            for (place, step) in lesson.steps.iter().enumerate() {
                let what = format!("{name}, step {}", place + 1);
                until_told(&page, step.say.of("en")).await;
                let run = lesson.run_at(place).unwrap();
                let state = page
                    .until(&what, |state| {
                        let at = state.address.contains(&format!("lesson={name}&step={}", place + 1));
                        at && units(run).iter().all(|unit| state.address.contains(unit))
                    })
                    .await;
                assert!(state.alerts.is_empty(), "{what}: {}", state.describe());
                let found = marked(&page).await;
                assert_eq!(found["highlight"], json!(step.highlight.clone().unwrap_or_default()), "{what}");
                assert_eq!(found["hide"], json!(step.hide.join(" ")), "{what}");
                assert_eq!(found["guesses"], json!(!step.hide.contains(&"guesses".to_owned())), "{what}");
                // What has no place before there is a picture comes with it.
                if step.highlight.as_ref().is_some_and(|part| !["receptive-field", "examples"].contains(&part.as_str()))
                {
                    assert_eq!(found["outlined"], json!(1), "{what}");
                }
                if place + 1 < lesson.steps.len() {
                    page.press("Next").await;
                }
            }
            assert!(!page.state().await.offers("Next"), "{name} has an end");
        });
    }
}

/// The page's own pack is not the one that lessons are about.
#[test]
fn a_lesson_is_chosen_where_another_pack_is_open() {
    browse(Setup::default(), async |page| {
        page.open_as_it_is("engine=cpu&steps=1").await;
        page.until_done().await;
        page.run_script("document.querySelector('.lessons').open = true", vec![]).await;
        let (name, lesson) = lessons().remove(0);
        page.press(lesson.title.of("en")).await;
        let run = lesson.run_at(0).unwrap().to_owned();
        let is_there = |state: &super::state::State| {
            state.address.contains(&format!("lesson={name}&step=1"))
                && units(&run).iter().all(|unit| state.address.contains(unit))
        };
        page.until("the lesson with its pack", is_there).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
    });
}

#[test]
fn a_lesson_is_chosen_answered_and_closed() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=1&engine=cpu").await;
        page.until_done().await;
        page.run_script("document.querySelector('.lessons').open = true", vec![]).await;
        let (name, lesson) = lessons().remove(0);
        page.press(lesson.title.of("en")).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        assert_eq!(page.focus().await.1, lesson.title.of("en"));

        let answers = &lesson.steps[0].question.as_ref().unwrap().answers;
        for answer in answers {
            page.press(answer.say.of("en")).await;
            let verdict = if answer.right { "Right." } else { "Not quite." };
            page.until_said(&[verdict, answer.because.of("en")]).await;
        }

        page.keys(RIGHT).await;
        until_told(&page, lesson.steps[1].say.of("en")).await;
        page.keys(LEFT).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        assert!(page.state().await.address.contains(&format!("lesson={name}&step=1")));
        page.keys(ESCAPE).await;
        let state = page.until("the lesson is closed", |state| !state.address.contains("lesson=")).await;
        assert!(state.address.contains("unit="), "the run stays: {}", state.address);
        assert_eq!(marked(&page).await["hide"], json!(""));
        assert_eq!(page.run_script(AT_LIST, vec![]).await, json!(true), "{:?} has the focus", page.focus().await);

        // Whoever is elsewhere stays there.
        page.press(lesson.title.of("en")).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        page.run_script("document.querySelector('.run').focus()", vec![]).await;
        page.keys(ESCAPE).await;
        page.until("the lesson is closed", |state| !state.address.contains("lesson=")).await;
        assert_eq!(page.focus().await.1, "Run");
    });
}

#[test]
fn a_link_opens_a_lesson_at_its_step() {
    browse(Setup::default(), async |page| {
        let (name, lesson) = lessons().remove(2);
        page.open_as_it_is(&format!("lang=zh&lesson={name}&step=3")).await;
        until_told(&page, lesson.steps[2].say.of("zh")).await;
        let run = lesson.run_at(2).unwrap();
        page.until("its run", |state| units(run).iter().all(|unit| state.address.contains(unit))).await;
        // A run of one's own stays in a link to a step.
        page.open(&format!("unit=fc8:lion&steps=2&lesson={name}&step=1")).await;
        let picture = page.until_done().await;
        assert!(picture.neuron.contains("lion"), "{picture:?}");
        until_told(&page, lesson.steps[0].say.of("en")).await;
        // A step beyond the last one is the last one.
        page.open_as_it_is(&format!("lesson={name}&step=99")).await;
        until_told(&page, lesson.steps.last().unwrap().say.of("en")).await;
    });
}

#[test]
fn a_lesson_leaves_the_picture_in_sight() {
    browse(Setup::default(), async |page| {
        for (width, height) in [(390, 844), (1366, 768)] {
            for language in ["en", "zh"] {
                page.show_at(width, height, "light").await;
                page.open_as_it_is(&format!("lang={language}&lesson=what-a-neuron-prefers&step=1")).await;
                let is_drawn = |name: &String| name.starts_with("Preferred image of") || name.contains("偏好的图像");
                page.until("a picture", |state| state.pictures.iter().any(is_drawn)).await;
                let boxes: [[f64; 4]; 2] = serde_json::from_value(page.run_script(BOXES, vec![]).await).unwrap();
                let [picture, lesson] = boxes;
                let apart = picture[2] <= lesson[0] || picture[3] <= lesson[1];
                assert!(apart, "{width}×{height}, {language}: {boxes:?}");
                assert!(picture[2] - picture[0] >= 250.0, "{width}×{height}, {language}: {boxes:?}");
                assert!(lesson[1] < f64::from(height), "its beginning is seen: {boxes:?}");
                keep_screenshot(&page, &format!("lesson-{language}-{width}x{height}")).await;
            }
        }
    });
}

#[test]
fn a_teachers_window_leads_the_page() {
    browse(Setup::default(), async |page| {
        let (name, lesson) = lessons().remove(0);
        page.open_as_it_is(&format!("lesson={name}&engine=cpu")).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        let [here, there] = page.open_tab().await;
        page.open_as_it_is(&format!("view=teacher&lesson={name}&step=1")).await;
        until_told(&page, lesson.steps[0].notes.of("en")).await;
        let engine =
            "return performance.getEntriesByType('resource').filter(({ name }) => /engine|weights/.test(name)).length";
        assert_eq!(page.run_script(engine, vec![]).await, json!(0), "it loads no engine");
        page.press("Next").await;
        until_told(&page, lesson.steps[1].notes.of("en")).await;
        page.turn_to(&here).await;
        until_told(&page, lesson.steps[1].say.of("en")).await;
        // And the other way round.
        page.press("Next").await;
        page.turn_to(&there).await;
        until_told(&page, lesson.steps[2].notes.of("en")).await;
        page.keys(RIGHT).await;
        page.turn_to(&here).await;
        until_told(&page, lesson.steps[3].say.of("en")).await;
    });
}

#[test]
fn a_teachers_window_of_a_copy_of_the_page_leads_that_copy_alone() {
    browse(Setup::default(), async |page| {
        let (name, lesson) = lessons().remove(0);
        page.open_as_it_is(&format!("lesson={name}&engine=cpu")).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        let [here, there] = page.open_tab().await;
        page.open_copy(&format!("view=teacher&lesson={name}&step=1")).await;
        until_told(&page, lesson.steps[0].notes.of("en")).await;
        page.press("Next").await;
        until_told(&page, lesson.steps[1].notes.of("en")).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        page.turn_to(&here).await;
        until_told(&page, lesson.steps[0].say.of("en")).await;
        page.press("Next").await;
        page.press("Next").await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        page.turn_to(&there).await;
        until_told(&page, lesson.steps[1].notes.of("en")).await;
    });
}

#[test]
fn a_lesson_that_cannot_be_read_says_so() {
    browse(Setup::default(), async |page| {
        let file = "lessons/what-a-neuron-prefers.json";
        let sound = String::from_utf8(page.site.read(file)).unwrap();
        let large = format!("{sound}{}", " ".repeat(300 << 10));
        for (fault, words) in [
            (
                Fault::Replaced(sound.replacen("\"steps\"", "\"stages\"", 1).into()),
                "cannot be read as what it should be",
            ),
            (Fault::Replaced(large.into()), "lessons/what-a-neuron-prefers.json"),
            (Fault::Missing, "no file at"),
            (Fault::Html, "web page"),
        ] {
            page.site.break_file(file, fault);
            page.open("lesson=what-a-neuron-prefers&unit=fc8:lion&steps=1").await;
            page.until_said(&[words]).await;
            page.until_done().await;
            page.press("Close").await;
            assert_eq!(page.run_script(AT_LIST, vec![]).await, json!(true), "{:?} has the focus", page.focus().await);
            page.site.mend();
        }
        page.open("lesson=../secret&unit=fc8:lion&steps=1").await;
        page.until_said(&["There is no lesson “../secret”"]).await;
    });
}

/// What the page says of a lesson that does not come.
const LATE: &str = "has not come yet";

#[test]
fn a_lesson_that_never_comes_does_not_hold_the_page_up() {
    browse(Setup::default(), async |page| {
        page.site.break_file("lessons/what-a-neuron-prefers.json", Fault::Stalled);
        page.open("lesson=what-a-neuron-prefers&unit=fc8:lion&steps=1&engine=cpu").await;
        page.until_said(&[LATE]).await;
        assert!(page.until_done().await.neuron.starts_with("lion"));
        page.press("Close").await;
        page.until("the sentence is gone", |state| !state.said().contains(LATE)).await;
    });
}

#[test]
fn a_lesson_that_comes_late_is_shown_and_takes_its_run_from_nobody() {
    let (name, lesson) = lessons().remove(2);
    let run = lesson.run_at(2).unwrap();
    // Its file, or what shows it.
    for (is_part, is_used) in [(false, false), (false, true), (true, false), (true, true)] {
        browse(Setup::default(), async |page| {
            let slow = Fault::Slow(1 << 20, std::time::Duration::from_secs(12));
            let file = if is_part { part(&page, "lessons") } else { format!("lessons/{name}.json") };
            page.site.break_file(&file, slow);
            page.open_as_it_is(&format!("lesson={name}&step=3&engine=cpu")).await;
            page.until_said(&[if is_part { "Fetching" } else { LATE }]).await;
            if is_used {
                page.expect("searchbox", "Neuron").await.click().await.unwrap();
            }
            until_told(&page, lesson.steps[2].say.of("en")).await;
            assert!(!page.state().await.said().contains(LATE));
            if is_used {
                assert_eq!(page.focus().await.1, "Neuron");
                tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                let address = page.state().await.address;
                assert!(!units(run).iter().any(|unit| address.contains(unit)), "{address}");
            } else {
                page.until("its run", |state| units(run).iter().all(|unit| state.address.contains(unit))).await;
            }
        });
    }
}

/// The run that the page has begun without a lesson is no wish of whoever then loads the page again.
#[test]
fn a_lesson_that_does_not_come_is_there_with_its_run_once_the_page_is_loaded_again() {
    let (name, lesson) = lessons().remove(2);
    browse(Setup::default(), async |page| {
        page.site.break_file(&format!("lessons/{name}.json"), Fault::Stalled);
        page.open_as_it_is(&format!("lesson={name}&step=3&engine=cpu")).await;
        page.until_said(&[LATE]).await;
        page.until("a run in its address", |state| state.address.contains("unit=")).await;
        page.site.mend();
        page.reload().await;
        until_told(&page, lesson.steps[2].say.of("en")).await;
        let wanted = units(lesson.run_at(2).unwrap());
        page.until("its run", |state| wanted.iter().all(|unit| state.address.contains(unit))).await;
    });
}

#[test]
fn a_lesson_is_printed_as_a_whole() {
    browse(Setup::default(), async |page| {
        let (name, lesson) = lessons().remove(0);
        page.open_as_it_is(&format!("lesson={name}&engine=cpu")).await;
        page.until_picture("some steps", |picture| picture.step >= 2).await;
        page.press("Next").await;
        until_told(&page, lesson.steps[1].say.of("en")).await;
        page.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        let state = page.state().await;
        for step in &lesson.steps {
            let beginning = step.say.of("en").split('\n').next().unwrap();
            assert!(state.text.contains(beginning), "{}", state.describe());
        }
        assert!(!state.offers("Run"), "the controls are left out");
        // The first step's is what was seen; of the others those that were drawn beforehand.
        let pictures = "return [...document.querySelectorAll('.handout .seen')].map((seen) => [...seen.querySelectorAll('img')] \
            .map((img) => [img.className, img.complete && img.naturalWidth > 0]))";
        let pictures = page.run_script(pictures, vec![]).await;
        let wanted: Vec<_> =
            (0..lesson.steps.len()).map(|place| json!([[if place == 0 { "" } else { "drawn" }, true]])).collect();
        assert_eq!(pictures, Json::Array(wanted));
    });
}

//! What of the page's program is fetched once it is wanted.

use std::time::Duration;

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
};

/// The parts, by the functions that are marked in the source.
const PARTS: [&str; 3] = ["lessons", "own_network", "pictures"];

/// A part's file.
pub fn part(page: &Page, name: &str) -> String {
    format!("{}/split_{name}.wasm", page.site.folder("parts-"))
}

/// Opens or closes what has a class.
async fn toggle(page: &Page, class: &str) {
    page.run_script("document.querySelector(arguments[0]).click()", vec![format!("details.{class} > summary").into()])
        .await;
}

#[test]
fn nothing_is_fetched_that_nobody_wants() {
    browse(Setup::default(), async |page| {
        page.open("pack=caffenet-64&steps=2").await;
        page.until_done().await;
        let fetched = |page: &Page| PARTS.map(|name| page.site.requests(&part(page, name)));
        assert_eq!(fetched(&page), [0, 0, 0]);
        toggle(&page, "lessons").await;
        page.expect("button", "What does a neuron prefer?").await;
        assert_eq!(fetched(&page), [1, 0, 0]);
        // It is there now.
        toggle(&page, "lessons").await;
        toggle(&page, "lessons").await;
        page.expect("button", "What does a neuron prefer?").await;
        assert_eq!(fetched(&page), [1, 0, 0]);
    });
}

#[test]
fn a_part_that_does_not_come_is_told_and_asked_for_again() {
    for fault in [Fault::Missing, Fault::Html, Fault::Truncated, Fault::Broken] {
        browse(Setup::default(), async |page| {
            let file = part(&page, "lessons");
            page.site.break_file(&file, fault);
            page.open("pack=caffenet-64&steps=2").await;
            page.until_done().await;
            toggle(&page, "lessons").await;
            page.until_said(&["part of the page could not be fetched"]).await;
            let open = page.run_script("return document.querySelector('details.lessons').open", vec![]).await;
            assert_eq!(open, false, "it is open and empty");
            page.site.mend();
            toggle(&page, "lessons").await;
            page.expect("button", "What does a neuron prefer?").await;
        });
    }
}

#[test]
fn a_lesson_whose_part_does_not_come_leaves_the_page() {
    browse(Setup::default(), async |page| {
        page.site.break_file(&part(&page, "lessons"), Fault::Missing);
        page.open("pack=caffenet-64&steps=2&lesson=what-a-neuron-prefers&step=1").await;
        page.until_done().await;
        page.until_said(&["part of the page could not be fetched"]).await;
    });
}

#[test]
fn what_would_lie_over_the_page_is_taken_back_while_it_comes() {
    browse(Setup::default(), async |page| {
        page.site.break_file(&part(&page, "pictures"), Fault::Slow(1 << 20, Duration::from_secs(8)));
        page.open("pack=caffenet-64&steps=2").await;
        page.until_done().await;
        // By its button, and by listing another layer.
        for way in ["Cancel", "conv5"] {
            page.press("See all").await;
            page.until("that it comes", |state| state.text.contains("Fetching")).await;
            if way == "Cancel" {
                page.press(way).await;
            } else {
                page.choose("layer", way).await;
            }
            page.until("nothing is said any more", |state| !state.text.contains("Fetching")).await;
        }
        toggle(&page, "notebook").await;
        page.until("what comes with it", |state| state.text.contains("Nothing is kept yet")).await;
        assert!(page.all("dialog").await.is_empty());
        page.press("See all").await;
        page.until("the layer", |state| state.offers("Close")).await;
    });
}

#[test]
fn a_host_that_does_not_know_what_a_program_is_gives_parts_too() {
    browse(Setup::default(), async |page| {
        page.site.break_file(&part(&page, "pictures"), Fault::Typeless);
        page.open("pack=caffenet-64&steps=2").await;
        page.until_done().await;
        toggle(&page, "notebook").await;
        page.until("the notebook", |state| state.text.contains("Nothing is kept yet")).await;
    });
}

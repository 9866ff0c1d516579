//! The processor's threads, which browsers give to pages that are isolated from other origins.

use super::{
    browser::{Served, Setup, browse},
    faults::Fault,
    page::Page,
    state::Picture,
};

const ISOLATED: Setup = Setup {
    served: Served::Site,
    webgpu: false,
    insecure: false,
    alone: false,
    camera: false,
    isolated: true,
    memory_pages: None,
};

/// A run on the processor, and on what it says that it was computed.
async fn run(page: &Page) -> (Picture, String) {
    page.open("engine=cpu&steps=3&seed=3").await;
    let picture = page.until_done().await;
    (picture, page.state().await.text)
}

/// The folder of the threads on the site, with a file of it.
fn file(page: &Page, name: &str) -> String {
    format!("{}/{name}", page.site.folder("threads-"))
}

#[test]
fn an_isolated_page_computes_by_threads_what_it_computes_without() {
    let mut alone = None;
    browse(Setup { isolated: false, ..ISOLATED }, async |page| {
        let (picture, text) = run(&page).await;
        assert!(text.contains("(WebAssembly SIMD)"), "{text}");
        assert_eq!(page.site.requests(&file(&page, "threads.js")), 0, "nobody needs them");
        alone = Some(picture);
    });
    let alone = alone.unwrap();
    browse(ISOLATED, async |page| {
        let (picture, text) = run(&page).await;
        assert!(text.contains("(WebAssembly SIMD, ") && text.contains(" threads)"), "{text}");
        assert!(text.contains("Its steps are compiled"), "{text}");
        assert!((picture.activation - alone.activation).abs() < 0.05, "{picture:?}, alone {alone:?}");

        // The same again, bit for bit, by the threads that there are already.
        page.press("Run").await;
        page.until("it begins anew", |state| state.picture().is_some_and(|picture| picture.step < 3)).await;
        assert_eq!(page.until_done().await, picture);
    });
}

#[test]
fn threads_that_do_not_start_are_done_without() {
    for (name, fault) in [
        ("threads.js", Fault::Missing),
        ("threads_bg.wasm", Fault::Truncated),
        // The browser says nothing of a worker that never answers.
        ("threads.js", Fault::Prepended("if (!self.startThreads) await new Promise(() => {});".into())),
    ] {
        browse(ISOLATED, async |page| {
            page.site.break_file(&file(&page, name), fault);
            let (picture, text) = run(&page).await;
            assert_eq!(picture.step, 3);
            assert!(text.contains("(WebAssembly SIMD)"), "{text}");
        });
    }
}

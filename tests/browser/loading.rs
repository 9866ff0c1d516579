//! Loading: one bar in bytes, a way out, and a page that stays awake meanwhile.

use std::time::Duration;

use super::{
    browser::{Setup, browse},
    faults::Fault,
};

const CLASSIFIER: &str = "weights/caffenet-64/classifier-caffenet.safetensors";

#[test]
fn one_bar_counts_the_bytes_of_engine_and_weights() {
    browse(Setup::default(), async |page| {
        page.site.break_file("engine_bg.wasm", Fault::Slow(2 << 20, Duration::from_millis(150)));
        page.site.break_file(CLASSIFIER, Fault::Slow(1 << 20, Duration::from_millis(100)));
        page.open("steps=2").await;
        let state = page.until("the bar moves", |state| state.progress.iter().any(|bar| bar.share > Some(0.0))).await;
        let [bar] = state.progress.as_slice() else { panic!("there is one bar\n{}", state.describe()) };
        assert!(bar.text.contains("MB"), "{}", bar.text);
        let first = bar.share.unwrap();
        let later = page.until("it moves on", |s| s.progress.iter().any(|bar| bar.share > Some(first + 0.2))).await;
        assert!(later.progress.iter().all(|bar| bar.share <= Some(1.0)));
        page.until_done().await;
        let state = page.state().await;
        assert!(state.progress.is_empty(), "the bar stays\n{}", state.describe());
    });
}

#[test]
fn loading_can_be_cancelled_and_begun_again() {
    browse(Setup::default(), async |page| {
        for file in ["engine_bg.wasm", CLASSIFIER] {
            page.site.break_file(file, Fault::Stalled);
            page.open("steps=2").await;
            page.until("half of it is there", |state| state.progress.iter().any(|bar| bar.share > Some(0.0))).await;
            page.press("Cancel").await;
            let state = page.until("the bar is gone", |state| state.progress.is_empty()).await;
            assert!(state.said().contains("cancelled"), "{}", state.describe());
            page.site.mend();
            page.press("Run").await;
            page.until_done().await;
        }
    });
}

#[test]
fn a_visitor_who_saves_data_or_pays_for_it_is_asked_first() {
    for line in ["saveData: true", "type: 'cellular'"] {
        browse(Setup::default(), async |page| {
            let saves = format!("Object.defineProperty(navigator, 'connection', {{ value: {{ {line} }} }})");
            page.before_scripts(&saves).await;
            page.open("steps=2").await;
            page.until_said(&["save data", "MB"]).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let loaded = "return performance.getEntriesByType('resource').filter(({ name }) => /engine_bg|safetensors/.test(name)).length";
            assert_eq!(page.run_script(loaded, vec![]).await, serde_json::json!(0), "{line}");
            page.press("Run").await;
            page.until_done().await;
        });
    }
}

#[test]
fn the_page_stays_awake_during_a_run() {
    browse(Setup { alone: true, ..Setup::default() }, async |page| {
        page.open("steps=40").await;
        page.until_picture("the run has begun", |picture| picture.step >= 3).await;
        page.watch_thread().await;
        page.until_done().await;
        // Picking another neuron and running it are part of a run's life as well.
        page.press("Run").await;
        page.until_picture("another run", |picture| (3..30).contains(&picture.step)).await;
        // Steps that were computed on the page's own thread would fill it; what is left on a machine that does other things
        // beside is a frame now and then that comes late.
        let busy = page.busy_share().await;
        assert!(busy < 0.5, "the page's thread was busy for {:.0} % of the run", 100.0 * busy);
    });
}

//! The tests' own tools, proved on a small stand-in for the page: a tool that sees nothing would make every test pass.

use std::time::Duration;

use super::{
    browser::{Served, Setup, browse},
    faults::Fault,
};

const STAND_IN: Setup = Setup { served: Served::StandIn, ..Setup::PLAIN };
const FILE: &str = "weights.bin";

#[test]
fn a_run_is_followed_by_the_roles_and_names_of_the_page() {
    browse(STAND_IN, async |page| {
        page.open("steps=12").await;
        assert!(page.find("searchbox", "Neuron").await.is_some());
        assert!(page.find("option", "goldfish").await.is_some());
        assert!(page.find("button", "Save image").await.is_some(), "a name can come from aria-label");
        assert!(page.find("button", "Pause").await.is_none(), "what is hidden is not there");
        page.press("Run").await;
        page.until_picture("a first picture", |_| true).await;
        page.press("Pause").await;
        let held = page.state().await.picture().unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert!(page.state().await.picture().unwrap().step <= held.step + 1);
        page.press("Resume").await;
        let last = page.until_done().await;
        assert_eq!((last.step, last.steps, last.activation), (12, 12, 14.0));
        let pixels = page.pixels().await;
        assert_eq!((pixels.width, pixels.height, &pixels.rgba[..4]), (8, 8, &[12, 0, 0, 255][..]));
        assert!(!pixels.is_blank());
        page.press("Save image").await;
        assert_eq!(image::open(page.saved().await).unwrap().to_rgba8().into_raw(), pixels.rgba);
    });
}

#[test]
fn every_fault_of_the_host_reaches_the_browser_until_it_is_mended() {
    browse(STAND_IN, async |page| {
        let faults = [
            (Fault::Missing, "status 404"),
            (Fault::Truncated, "32 bytes"),
            (Fault::Broken, "network error"),
            (Fault::Flipped, "a byte is wrong"),
            (Fault::Html, "web page"),
            (Fault::Replaced(b"other".to_vec()), "5 bytes"),
        ];
        page.open("steps=1").await;
        // First, since the browser keeps a script that has arrived.
        page.site
            .break_file("worker.js", Fault::Prepended("fetch = async () => { throw new Error('no net') };".into()));
        page.press("Run").await;
        page.until_said(&["no net"]).await;
        page.site.mend();
        for (fault, sentence) in faults {
            page.site.break_file(FILE, fault);
            page.press("Run").await;
            page.until_said(&[sentence]).await;
        }
        page.site.mend();
        page.press("Run").await;
        page.until_done().await;
    });
}

#[test]
fn a_slow_file_shows_its_progress() {
    browse(STAND_IN, async |page| {
        page.site.break_file(FILE, Fault::Stalled);
        page.open("steps=1").await;
        page.press("Run").await;
        page.until("half a file", |state| state.progress.iter().any(|bar| bar.share == Some(0.5))).await;
        page.site.break_file(FILE, Fault::Slow(16, Duration::from_millis(100)));
        page.reload().await;
        page.press("Run").await;
        page.until_done().await;
    });
}

#[test]
fn what_tab_does_not_reach_is_found() {
    browse(STAND_IN, async |page| {
        page.open("").await;
        let unreachable = page.unreachable_by_tab().await;
        assert!(matches!(&unreachable[..], [one] if one.contains("Out of reach")), "{unreachable:?}");
        page.tab_to("searchbox", "Neuron").await;
    });
}

#[test]
fn a_busy_page_is_noticed() {
    browse(STAND_IN, async |page| {
        page.open("").await;
        page.watch_thread().await;
        page.run_script(
            "window.work = setInterval(() => { const end = Date.now() + 120; while (Date.now() < end); })",
            vec![],
        )
        .await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let busy = page.busy_share().await;
        assert!(busy > 0.5, "busy for {busy} of the time");
    });
}

#[test]
fn the_page_can_be_opened_in_an_insecure_context() {
    browse(Setup { insecure: true, ..STAND_IN }, async |page| {
        page.open("").await;
        let secure = page.run_script("return isSecureContext", vec![]).await;
        assert_eq!(secure, serde_json::json!(false));
        page.press("Run").await;
        page.until_done().await;
    });
}

#[test]
fn programs_can_be_kept_short_of_memory() {
    browse(Setup { memory_pages: Some(100), ..STAND_IN }, async |page| {
        page.open("").await;
        let most = "const memory = new WebAssembly.Memory({ initial: 1 });
            const grows = (pages) => { try { memory.grow(pages); return true; } catch { return false; } };
            return [grows(90), grows(20)]";
        assert_eq!(page.run_script(most, vec![]).await, serde_json::json!([true, false]));
    });
}

#[test]
fn the_page_can_be_seen_at_the_size_of_a_phone_and_in_the_dark() {
    browse(STAND_IN, async |page| {
        page.show_at(390, 844, "dark").await;
        page.open("").await;
        let seen = page
            .run_script("return [innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches]", vec![])
            .await;
        assert_eq!(seen, serde_json::json!([390, 844, true]));
        assert_eq!(image::load_from_memory(&page.screenshot().await).unwrap().width(), 390);
    });
}

#[test]
fn webgpu_is_there_when_asked_for() {
    let adapter = "const adapter = await navigator.gpu?.requestAdapter();
        return [adapter?.info.vendor ?? null, adapter?.info.architecture ?? null]";
    browse(Setup { webgpu: true, ..STAND_IN }, async |page| {
        page.open("").await;
        let info = page.run_script(&format!("return (async () => {{ {adapter} }})()"), vec![]).await;
        assert_eq!(info, serde_json::json!(["google", "swiftshader"]));
    });
}

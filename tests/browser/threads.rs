//! The processor's threads, which browsers give to pages that are isolated from other origins.

use super::{
    browser::{Setup, browse},
    faults::Fault,
    page::Page,
    state::Picture,
};

const ISOLATED: Setup = Setup { isolated: true, ..Setup::PLAIN };

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
        alone = Some((picture, page.pixels().await));
    });
    let alone = alone.unwrap();
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() == 1) {
        eprintln!("one core has no threads: not tested");
        return;
    }
    browse(ISOLATED, async |page| {
        let (picture, text) = run(&page).await;
        assert!(text.contains("(WebAssembly SIMD, ") && text.contains(" threads)"), "{text}");
        assert!(text.contains("Its steps are compiled"), "{text}");
        assert_eq!((picture, page.pixels().await), alone, "what one thread has drawn, bit for bit");

        // The same again, bit for bit, by the threads that there are already.
        page.open("engine=cpu&steps=60&seed=3").await;
        let picture = page.until_done().await;
        page.press("Run").await;
        page.until("it begins anew", |state| state.picture().is_some_and(|picture| picture.step < 60)).await;
        assert_eq!(page.until_done().await, picture);
    });
}

/// The policy that README.md names, and the same without what threads take.
#[test]
fn under_a_strict_policy_the_page_runs_and_has_threads_where_it_lets_them() {
    const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
                          style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:";
    const WITHOUT: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' blob: data:";
    assert!(include_str!("../../README.md").split_whitespace().collect::<Vec<_>>().join(" ").contains(POLICY));
    for (policy, said) in [(POLICY, " threads)"), (WITHOUT, "(WebAssembly SIMD)")] {
        browse(Setup { policy: Some(policy), ..ISOLATED }, async |page| {
            let (picture, text) = run(&page).await;
            assert!(picture.step == 3 && text.contains(said), "{text}");
            assert!(!page.pixels().await.is_blank());
        });
    }
}

/// What pixels climb is computed with one thread, and said to be.
#[test]
fn threads_are_told_of_runs_that_have_them_only() {
    browse(ISOLATED, async |page| {
        page.open("engine=cpu&steps=2&prior=none").await;
        page.until_done().await;
        let text = page.state().await.text;
        assert!(text.contains("(WebAssembly SIMD)") && text.contains("not compiled"), "{text}");
    });
}

#[test]
fn threads_that_fail_in_a_run_are_done_without_from_its_step() {
    /// Runs in the program of the threads: their third step fails.
    const FAIL: &str = "{
        let steps = 0;
        queueMicrotask(() => {
          const own = Run.prototype.step;
          Run.prototype.step = function (...places) {
            steps += 1;
            if (steps === 3) throw new Error('no more');
            return own.apply(this, places);
          };
        });
      }";
    browse(ISOLATED, async |page| {
        page.site.break_file(&file(&page, "threads.js"), Fault::Prepended(FAIL.into()));
        page.open("engine=cpu&steps=60&seed=3").await;
        let last = page.until_done().await;
        let state = page.state().await;
        assert_eq!((last.step, last.steps), (60, 60));
        assert!(state.pictures.iter().any(|name| name.starts_with("Activation over 60 steps")), "{}", state.describe());
        assert!(state.text.contains("(WebAssembly SIMD)") && state.alerts.is_empty(), "{}", state.describe());
        // Nor does the next run ask for them.
        page.press("Run").await;
        page.until("it begins anew", |state| state.picture().is_some_and(|picture| picture.step < 60)).await;
        assert_eq!(page.until_done().await.step, 60);
    });
}

#[test]
fn threads_that_do_not_start_are_done_without() {
    for (name, fault) in [
        ("threads.js", Fault::Missing),
        ("threads_bg.wasm", Fault::Truncated),
        ("threads_bg.wasm", Fault::Stalled),
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

/// In a worker of its own: an operation that one of the threads carries out, and one that it cannot, in postcard's form. A
/// rearrangement of one number, which reads the first of one, or the eighth.
const PANIC: &str = "
  const [file] = arguments;
  window.__result = undefined;
  const source = `
    const { default: init, initThreadPool, Host } = await import('${new URL(file, document.baseURI).href}');
    await init();
    await initThreadPool(2);
    const host = new Host();
    const run = (place) => {
      const number = host.keep(new Uint8Array([8, 1, 1, place]));
      return host.begin(new Uint8Array([2, 1, 1, 1, number, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0]));
    };
    const said = [run(0), run(7)].flatMap((run) => [0, 1].map(() => {
      try {
        return String([...run.step(new Uint32Array([1, 1]))]);
      } catch (error) {
        return error.message;
      }
    }));
    postMessage(said);
  `;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
  worker.onmessage = ({ data }) => (window.__result = data);
  worker.onerror = ({ message }) => (window.__result = message);
";

#[test]
fn a_thread_that_panics_is_not_waited_for() {
    browse(ISOLATED, async |page| {
        page.open("engine=cpu&steps=1").await;
        page.run_script(PANIC, vec![file(&page, "threads.js").into()]).await;
        let failed = "a thread has failed";
        assert_eq!(page.until_result().await, serde_json::json!(["0", "0", failed, failed]));
    });
}

//! The controls: each is there by name, for the mouse, the keyboard and a screen reader, and does what it says.

use std::time::Duration;

use super::{
    browser::{Setup, browse},
    faults::Fault,
};

const ARROW_DOWN: &str = "\u{e015}";
const END: &str = "\u{e010}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn a_run_can_be_held_stepped_resumed_and_stopped() {
    browse(Setup::default(), async |page| {
        page.open("steps=400").await;
        page.until_picture("some steps", |picture| picture.step >= 2).await;
        page.press("Pause").await;
        page.until_said(&["Paused while drawing goldfish"]).await;
        // A step that was on its way may still arrive.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let held = page.state().await.picture().unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(page.state().await.picture().unwrap(), held, "a held run went on");

        page.press("Step").await;
        page.until_picture("one more step", |picture| picture.step == held.step + 1).await;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(page.state().await.picture().unwrap().step, held.step + 1, "one step was asked for");

        page.press("Resume").await;
        page.until_picture("it goes on", |picture| picture.step >= held.step + 3).await;

        page.press("Stop").await;
        let state = page.until("it is stopped", |state| !state.offers("Pause") && !state.offers("Step")).await;
        assert!(state.said().contains("Stopped drawing goldfish"), "{}", state.describe());
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let stopped = page.state().await.picture().unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(page.state().await.picture().unwrap(), stopped, "a stopped run went on");

        page.press("Run").await;
        page.until_picture("it begins anew", |picture| picture.step < stopped.step).await;
    });
}

#[test]
fn every_control_has_its_role_and_name() {
    browse(Setup::default(), async |page| {
        page.open("steps=400").await;
        page.until_picture("a run", |_| true).await;
        page.expect("searchbox", "Neuron").await;
        for name in ["Run", "Pause", "Step", "Stop", "Save image", "Copy link"] {
            page.expect("button", name).await;
        }
        page.press("Pause").await;
        page.expect("button", "Resume").await;
        // A step that was on its way may still arrive, and change the picture's name.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let picture = page.state().await.pictures.into_iter().find(|name| name.contains("step")).unwrap();
        page.expect("img", &picture).await;
        page.expect("listbox", "Neurons").await;
        page.expect("option", "goldfish n01443537").await;
        // Nothing that can be used is without a name.
        for element in page.all("button, input, select, a[href], [tabindex]").await {
            let (role, name) = page.role_and_name(&element).await.unwrap();
            assert!(!name.is_empty(), "a {role} has no name: {}", element.html(false).await.unwrap());
        }
        let live = "return document.querySelector('[role=status][aria-live=polite]') !== null";
        assert_eq!(page.run_script(live, vec![]).await, serde_json::json!(true));
    });
}

#[test]
fn a_link_that_cannot_be_copied_is_there_to_be_copied_by_hand() {
    // Browsers give the clipboard to secure addresses only.
    browse(Setup { insecure: true, ..Setup::default() }, async |page| {
        page.open("steps=2&seed=3").await;
        page.until_done().await;
        page.press("Copy link").await;
        page.expect("textbox", "Link to this run").await;
        page.until_said(&["copied by hand"]).await;
        let selected = "const f = document.activeElement; \
            return f.value.slice(f.selectionStart, f.selectionEnd) === location.href && f.value.includes('seed=3')";
        assert_eq!(page.run_script(selected, vec![]).await, serde_json::json!(true));
    });
}

#[test]
fn a_link_that_a_frame_may_not_copy_is_there_to_be_copied_by_hand() {
    browse(Setup::default(), async |page| {
        // In a page of another origin, which does not give the clipboard away.
        page.site.break_file("icon.svg", Fault::Html);
        page.open_path("icon.svg").await;
        page.run_script("location.hostname = 'localhost'", vec![]).await;
        page.until("the other origin", |state| state.address.starts_with("http://localhost:")).await;
        let put = "const frame = document.createElement('iframe'); [frame.width, frame.height] = [1200, 700]; \
                   frame.src = arguments[0]; document.body.replaceChildren(frame)";
        page.run_script(put, vec![page.site.address("pack=caffenet-64&steps=2&seed=3").into()]).await;
        page.enter_frame().await;
        page.until_done().await;
        // Roles and names cannot be asked for in a frame of another origin.
        let [copy] = &page.all("button.copy").await[..] else { panic!("there is one such button") };
        copy.click().await.unwrap();
        page.until_said(&["copied by hand"]).await;
        let selected = "const f = document.activeElement; return [location.origin !== location.ancestorOrigins[0], \
            f.value.slice(f.selectionStart, f.selectionEnd) === location.href && f.value.includes('seed=3')]";
        assert_eq!(page.run_script(selected, vec![]).await, serde_json::json!([true, true]));
    });
}

#[test]
fn every_control_is_reached_by_the_keyboard() {
    browse(Setup::default(), async |page| {
        page.open("steps=400").await;
        page.until_picture("a run", |_| true).await;
        assert_eq!(page.unreachable_by_tab().await, Vec::<String>::new());
        // The settings as well, once they are open.
        page.run_script("document.querySelector('.more summary').click()", vec![]).await;
        assert_eq!(page.unreachable_by_tab().await, Vec::<String>::new());
    });
}

#[test]
fn a_neuron_is_picked_and_run_by_the_keyboard_alone() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        page.tab_to("searchbox", "Neuron").await;
        page.keys("ion").await;
        page.until("lion is found", |state| state.text.contains("n02129165")).await;
        page.keys(ESCAPE).await;
        // Names that begin so come first, and the arrow goes on to one that only holds it.
        page.keys("fish").await;
        page.keys(ENTER).await;
        page.until_said(&["Run draws fishing casting reel"]).await;
        page.keys("fish").await;
        page.keys(ARROW_DOWN).await;
        page.keys(ENTER).await;
        page.until_said(&["Run draws goldfish"]).await;
        page.keys(END).await;
        page.keys(ENTER).await;
        page.until_said(&["Run draws acorn"]).await;
        // Once more runs what is picked.
        page.keys(ENTER).await;
        page.until_picture("an acorn", |picture| picture.neuron.starts_with("acorn")).await;
    });
}

#[test]
fn a_search_that_finds_nothing_says_so_and_leaves_the_page_as_it_is() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        page.expect("searchbox", "Neuron").await.click().await.unwrap();
        page.keys("unicorn<b>").await;
        page.until_said(&["No neuron has that name"]).await;
        page.keys(ENTER).await;
        page.press("Run").await;
        page.until_picture("still the goldfish", |picture| picture.neuron.starts_with("goldfish")).await;
    });
}

#[test]
fn settings_decide_the_run_and_a_wrong_one_is_refused_with_a_sentence() {
    browse(Setup::default(), async |page| {
        page.open("steps=2").await;
        page.until_done().await;
        page.run_script("document.querySelector('.more summary').click()", vec![]).await;
        let fill = async |name: &str, text: &str| {
            let field = page.expect("textbox", name).await;
            field.clear().await.unwrap();
            field.send_keys(text).await.unwrap();
        };
        fill("Steps", "0").await;
        page.until_said(&["steps", "between 1 and 1000"]).await;
        page.press("Run").await;
        page.until_said(&["A value under “More” cannot be used"]).await;
        assert_eq!(page.state().await.picture().unwrap().steps, 2, "nothing was run");
        // It stands there for as long as it is true; once another value is wrong alone, that one is named.
        fill("Decay", "7").await;
        fill("Steps", "4").await;
        page.until("the other one", |state| {
            state.alerts.iter().any(|alert| alert.contains("cannot be used") && alert.contains("decay"))
        })
        .await;
        fill("Seed", "11").await;
        fill("Decay", "0.95").await;
        page.until("no notice is left", |state| state.alerts.is_empty()).await;
        page.press("Run").await;
        page.until_picture("four steps", |picture| (picture.step, picture.steps) == (4, 4)).await;
        let state = page.state().await;
        assert!(state.alerts.is_empty(), "{}", state.describe());
        for part in ["steps=4", "seed=11", "decay=0.95"] {
            assert!(state.address.contains(part), "{} does not hold {part}", state.address);
        }
        page.press("Reset to defaults").await;
        let steps = page.expect("textbox", "Steps").await;
        assert_eq!(steps.prop("value").await.unwrap().as_deref(), Some("100"));
    });
}

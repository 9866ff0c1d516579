//! What is in the way of some people: axe-core looks at every state of the page, on a phone and on a laptop, in the light
//! and in the dark.

use serde_json::json;

use super::{
    browser::{Setup, browse, checkout},
    faults::Fault,
    notebook::{note, open_notebook, press_keep},
    own::{CAMERAS, CHOOSE, DROP, HOLD, LATE_ANSWERS, ask_for_a_picture, two_halves},
    page::Page,
    start::file,
    state::Picture,
    translation::are_done,
};

/// Where `tools/test.sh` has npm put axe-core.
const AXE: &str = "tests/browser/node_modules/axe-core/axe.min.js";

/// What it finds against WCAG 2.2, levels A and AA, and against good practice: each rule with the elements.
const LOOK: &str = r#"
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
return axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => ({ id, help, elements: nodes.map(({ html }) => html.slice(0, 200)) })));
"#;

/// How much outside of what lies over the page could have the focus, and what of it gets it.
const OUTSIDE: &str = r#"
const over = document.querySelector("dialog[open]");
const all = [...document.querySelectorAll("a[href], button, input, select, summary, textarea, [tabindex]")];
const outside = all.filter((element) => !over.contains(element));
const before = document.activeElement;
const given = outside.filter((element) => (element.focus(), document.activeElement === element));
before.focus();
return [outside.length, given.map(({ outerHTML }) => outerHTML.slice(0, 80))];
"#;
/// Puts the focus on the last of what lies over the page.
const LAST: &str = "[...document.querySelectorAll('dialog[open] :is(a, button)')].at(-1).focus()";
/// Whether what lies over the page has the focus, or nothing of the page has, as between the last and the first.
const WITHIN: &str = "const { activeElement } = document; \
                      return activeElement === document.body || activeElement.closest('dialog[open]') !== null";

/// Width and height of what is seen, and a colour scheme.
type Seen = ([u32; 2], &'static str);

/// Each size in each scheme; the last is where tests go on.
const ALL: [Seen; 4] = [([390, 844], "light"), ([390, 844], "dark"), ([1366, 768], "dark"), ([1366, 768], "light")];
/// Each size, and each scheme.
const TWO: [Seen; 2] = [ALL[1], ALL[3]];

/// Has axe-core look at the page as it is.
async fn look_at(page: &Page, state: &str, seen: &[Seen]) {
    for &([width, height], scheme) in seen {
        page.show_at(width, height, scheme).await;
        let found = page.run_script(LOOK, vec![]).await;
        assert_eq!(found, json!([]), "{state}, {width}×{height}, {scheme}");
    }
}

/// At each size and in each scheme.
async fn look(page: &Page, state: &str) {
    look_at(page, state, &ALL).await;
}

/// On a phone in the dark, and on a laptop in the light.
pub async fn glance(page: &Page, state: &str) {
    look_at(page, state, &TWO).await;
}

/// Opens the page at a query, with axe-core in it.
async fn open(page: &Page, query: &str) {
    page.open(query).await;
    bring_axe(page).await;
}

/// Fills a field in, by its name.
async fn fill(page: &Page, name: &str, text: &str) {
    let field = page.expect("textbox", name).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

/// Unfolds parts of the page.
async fn unfold(page: &Page, parts: &str) {
    let unfold = "for (const part of document.querySelectorAll(arguments[0])) part.open = true";
    page.run_script(unfold, vec![json!(parts)]).await;
}

/// Brings axe-core into the page that is open.
pub async fn bring_axe(page: &Page) {
    let path = checkout().join(AXE);
    let axe = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("axe-core cannot be read ({}: {error}). Install it with: npm ci --prefix tests/browser", path.display())
    });
    page.run_script(&axe, vec![]).await;
}

#[test]
fn nothing_is_in_the_way_of_a_network_of_ones_own() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.open("unit=fc8:goldfish&steps=3&engine=cpu").await;
        page.until_done().await;
        bring_axe(&page).await;
        for (file, words) in [("unknown.onnx", "not known here"), ("mobile.onnx", "What it sees in two pictures")] {
            let path = checkout().join("tests/fixtures/onnx").join(file);
            let bytes = std::fs::read(path).unwrap();
            page.run_script(DROP, vec![json!(file), json!(bytes)]).await;
            page.until(words, |state| state.text.contains(words)).await;
            glance(&page, file).await;
        }
        page.press("Look into it").await;
        page.until("it is in the list", |state| state.text.contains("until this page is closed")).await;
        page.until_done().await;
        glance(&page, "a network of one's own in the list").await;
    });
}

#[test]
fn nothing_is_in_the_way_of_anybody() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.open("unit=fc8:goldfish&steps=3").await;
        page.until_done().await;
        bring_axe(&page).await;
        look(&page, "the first picture").await;

        page.run_script("for (const part of document.querySelectorAll('.extras details')) part.open = true", vec![])
            .await;
        look(&page, "with all settings").await;

        page.choose("start", "a picture of mine").await;
        page.press("A cat").await;
        page.until("both pictures", |state| state.text.contains("what the generator can say of it")).await;
        look(&page, "with a picture of one's own").await;
        page.choose("start", "noise").await;
        page.run_script("for (const part of document.querySelectorAll('.extras details')) part.open = false", vec![])
            .await;

        page.press("Compare priors").await;
        let last = |name: &String| Picture::parse(name).is_some_and(|picture| picture.is_last());
        page.until("four pictures", |state| state.pictures.iter().filter(|name| last(name)).count() == 4).await;
        page.until("they are judged", |state| state.text.contains("ResNet-18 sees")).await;
        look(&page, "a comparison").await;

        open(&page, "unit=fc7:3&steps=2").await;
        page.until_done().await;
        page.press("See all").await;
        page.until("units and how many are left", |state| state.text.contains("pictures to draw")).await;
        look(&page, "a layer").await;
    });
}

/// Goes to all pictures of the layer and out of them again by each way.
async fn see_all_and_leave(page: &Page) {
    for way in ["Escape", "Close"] {
        page.press("See all").await;
        page.until_focus("group", "Neurons").await;
        let outside = page.run_script(OUTSIDE, vec![]).await;
        assert!(outside[0].as_u64() > Some(10) && outside[1] == json!([]), "{outside}");
        page.run_script(LAST, vec![]).await;
        for _ in 0..4 {
            page.keys("\u{e004}").await;
            assert_eq!(page.run_script(WITHIN, vec![]).await, json!(true), "{:?} has the focus", page.focus().await);
        }
        match way {
            "Escape" => page.keys("\u{e00c}").await,
            button => page.press(button).await,
        }
        page.until_focus("button", "See all").await;
        assert!(page.all("dialog").await.is_empty(), "closed by {way}");
    }
    page.press("See all").await;
    page.until_focus("group", "Neurons").await;
    page.run_script("document.querySelector('dialog :is(.wall a, .tile)').click()", vec![]).await;
    page.until_focus("button", "Run").await;
    assert!(page.all("dialog").await.is_empty(), "closed by a choice");
}

#[test]
fn what_lies_over_the_page_keeps_the_focus_and_gives_it_back() {
    browse(Setup::default(), async |page| {
        page.open("pack=fashion-mnist-28&steps=1&engine=cpu").await;
        page.until_done().await;
        see_all_and_leave(&page).await;
        page.open_as_it_is("steps=1&engine=cpu").await;
        page.until_done().await;
        see_all_and_leave(&page).await;
    });
}

#[test]
fn nothing_is_in_the_way_of_a_lesson() {
    browse(Setup::default(), async |page| {
        for (language, next, last) in [("en", "Next", "Your own network"), ("zh", "下一步", "你自己的网络")] {
            open(&page, &format!("lang={language}&lesson=what-a-neuron-prefers&unit=fc8:44&steps=2")).await;
            page.until("the lesson", |state| state.offers(next)).await;
            look(&page, &format!("a lesson, {language}")).await;
            unfold(&page, ".lessons").await;
            page.until("all lessons", |state| state.offers(last)).await;
            glance(&page, &format!("the list of lessons, {language}")).await;
            open(&page, &format!("lang={language}&view=teacher&lesson=what-a-neuron-prefers")).await;
            page.until("the teacher's window", |state| state.offers(next)).await;
            look(&page, &format!("the teacher's window, {language}")).await;
        }
    });
}

#[test]
fn nothing_is_in_the_way_of_the_notebook() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        let words = [
            ("en", "Keep in notebook", "Kept pictures: 1", "Note on goldfish", "Delete goldfish", "Deleted"),
            ("zh", "收入笔记本", "已收入 1 张图像", "关于“金鱼”的笔记", "删除“金鱼”", "已删除"),
        ];
        for (language, keep, kept, of_note, delete, deleted) in words {
            open(&page, &format!("lang={language}&unit=fc8:goldfish&steps=2&engine=cpu")).await;
            let done = |state: &super::state::State| state.offers("Run") || state.offers("运行");
            page.until("a picture", |state| done(state) && !state.pictures.is_empty()).await;
            open_notebook(&page).await;
            glance(&page, &format!("an empty notebook, {language}")).await;
            unfold(&page, ".saves").await;
            glance(&page, &format!("the way into it, {language}")).await;
            press_keep(&page, keep).await;
            page.until("a picture in it", |state| state.text.contains(kept)).await;
            note(&page, of_note, "a note").await;
            look(&page, &format!("a notebook, {language}")).await;
            page.press(delete).await;
            page.until("the way back", |state| state.text.contains(deleted)).await;
            glance(&page, &format!("a picture that was deleted, {language}")).await;
        }
        page.before_scripts("indexedDB.open = () => { throw new DOMException('', 'SecurityError'); }").await;
        open(&page, "unit=fc8:goldfish&steps=2&engine=cpu").await;
        page.until_done().await;
        press_keep(&page, "Keep in notebook").await;
        page.until_said(&["does not keep anything"]).await;
        open_notebook(&page).await;
        page.until("its sentence", |state| state.text.contains("Only until this page is closed")).await;
        glance(&page, "a notebook that is not kept").await;
    });
}

#[test]
fn nothing_is_in_the_way_where_the_page_does_not_start() {
    browse(Setup::default(), async |page| {
        // First, since the browser keeps an icon that has arrived.
        page.site.break_file("icon.svg", Fault::Html);
        page.open_path("icon.svg").await;
        let frame = "document.body.innerHTML = '<iframe sandbox=\"allow-scripts\" src=\"./\"></iframe>'";
        page.run_script(frame, vec![]).await;
        page.enter_frame().await;
        page.until_said(&["sandboxed"]).await;
        bring_axe(&page).await;
        glance(&page, "a frame without permission").await;

        page.open_file("index.html").await;
        page.until_said(&["python3 -m http.server"]).await;
        bring_axe(&page).await;
        glance(&page, "a page opened as a file").await;

        // Before it is there, since the browser keeps a program that has arrived.
        page.site.break_file(&file(&page, "page-", ".js"), Fault::Missing);
        open(&page, "").await;
        page.until_said(&["renewed"]).await;
        glance(&page, "a page whose program is not there").await;

        // As a browser without scripts shows it.
        let html = String::from_utf8(page.site.read("index.html")).unwrap();
        let script = html.find("<script").unwrap()..html.find("</script>").unwrap();
        let plain =
            [&html[..script.start], &html[script.end..]].concat().replace("<noscript>", "").replace("</noscript>", "");
        page.site.mend();
        page.site.break_file("index.html", Fault::Replaced(plain.into()));
        page.open_path("index.html").await;
        bring_axe(&page).await;
        page.until("what it needs", |state| state.text.contains("it needs JavaScript")).await;
        glance(&page, "a page without scripts").await;

        page.site.mend();
        page.before_scripts("WebAssembly.validate = () => false").await;
        open(&page, "").await;
        page.until_said(&["too old"]).await;
        glance(&page, "an old browser").await;
    });
}

#[test]
fn nothing_is_in_the_way_before_the_first_picture() {
    const SAVES: &str = "if (location.search.includes('utm_source=saves')) \
                         Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
    browse(Setup::default(), async |page| {
        page.before_scripts(SAVES).await;
        page.open_as_it_is("utm_source=saves&neuron=3").await;
        bring_axe(&page).await;
        page.until_said(&["save data", "means nothing here"]).await;
        glance(&page, "asked first, with a smaller pack and a notice").await;

        page.site.break_file("weights/caffenet-64/pack.json", Fault::Missing);
        page.site.break_file("weights/imagenet-128/pack.json", Fault::Missing);
        open(&page, "").await;
        page.until_said(&["no file at"]).await;
        glance(&page, "no pack").await;
        unfold(&page, ".extras details").await;
        glance(&page, "no pack, with all settings").await;

        page.site.mend();
        page.site.break_file("engine_bg.wasm", Fault::Stalled);
        open(&page, "steps=2").await;
        page.until("half of it is there", |state| state.progress.iter().any(|bar| bar.share > Some(0.0))).await;
        glance(&page, "loading").await;
        page.press("Cancel").await;
        page.until_said(&["cancelled"]).await;
        glance(&page, "nothing is loaded").await;

        page.site.mend();
        open(&page, "unit=fc8:lion&start=image").await;
        page.until_said(&["no link can hold"]).await;
        glance(&page, "a run without its picture").await;
    });
}

#[test]
fn nothing_is_in_the_way_of_a_run() {
    browse(Setup::default(), async |page| {
        open(&page, "steps=1000").await;
        page.until_picture("some steps", |picture| picture.step >= 2).await;
        glance(&page, "a run").await;
        page.press("Pause").await;
        page.until_said(&["Paused"]).await;
        glance(&page, "a run that is held").await;
        page.press("Stop").await;
        page.until_said(&["Stopped"]).await;
        glance(&page, "a run that was stopped").await;
        // What is drawn stays while another engine is loaded.
        page.site.break_file("weights/caffenet-64/classifier-resnet18.safetensors", Fault::Stalled);
        page.choose("classifier", "resnet18").await;
        page.press("Run").await;
        page.until("it is loaded", |state| state.progress.iter().any(|bar| bar.share > Some(0.5))).await;
        glance(&page, "loading, with a picture").await;
        page.press("Stop").await;
        page.until_said(&["cancelled"]).await;
        page.site.mend();

        open(&page, "steps=0").await;
        page.until_said(&["between 1 and 1000"]).await;
        page.until_picture("the default run", |_| true).await;
        glance(&page, "an impossible address").await;
        unfold(&page, ".more").await;
        fill(&page, "Steps", "0").await;
        page.press("Run").await;
        page.until_said(&["A value under “More” cannot be used"]).await;
        glance(&page, "a value that cannot be used").await;

        open(&page, "unit=fc8:3&unit=fc8:3*-1&steps=5").await;
        page.until_said(&["its gradient is 0"]).await;
        unfold(&page, ".more").await;
        page.press("Add a neuron").await;
        fill(&page, "Weight of tailed frog", "0,3").await;
        page.until("the sentence", |state| state.text.contains("which is not a number")).await;
        glance(&page, "a run that failed, of two neurons, and a weight that is none").await;

        open(&page, "steps=2&engine=webgpu").await;
        page.until_said(&["CPU engine, which runs everywhere"]).await;
        glance(&page, "no graphics").await;
    });
    // The browser keeps an engine that has arrived.
    browse(Setup::default(), async |page| {
        let engine = String::from_utf8(page.site.read("engine.js")).unwrap();
        let renewed = engine.replace("export const version = \"", "export const version = \"other");
        page.site.break_file("engine.js", Fault::Replaced(renewed.into()));
        open(&page, "steps=2").await;
        page.until_said(&["renewed", "reload"]).await;
        glance(&page, "a site that was renewed").await;
    });
    browse(Setup { memory_pages: Some(500), ..Setup::default() }, async |page| {
        open(&page, "pack=imagenet-128&steps=2").await;
        page.until_said(&["no more memory", "smaller networks"]).await;
        glance(&page, "no memory").await;
    });
    browse(Setup { memory_pages: Some(2100), ..Setup::default() }, async |page| {
        open(&page, "unit=fc8:34&steps=3&compare=none").await;
        page.until_said(&["The pictures are done", "ResNet-18", "no memory"]).await;
        glance(&page, "no memory for a judge").await;
    });
    browse(Setup { webgpu: true, ..Setup::default() }, async |page| {
        open(&page, "pack=fashion-mnist-28&steps=1000&engine=webgpu").await;
        page.until_picture("some steps", |picture| picture.step >= 2).await;
        glance(&page, "a run on WebGPU").await;
        page.until("it goes on", |state| state.text.contains("WebGPU engine on") && state.offers("Pause")).await;
    });
}

#[test]
fn nothing_is_in_the_way_of_a_choice_among_many() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        open(&page, "pack=imagenet-128&classifier=efficientnet-lite1&unit=fc:1&steps=1").await;
        page.until_done().await;
        page.expect("searchbox", "Neuron").await.click().await.unwrap();
        glance(&page, "a thousand neurons").await;
        page.keys("shark").await;
        page.until("sharks", |state| state.text.contains("great white shark")).await;
        glance(&page, "some that are found").await;
        page.keys(" unicorn").await;
        page.until_said(&["No neuron has that name"]).await;
        glance(&page, "none that is found").await;
        page.keys("\u{e00c}").await;
        page.choose("branch", "instruments and tools/musical instruments").await;
        page.until("instruments", |state| state.text.contains("accordion")).await;
        glance(&page, "neurons of a kind").await;
        page.press("See all").await;
        page.until("branches", |state| state.text.contains("animals · fish")).await;
        glance(&page, "a wall of a thousand").await;

        open(&page, "pack=imagenet-128&classifier=efficientnet-lite1&unit=head:1&steps=1").await;
        page.until_done().await;
        page.press("See all").await;
        page.until("units and how many are left", |state| state.text.contains("pictures to draw")).await;
        glance(&page, "a thousand pictures that are drawn").await;
        page.run_script("document.querySelector('.overlay header button').click()", vec![]).await;
        page.until("no more is drawn", |state| !state.text.contains("pictures to draw")).await;
        glance(&page, "a layer that is not drawn any more").await;

        // Units in the middle of the network: what one sees, and real images.
        open(&page, "unit=conv2:3@4,5&steps=2").await;
        page.until_done().await;
        page.until("the part", |state| state.text.contains("what the unit sees of it")).await;
        unfold(&page, ".more").await;
        glance(&page, "a unit at one place").await;
        open(&page, "pack=fashion-mnist-28&unit=conv3:5&steps=2").await;
        page.until_done().await;
        page.until("its images", |state| state.text.contains("Real images that excite it most")).await;
        glance(&page, "real images beside the picture").await;
        page.press("See all").await;
        page.until("it is being drawn", |state| state.text.contains("pictures to draw")).await;
        page.until("all is drawn", |state| !state.text.contains("to draw")).await;
        glance(&page, "a layer that is drawn").await;
    });
}

#[test]
fn nothing_is_in_the_way_of_pictures_of_ones_own() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.before_scripts(CAMERAS).await;
        page.before_scripts(HOLD).await;
        ask_for_a_picture(&page).await;
        bring_axe(&page).await;
        page.press("Camera").await;
        page.until_said(&["asks whether the page may use the camera"]).await;
        glance(&page, "a camera that is asked for").await;
        page.run_script("asked[0].allow()", vec![]).await;
        page.until("its picture", |state| state.offers("Take it")).await;
        glance(&page, "a camera").await;
        page.press("Cancel").await;
        page.press("Camera").await;
        page.run_script("asked[1].refuse('NotAllowedError')", vec![]).await;
        page.until_said(&["may not use the camera"]).await;
        glance(&page, "a camera that is refused").await;

        let choose =
            async |label: &str, files: serde_json::Value| page.run_script(CHOOSE, vec![json!(label), files]).await;
        let picture = |red: u8| two_halves(64, 64, [red, 100, 30], [40, 60, 90]);
        choose("Choose a picture …", json!([["slow.png", picture(9)]])).await;
        page.until_said(&["Reading “slow.png”"]).await;
        glance(&page, "a picture that is being read").await;
        choose("Choose a picture …", json!([["notes.png", b"no picture"]])).await;
        page.until_said(&["cannot read that file as a picture", "No picture is chosen yet"]).await;
        glance(&page, "a file that is no picture").await;

        unfold(&page, ".rank").await;
        let files = json!([["a.png", picture(0)], ["b.png", picture(240)], ["notes.txt", b"no picture"]]);
        choose("Choose pictures …", files).await;
        page.until_said(&["2 ranked. One could not be read: notes.txt."]).await;
        glance(&page, "pictures that are ranked").await;

        // A picture that was saved with another pack.
        let run = "pack=tiny-imagenet-64&classifier=resnet18&unit=fc:lion&seed=3&steps=3&lr=0.15,0&decay=0.99&clip=3";
        let saved = dgn::stamp::write(picture(9), run);
        page.run_script(DROP, vec![json!("saved.png"), json!(saved)]).await;
        page.until_said(&["Open pack tiny-imagenet-64"]).await;
        glance(&page, "a picture of another pack").await;

        let hold = "const dataTransfer = new DataTransfer(); dataTransfer.items.add(new File([], 'held.png')); \
                    for (const kind of ['dragenter', 'dragover']) document.querySelector('.rank summary') \
                      .dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))";
        page.run_script(hold, vec![]).await;
        glance(&page, "a file that is held over the place for pictures to be ranked").await;
        assert_eq!(page.all(".rank.over").await.len(), 1);
    });
}

#[test]
fn nothing_is_in_the_way_of_several_pictures_and_of_what_is_saved() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.before_scripts("Object.defineProperty(navigator, 'clipboard', { value: undefined })").await;
        page.site.break_file("worker.js", Fault::Prepended(LATE_ANSWERS.into()));
        open(&page, "unit=fc8:lion&steps=3&seeds=9").await;
        page.until("nine pictures", are_done(9)).await;
        page.press("seed 4").await;
        unfold(&page, ".saves").await;
        glance(&page, "nine seeds, and what can be saved of them").await;
        page.press("Animation").await;
        page.until_said(&["Making the animation"]).await;
        glance(&page, "an animation that is being made").await;
        page.press("Copy link").await;
        page.until_said(&["copied by hand"]).await;
        glance(&page, "a link to be copied by hand").await;

        page.press("Prior or neuron?").await;
        page.until("three pictures", are_done(3)).await;
        page.saved().await;
        page.press("random code").await;
        page.exact_pixels().await;
        glance(&page, "a neuron beside another and beside none, pixel by pixel").await;

        open(&page, "unit=fc8:lion&steps=2&prior=tv:2:1,jitter:9").await;
        page.until_done().await;
        unfold(&page, ".more").await;
        let slider = page.expect("slider", "Go to a step of the run").await;
        slider.send_keys("\u{e011}").await.unwrap();
        page.until_picture("the first step", |picture| picture.step == 1).await;
        glance(&page, "an earlier step of a climb of pixels").await;
    });
}

#[test]
fn what_is_in_the_way_is_found() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:goldfish&steps=1").await;
        page.until_done().await;
        bring_axe(&page).await;
        let spoil = "document.querySelector('#steps').removeAttribute('id'); \
                     document.querySelector('.detail').style.color = 'var(--hair)'; \
                     document.querySelector('.more').open = true";
        page.run_script(spoil, vec![]).await;
        let found = page.run_script(LOOK, vec![]).await;
        let rules: Vec<&str> = found.as_array().into_iter().flatten().filter_map(|rule| rule["id"].as_str()).collect();
        assert_eq!(rules, ["color-contrast", "label-title-only", "label"], "{found}");
    });
}

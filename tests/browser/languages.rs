//! The page in another language than the tests' own browser asks for.

use serde_json::{Value as Json, json};

use super::{
    access::{bring_axe, glance},
    browser::{Setup, browse, checkout},
    faults::Fault,
    layout::{everything_is_in_sight, keep_screenshot, nothing_is_cut},
    own::DROP,
    page::Page,
    state::State,
};

/// What the document says of its language.
const SAID: &str = "return [document.documentElement.lang, document.title, \
    document.querySelector('meta[name=description]').content, document.querySelector('h1').textContent]";

/// The neurons that are listed, by name.
const LISTED: &str =
    "return [...document.querySelectorAll('#neurons [role=option] span')].map((span) => span.textContent)";

/// What is seen, or heard in its place, and has words of another language only: two that follow each other. Names are none.
const FOREIGN: &str = r"
const texts = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const { parentElement, data } = walk.currentNode;
  if (!parentElement.closest('script, style, [lang=en]') && parentElement.checkVisibility()) texts.push(data);
}
for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
  for (const element of document.querySelectorAll(`body [${name}]:not([lang=en])`)) texts.push(element.getAttribute(name));
return [...new Set(texts.filter((text) => !/[\u4e00-\u9fff]/.test(text) && /[a-z]{2,}[\s,.:]+[a-z]{2,}/.test(text)))];
";

/// Whether a run is done, in Chinese.
fn is_done(state: &State) -> bool {
    state.status.iter().any(|said| said.starts_with("完成。激活值从")) && state.offers("运行")
}

/// What the search finds for a text.
async fn found(page: &Page, text: &str) -> Vec<String> {
    page.expect("searchbox", "神经元").await.click().await.unwrap();
    let put = "const field = document.querySelector('#search'); field.value = arguments[0]; \
               field.dispatchEvent(new Event('input', { bubbles: true }))";
    page.run_script(put, vec![text.into()]).await;
    serde_json::from_value(page.run_script(LISTED, vec![]).await).unwrap()
}

#[test]
fn an_address_asks_for_chinese() {
    browse(Setup::default(), async |page| {
        page.open("lang=zh&unit=fc8:goldfish&steps=2").await;
        let state = page.until("a run that is done", is_done).await;
        let said = page.run_script(SAID, vec![]).await;
        assert_eq!((&said[0], &said[3]), (&json!("zh"), &json!("神经元学到了什么？")));
        assert_eq!(said[1], json!("金鱼 · 神经元学到了什么？"));
        assert!(said[2].as_str().unwrap().contains("图像网络"), "{said}");
        assert!(state.pictures.iter().any(|name| name.contains("“金鱼（n01443537）”偏好的图像")));
        for text in ["网络从中看到了什么", "金鱼", "步/秒", "更多"] {
            assert!(state.text.contains(text), "{text}: {}", state.describe());
        }
        for text in ["Run", "neuron", "Drawing", "step", "goldfish", "Activation"] {
            assert!(!state.text.contains(text), "{text}: {}", state.describe());
        }
        // The run that the page writes down keeps the language.
        assert!(state.address.contains("lang=zh") && state.address.contains("seed="), "{}", state.address);
        assert!(state.alerts.is_empty(), "{}", state.describe());
    });
}

#[test]
fn a_neuron_is_found_by_its_chinese_and_its_english_name() {
    browse(Setup::default(), async |page| {
        page.open("lang=zh&unit=fc8:goldfish&steps=1").await;
        page.until("a run that is done", is_done).await;
        for name in ["金鱼", "goldfish", "n01443537"] {
            assert_eq!(found(&page, name).await.first().map(String::as_str), Some("金鱼"), "{name}");
        }
        assert!(found(&page, "独角兽").await.is_empty());
        page.until_said(&["没有这个名称的神经元"]).await;
    });
}

#[test]
fn the_switch_keeps_the_run_and_is_remembered() {
    browse(Setup::default(), async |page| {
        page.open("unit=fc8:lion&steps=2&seed=5").await;
        page.until_done().await;
        assert!(!page.state().await.address.contains("lang="), "nobody has chosen a language");
        page.expect("link", "中文").await.click().await.unwrap();
        let state = page.until("a run that is done", is_done).await;
        assert!(state.address.contains("seed=5") && state.address.contains("lang=zh"), "{}", state.address);
        assert!(state.pictures.iter().any(|name| name.contains("狮子")), "{}", state.describe());
        // Without a language in the address the one that was chosen counts.
        page.open("unit=fc8:goldfish&steps=1").await;
        let state = page.until("a run that is done", is_done).await;
        assert!(!state.address.contains("lang="), "{}", state.address);
        // An address that asks for one counts more.
        page.open("lang=en&unit=fc8:goldfish&steps=1").await;
        page.until_done().await;
        assert_eq!(page.run_script(SAID, vec![]).await[0], json!("en"));
        page.open("lang=zh&unit=fc8:goldfish&steps=1").await;
        page.expect("link", "English").await.click().await.unwrap();
        page.until_done().await;
    });
}

#[test]
fn the_browsers_own_languages_are_asked() {
    browse(Setup::default(), async |page| {
        let speaks = "Object.defineProperty(navigator, 'languages', { value: ['fr-FR', 'zh-Hans-CN', 'en'] })";
        page.before_scripts(speaks).await;
        page.open("unit=fc8:goldfish&steps=1").await;
        let state = page.until("a run that is done", is_done).await;
        assert!(!state.address.contains("lang="), "{}", state.address);
    });
}

#[test]
fn a_language_that_nobody_speaks_is_english() {
    browse(Setup::default(), async |page| {
        page.open("lang=tlh&unit=fc8:goldfish&steps=1").await;
        page.until_done().await;
        assert!(page.state().await.alerts.is_empty());
    });
}

#[test]
fn an_impossible_address_is_answered_in_chinese() {
    browse(Setup::default(), async |page| {
        page.open("lang=zh&steps=0").await;
        let said = page.until_said(&["地址所要求的运行无法进行", "应在 1 到 1000 之间"]).await;
        assert!(!said.contains("has to"), "{said}");
    });
}

#[test]
fn chinese_fits_where_english_does() {
    browse(Setup::default(), async |page| {
        for (size, picture) in [([1366, 768], 384.0), ([390, 844], 256.0)] {
            page.show_at(size[0], size[1], "light").await;
            page.open("lang=zh&unit=fc8:goldfish&steps=10").await;
            page.until("a run that is done", is_done).await;
            everything_is_in_sight(&page, size, picture).await;
            keep_screenshot(&page, &format!("zh-{}x{}", size[0], size[1])).await;
        }
        let open = "for (const part of document.querySelectorAll('.extras details, .saves')) part.open = true";
        page.run_script(open, vec![]).await;
        nothing_is_cut(&page, "in Chinese").await;
    });
}

#[test]
fn a_language_that_does_not_come_is_explained_in_it() {
    for (fault, words) in
        [(Fault::Missing, "服务器上没有页面文件"), (Fault::Html, "而是一个网页"), (Fault::Truncated, "重新加载")]
    {
        browse(Setup::default(), async |page| {
            let start = String::from_utf8(page.site.read("start.js")).unwrap();
            let named = start.split('"').find(|part| part.starts_with("words-zh-")).unwrap().to_owned();
            page.site.break_file(&named, fault);
            page.open("lang=zh&steps=1").await;
            let said = page.until_said(&[words]).await;
            assert!(said.contains("words-zh-"), "{said}");
            page.site.mend();
            page.press("重新加载").await;
            page.until("a run that is done", is_done).await;
        });
    }
}

#[test]
fn names_of_classes_that_do_not_come_are_english() {
    browse(Setup::default(), async |page| {
        let start = String::from_utf8(page.site.read("start.js")).unwrap();
        let named = start.split('"').find(|part| part.starts_with("classes-zh-")).unwrap().to_owned();
        page.site.break_file(&named, Fault::Missing);
        page.open("lang=zh&unit=fc8:goldfish&steps=1").await;
        let state = page.until("a run that is done", is_done).await;
        assert!(state.text.contains("goldfish"), "{}", state.describe());
    });
}

#[test]
fn what_the_importer_says_is_chinese_too() {
    browse(Setup::default(), async |page| {
        page.open("lang=zh&unit=fc8:goldfish&steps=1").await;
        page.until("a run that is done", is_done).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("network.onnx");
        std::fs::write(&path, "no network").unwrap();
        page.drop_onto(".hero", &[&path]).await;
        page.until("why it is none", |state| state.text.contains("这不是 ONNX 文件，或文件已损坏")).await;
        assert_eq!(page.run_script("return document.documentElement.lang", vec![]).await, Json::from("zh"));
    });
}

/// Looks at a room: all of it Chinese, nothing in anybody's way, nothing cut.
async fn visit(page: &Page, room: &str) {
    assert_eq!(page.run_script(FOREIGN, vec![]).await, json!([]), "{room}");
    nothing_is_cut(page, room).await;
    glance(page, room).await;
    keep_screenshot(page, &format!("zh-{room}")).await;
}

#[test]
fn every_room_is_chinese_and_open_to_anybody() {
    browse(Setup::default(), async |page| {
        page.show_at(1366, 768, "light").await;
        page.open("lang=zh&unit=fc8:goldfish&steps=2&engine=cpu").await;
        page.until("a run that is done", is_done).await;
        bring_axe(&page).await;
        visit(&page, "first").await;
        let open = "for (const part of document.querySelectorAll('.extras details, .saves')) part.open = true";
        page.run_script(open, vec![]).await;
        page.until("all of them", |state| ["排序", "ONNX", "笔记本"].iter().all(|words| state.text.contains(words)))
            .await;
        visit(&page, "all-open").await;
        page.run_script(&open.replace("true", "false"), vec![]).await;

        page.press("比较先验").await;
        page.until("a comparison", |state| is_done(state) && state.pictures.len() > 3).await;
        visit(&page, "comparison").await;

        page.open("lang=zh&unit=fc7:3&steps=2&engine=cpu").await;
        page.until("a run that is done", is_done).await;
        bring_axe(&page).await;
        page.press("查看全部").await;
        page.until("units and how many are left", |state| state.text.contains("张图像待绘制")).await;
        visit(&page, "layer").await;
        page.press("关闭").await;

        for (file, words) in [("unknown.onnx", "不支持的运算"), ("mobile.onnx", "两张图片")] {
            let bytes = std::fs::read(checkout().join("tests/fixtures/onnx").join(file)).unwrap();
            page.run_script(DROP, vec![json!(file), json!(bytes)]).await;
            page.until(words, |state| state.text.contains(words)).await;
            visit(&page, file).await;
        }

        // What was drawn beforehand needs no engine.
        page.site.break_file("engine_bg.wasm", Fault::Stalled);
        page.open("lang=zh&pack=imagenet-128").await;
        bring_axe(&page).await;
        page.until("a picture", |state| state.text.contains("预先生成")).await;
        page.press("查看全部").await;
        page.until("branches", |state| state.text.contains("动物 · ")).await;
        visit(&page, "wall").await;
    });
}

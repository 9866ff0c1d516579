//! The site, from servers of our own: `dgn serve`, and what a classroom's folder has where that cannot run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use dgn_serve::places;
use tempfile::TempDir;

/// Long enough for any machine; a server that waits for a stalled client is seen by this.
const PATIENCE: Duration = Duration::from_secs(20);
const LARGE: usize = 8 << 20;

/// A site, beside a file that is none of its own.
fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("site/index.html", b"<!doctype html><title>Page</title>");
    write("site/start.js", b"start");
    write("site/style.css", b"style");
    write("site/icon.svg", b"<svg/>");
    write("site/manifest.webmanifest", b"{}");
    write("site/engine_bg.wasm", &vec![7; LARGE]);
    write("site/weights/packs.json", b"[]");
    write("site/weights/network.safetensors", b"weights");
    write("secret.txt", b"secret");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.path().join("secret.txt"), folder.path().join("site/out.txt")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("site/start.js"), folder.path().join("site/in.js")).unwrap();
    }
    folder
}

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a program, and waits for the line with its address.
    fn start(mut program: Command) -> Self {
        let mut child = program.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut address = lines.filter_map(|line| Some(line.split_once("http://localhost:")?.1.to_owned()));
        let port = address.next().unwrap().trim_end_matches('/').parse().unwrap();
        // Whatever else it says is taken from it.
        thread::spawn(move || address.count());
        Self { child, port }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Asks, and takes the whole answer.
    fn ask(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = self.connect();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        Answer { status: head[9..12].parse().unwrap(), head: head.to_lowercase(), body: answer[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    /// In small letters.
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

fn dgn(folder: &Path) -> Command {
    let mut dgn = Command::new(env!("CARGO_BIN_EXE_dgn"));
    dgn.arg("serve").arg(folder).args(["--port", "0"]);
    dgn
}

/// A server of a classroom's folder, by the program that reads it and its own name; where there is no such program, none.
fn script(program: &str, name: &str, folder: &Path) -> Option<Command> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/classroom/server").join(name);
    Command::new(program).arg("--version").output().ok()?;
    let mut command = Command::new(program);
    command.arg(script).arg(folder).args(["--port", "0"]);
    Some(command)
}

/// What every server has to do for the page.
fn serves_the_page(server: &Server) {
    for (path, kind) in [
        ("/", "text/html"),
        ("/start.js?v=1", "text/javascript"),
        ("/style.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/engine_bg.wasm", "application/wasm"),
        ("/weights/packs.json", "application/json"),
        ("/weights/network.safetensors", "application/octet-stream"),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
        assert!(answer.header("content-type").starts_with(kind), "{path}: {}", answer.head);
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-embedder-policy"), "require-corp");
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("content-length"), answer.body.len().to_string());
        // What the browser keeps is asked for again, and not sent again.
        let since = format!("If-Modified-Since: {}\r\n", date(answer.header("last-modified")));
        let again = server.ask("GET", path, &since);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}: {}", again.head);
        let head = server.ask("HEAD", path, "");
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}: {}", head.head);
        assert_eq!(head.header("content-length"), answer.header("content-length"));
    }
    for path in [
        "/nothing.js",
        "/weights/",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/weights/..%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/C:%5cWindows%5cwin.ini",
        "/a%00b",
        #[cfg(unix)]
        "/out.txt",
    ] {
        let answer = server.get(path);
        let said = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 404, "{path}: {said}");
        assert!(said.contains("no such file") && !said.contains('<') && !said.contains("packs"), "{path}: {said}");
    }
}

/// A date's letters as HTTP has them, from the small ones that answers are read in.
fn date(small: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    small.split(' ').map(|part| word(part).replace("Gmt", "GMT")).collect::<Vec<_>>().join(" ")
}

/// Thirty browsers with six connections each, while one asks for much and takes nothing, and one never says what it wants.
fn serves_a_class(server: &Server) {
    let mut takes_nothing = server.connect();
    write!(takes_nothing, "GET /engine_bg.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut says_nothing = server.connect();
    write!(says_nothing, "GET /eng").unwrap();
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                let kept: Vec<_> = (0..5).map(|_| server.connect()).collect();
                assert_eq!(server.get("/start.js").body, b"start");
                drop(kept);
            });
        }
    });
    assert_eq!(server.get("/engine_bg.wasm").body.len(), LARGE);
}

#[test]
fn the_page_comes_with_its_types_and_headers_and_nothing_comes_from_outside_its_folder() {
    let folder = site();
    let server = Server::start(dgn(&folder.path().join("site")));
    serves_the_page(&server);
    let etag = server.get("/engine_bg.wasm").header("etag").to_owned();
    assert_eq!(server.ask("GET", "/engine_bg.wasm", &format!("If-None-Match: {etag}\r\n")).status, 304);
    let part = server.ask("GET", "/start.js", "Range: bytes=1-2\r\n");
    assert_eq!((part.status, part.body.as_slice()), (206, &b"ta"[..]));
    let refused = server.ask("POST", "/", "Content-Length: 0\r\n");
    assert_eq!((refused.status, refused.header("content-type")), (405, "text/plain; charset=utf-8"));
    #[cfg(unix)]
    assert_eq!(server.get("/in.js").body, b"start");
    // What lies packed beside a file is sent to those who can unpack it.
    fs::write(folder.path().join("site/start.js.gz"), b"packed").unwrap();
    let packed = server.ask("GET", "/start.js", "Accept-Encoding: gzip\r\n");
    assert_eq!((packed.body.as_slice(), packed.header("content-encoding")), (&b"packed"[..], "gzip"));
    assert!(packed.header("content-type").starts_with("text/javascript"));
    assert_eq!(server.get("/start.js").body, b"start");
}

#[test]
fn a_class_is_served_while_one_of_it_stalls() {
    let folder = site();
    serves_a_class(&Server::start(dgn(&folder.path().join("site"))));
}

/// Not every machine that builds has Python; Node.js each has.
#[test]
fn python_and_node_serve_the_page_where_nothing_of_ours_runs() {
    let folder = site();
    let site = folder.path().join("site");
    for server in [script("python3", "serve.py", &site), script("node", "serve.mjs", &site)].into_iter().flatten() {
        let server = Server::start(server);
        serves_the_page(&server);
        serves_a_class(&server);
    }
}

/// The start file takes our own server where it runs, and otherwise what the machine has; and it opens the page.
#[cfg(target_os = "linux")]
#[test]
fn the_start_file_serves_the_page_with_what_is_there() {
    use std::os::unix::fs::PermissionsExt;
    let folder = site();
    // A name with a space in it, as people's folders have.
    let class = folder.path().join("the class");
    for path in ["Start (Linux).sh", "server/start.sh", "server/serve.py", "server/serve.mjs"] {
        fs::create_dir_all(class.join(path).parent().unwrap()).unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/classroom").join(path);
        fs::copy(from, class.join(path)).unwrap();
    }
    fs::rename(folder.path().join("site"), class.join("site")).unwrap();
    let program = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    let (browser, opened) = (folder.path().join("bin/xdg-open"), folder.path().join("opened"));
    program(&browser, &format!("echo \"$1\" >'{}'", opened.display()));
    let start = || {
        let mut start = Command::new("sh");
        let path = std::env::var("PATH").unwrap();
        start.arg(class.join("Start (Linux).sh")).args(["--port", "0"]).env("BROWSER", &browser);
        start.env("PATH", format!("{}:{path}", browser.parent().unwrap().display()));
        Server::start(start)
    };
    let own = class.join(format!("server/dgn-serve-linux-{}", std::env::consts::ARCH));
    let dgn = env!("CARGO_BIN_EXE_dgn");
    program(&own, &format!("case $1 in --version) exec '{dgn}' --version ;; esac\nexec '{dgn}' serve \"$@\""));
    let server = start();
    assert_eq!(server.get("/start.js").header("accept-ranges"), "bytes", "our own server is the only one with parts");
    let begun = std::time::Instant::now();
    while !opened.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no browser was opened");
        thread::sleep(Duration::from_millis(10));
    }
    drop(server);
    // One for another kind of machine does not start.
    program(&own, "exit 126");
    assert_eq!(start().get("/start.js").body, b"start");
}

#[test]
fn the_class_is_told_where_to_go_and_what_it_goes_without() {
    let folder = site();
    let mut child =
        dgn(&folder.path().join("site")).arg("--lan").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    // The last word, with or without a network.
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        said += &format!("{line}\n");
        if line.contains("docs/hosting.md") || line.contains("in no network") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("http://localhost:"), "{said}");
    assert!(said.contains("in no network") || said.contains('█') && said.contains("HTTPS"), "{said}");
}

#[test]
fn what_cannot_be_served_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |more: &[&str]| {
        let run =
            Command::new(env!("CARGO_BIN_EXE_dgn")).current_dir(&folder).arg("serve").args(more).output().unwrap();
        assert_eq!(run.status.code(), Some(1));
        String::from_utf8(run.stderr).unwrap()
    };
    assert!(fails(&[]).contains("make dist"));
    assert!(fails(&["."]).contains("holds no index.html"));
    fs::write(folder.path().join("index.html"), "page").unwrap();
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = fails(&[".", "--port", &port]);
    assert!(said.contains(&port) && said.contains("--port"), "{said}");
}

#[test]
fn the_address_that_is_used_towards_others_stands_first_and_a_made_up_one_last() {
    let [home, school, made_up] = [[192, 168, 1, 2], [10, 1, 2, 3], [169, 254, 3, 4]].map(Ipv4Addr::from);
    assert_eq!(places::ordered(vec![made_up, home, school], Some(home)), [home, school, made_up]);
    assert_eq!(places::ordered(vec![made_up, home, school, school], None), [school, home, made_up]);
    assert!(places::ordered(Vec::new(), Some(home)).is_empty());
}

/// A code is light around, and its lines are of one width: 25 squares and a margin of 4 on each side, two of them in a line.
#[test]
fn an_address_is_a_square_for_cameras() {
    let code = places::code("http://192.168.1.2:8765/").unwrap();
    let lines: Vec<_> =
        code.lines().map(|line| line.trim_start_matches("\x1b[30;107m").trim_end_matches("\x1b[0m")).collect();
    assert_eq!(lines.len(), 17);
    assert!(lines.iter().all(|line| line.chars().count() == 33), "{code}");
    assert!(lines[0].trim().is_empty() && lines[2].starts_with("    █▀▀▀▀▀█"), "{code}");
}

//! `dgn serve`: the built site to the browsers of this computer, or of all computers of a classroom.
//!
//! A package of its own, since a folder for a classroom needs this and neither networks nor a graphics processor: as a
//! program by itself it is one small file without libraries. It speaks to people, so its errors are sentences.

mod connections;
pub mod places;
mod site;

/// `println!` for those who may stop listening: that is no failure.
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($argument)*);
    }};
}

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::Args;
use tokio::{net::TcpListener, runtime};

use site::Site;

/// The port where none is asked for, and how many after it are tried where it is taken.
const PORT: u16 = 8765;
const TRIED: u16 = 20;
/// How many files are read from the disk at once.
const READERS: usize = 16;

/// What is true of every address but this computer's own, and what to do about it.
const INSECURE: &str = "\
Browsers open the graphics processor (WebGPU), threads, the camera and installing only to pages from HTTPS or from their
own computer. Laptops that open the address of the class compute on the processor, by one thread, and all else works.
To give them everything, copy the whole folder onto each of them and start it there; docs/hosting.md has other ways.";

/// What serving ends in when it fails.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder that was named is no site.
    #[error("{path} holds no index.html, so it is no site. Name the folder that “make dist” has built.")]
    NoSite {
        /// The folder.
        path: PathBuf,
    },
    /// No folder was named, and there is none in the usual places.
    #[error(
        "There is neither a folder “site” beside this program nor a folder “dist” here that holds an index.html. Name the \
         site's folder, or build it with “make dist”."
    )]
    NoSiteHere,
    /// The site is there and cannot be read.
    #[error("{path} could not be read: {error}.")]
    Read {
        /// The site's folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The port is taken, or only for administrators.
    #[error("Port {port} cannot be listened on: {error}. Name another one with --port, or 0 for any that is free.")]
    Port {
        /// Its number.
        port: u16,
        /// Why.
        error: io::Error,
    },
    /// Nobody can connect at all.
    #[error("This computer takes no connections: {0}.")]
    Listen(io::Error),
}

/// What to serve, where, and to whom.
#[derive(Debug, Args)]
pub struct Serve {
    /// Folder with the site's index.html; the folder “site” beside this program, or “dist” in the present folder, where
    /// none is named.
    folder: Option<PathBuf>,
    /// Port to listen on; 0 for any that is free. Where none is named, 8765 or the next one that is free.
    #[arg(long)]
    port: Option<u16>,
    /// Serve the computers of the local network too, not this one only.
    #[arg(long)]
    lan: bool,
    /// Open the page in this computer's browser.
    #[arg(long)]
    open: bool,
}

impl Serve {
    /// Serves until the program is ended.
    ///
    /// # Errors
    /// Where there is no site, and where nobody can connect.
    pub fn run(&self) -> Result<(), ServeError> {
        let folder = self.folder()?;
        let site = Site::new(&folder).map_err(|error| ServeError::Read { path: folder.clone(), error })?;
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_blocking_threads(READERS).build().map_err(ServeError::Listen)?;
        runtime.block_on(async {
            let listener = self.listen().await?;
            let port = listener.local_addr().map_err(ServeError::Listen)?.port();
            self.tell(&folder, port);
            connections::accept(&listener, site).await.map_err(ServeError::Listen)
        })
    }

    /// The folder that was named, or the first of the usual ones that holds a site.
    fn folder(&self) -> Result<PathBuf, ServeError> {
        let is_site = |folder: &PathBuf| folder.join("index.html").is_file();
        if let Some(folder) = &self.folder {
            return if is_site(folder) { Ok(folder.clone()) } else { Err(ServeError::NoSite { path: folder.clone() }) };
        }
        let beside = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.join("site")));
        beside.into_iter().chain([PathBuf::from("dist")]).find(is_site).ok_or(ServeError::NoSiteHere)
    }

    async fn listen(&self) -> Result<TcpListener, ServeError> {
        let host = if self.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let bind = |port| TcpListener::bind(SocketAddr::from((host, port)));
        if let Some(port) = self.port {
            return bind(port).await.map_err(|error| ServeError::Port { port, error });
        }
        for port in PORT..PORT + TRIED {
            match bind(port).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                listener => return listener.map_err(|error| ServeError::Port { port, error }),
            }
        }
        bind(0).await.map_err(ServeError::Listen)
    }

    /// Says where the page is, and what is not given there.
    fn tell(&self, folder: &Path, port: u16) {
        let own = format!("http://localhost:{port}/");
        say!("Serving {} until Ctrl+C is pressed.\n", folder.display());
        say!("On this computer: {own}");
        if self.lan {
            Self::tell_class(port);
        }
        if self.open && open::that_detached(&own).is_err() {
            say!("No browser could be started. Open the address in one.");
        }
    }

    /// The addresses for the other computers of the network, the likeliest as a picture for cameras too.
    fn tell_class(port: u16) {
        let addresses: Vec<_> =
            places::own_addresses().into_iter().map(|address| format!("http://{address}:{port}/")).collect();
        let Some(first) = addresses.first() else {
            say!("This computer is in no network now, so no other one can open the page.");
            return;
        };
        say!("For the class:    {}\n", addresses.join(" or "));
        if let Some(code) = places::code(first) {
            say!("{code}\n");
        }
        say!("{INSECURE}");
    }
}

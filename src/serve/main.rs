//! The server by itself: all of `dgn serve`, in a program that is small enough for a folder of a classroom.

use std::process::ExitCode;

use clap::Parser;
use dgn_serve::Serve;

/// Serve the built site to browsers: of this computer, or with --lan of a classroom.
#[derive(Debug, Parser)]
#[command(name = "dgn-serve", version, about, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    serve: Serve,
}

fn main() -> ExitCode {
    match Arguments::parse().serve.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dgn-serve: {error}");
            ExitCode::FAILURE
        }
    }
}

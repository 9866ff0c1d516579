//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    dgn::cli::main()
}

//! `techally`: see `techally --help`.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    match techally::server::cli::run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("techally: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// The browser build has no program, only the library.
#[cfg(not(feature = "ssr"))]
fn main() {}

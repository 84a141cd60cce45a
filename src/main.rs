//! `techally`: see `techally --help`.

/// glibc keeps the 19 MiB of a password's hash in each thread's arena: 330 MB under load, 60 with this.
#[cfg(feature = "ssr")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

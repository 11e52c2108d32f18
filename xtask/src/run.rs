//! `cargo xtask run`: from a fresh clone to a running contact centre.

use std::{os::unix::process::CommandExt, path::PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::{
    machine::{self, COMPILER, NODE, SOLVER, SPEECH},
    process::{command, stream, target_folder},
    web,
};

#[derive(Args)]
pub struct Options {
    /// Starts with the wizard for a first run instead of the demonstration floor.
    #[arg(long)]
    empty: bool,
    /// Where everything is kept.
    #[arg(long, default_value = "./data")]
    data: PathBuf,
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Builds without optimising: starts sooner after a change, runs slower.
    #[arg(long, conflicts_with = "release")]
    dev: bool,
    /// Builds optimised; this is so without it.
    #[arg(long)]
    release: bool,
}

/// Builds, then becomes the server, so that Ctrl-C reaches it and nobody else.
///
/// # Errors
/// When the machine lacks something, a build fails or the server cannot be started.
pub fn run(options: &Options) -> Result<()> {
    machine::check_rust()?;
    let screens = web::folder().is_some();
    let mut needs = vec![&COMPILER, &SOLVER, &SPEECH];
    if screens {
        needs.push(&NODE);
    }
    machine::provide(&needs)?;
    if screens {
        machine::check_node()?;
        build_screens()?;
    }
    let binary = build_server(if options.dev { Profile::Dev } else { Profile::Release })?;

    let mut server = command(binary.to_str().context("the target folder is no UTF-8")?, ["serve"]);
    // Folders are meant as seen from where the command was typed.
    server.current_dir(std::env::current_dir()?);
    server.arg("--data").arg(&options.data).args(["--listen", &options.listen]);
    if !options.empty {
        server.arg("--demo");
    }
    Err(server.exec()).context("starting the server")
}

/// How the server is built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Quickly.
    Dev,
    /// To run fast.
    Release,
}

/// Builds the server and says where its binary lies.
///
/// # Errors
/// When the build fails.
pub fn build_server(profile: Profile) -> Result<PathBuf> {
    println!("building the server");
    let mut build = command("cargo", ["build", "--package", "permanence-cli", "--locked"]);
    if let Profile::Release = profile {
        build.arg("--release");
    }
    stream(build)?;
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    Ok(target_folder()?.join(folder).join("permanence"))
}

/// Builds the screens: their packages first when the lock file has changed.
///
/// # Errors
/// When npm fails.
pub fn build_screens() -> Result<()> {
    if !web::is_installed("web") {
        println!("installing the packages of the screens");
        stream(web::npm("web", &["ci", "--loglevel", "error"]))?;
        web::mark_installed("web")?;
    }
    println!("building the screens");
    stream(web::npm("web", &["run", "--silent", "build"]))
}

//! Other programs: how they are called, where their words go, how long they may take.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::clock::Stopwatch;

/// A command that starts in the root of the repository, without the variables that cargo gave us:
/// they would make build scripts believe that their inputs have changed.
pub fn command<S: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || matches!(&*text, "CARGO_MANIFEST_DIR" | "CARGO_MANIFEST_PATH" | "CARGO_BIN_NAME")
            || text == "CARGO"
        {
            command.env_remove(&name);
        }
    }
    command
}

/// The root of the repository: the folder above xtask.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root")
}

/// The command as somebody would type it.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// What a command printed on standard output.
///
/// # Errors
/// When it cannot be started or ends with an error, with what it said.
pub fn output(mut command: Command) -> Result<String> {
    let shown = shown(&command);
    let out = command.output().with_context(|| format!("starting `{shown}`"))?;
    if !out.status.success() {
        bail!(
            "`{shown}` ended with {}: {}",
            out.status,
            String::from_utf8_lossy(&out.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs a command whose words go to this terminal.
///
/// # Errors
/// When it cannot be started or ends with an error.
pub fn stream(mut command: Command) -> Result<()> {
    let shown = shown(&command);
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs a command whose words are added to `log`, and ends it when it takes longer than `limit`.
///
/// # Errors
/// When it cannot be started, ends with an error or takes too long.
pub fn logged(mut command: Command, log: &Path, limit: Duration) -> Result<()> {
    let shown = shown(&command);
    let mut file = File::options().create(true).append(true).open(log)?;
    writeln!(file, "$ {shown}")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .with_context(|| format!("starting `{shown}`"))?;
    let watch = Stopwatch::start();
    loop {
        if let Some(status) = child.try_wait()? {
            if status.success() {
                return Ok(());
            }
            bail!("`{shown}` ended with {status}");
        }
        if watch.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{shown}` was ended after {} s: something in it hangs", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Where a program lies, if it is on the PATH.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Where cargo puts what it builds.
///
/// # Errors
/// When cargo cannot say.
pub fn target_folder() -> Result<PathBuf> {
    let text = output(command("cargo", ["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target")?;
    Ok(PathBuf::from(folder))
}

/// The folder for logs of steps, made if missing.
///
/// # Errors
/// When it cannot be made.
pub fn log_folder() -> Result<PathBuf> {
    let folder = target_folder()?.join("xtask");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

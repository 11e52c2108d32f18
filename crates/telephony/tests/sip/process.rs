//! Foreign programs with files made from ours: marks such as `@PORT@` get their values.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A foreign program that runs until this is dropped.
pub struct Foreign {
    child: Child,
    /// It has children of its own, which it ends when it is asked to end.
    parent: bool,
    /// Where it was started.
    pub dir: TempDir,
}

/// A folder with copies of `tests/<folder>`, marks filled in.
pub fn filled(folder: &str, marks: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().expect("a directory");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    for entry in fs::read_dir(&from).expect("our files").flatten() {
        let mut text = fs::read_to_string(entry.path()).expect("text");
        for (mark, value) in marks {
            text = text.replace(&format!("@{mark}@"), value);
        }
        fs::write(dir.path().join(entry.file_name()), text).expect("the copy is written");
    }
    dir
}

impl Foreign {
    /// Starts it; what it prints is in `log` in its folder.
    pub fn start(program: &str, package: &str, args: &[&str], dir: TempDir, parent: bool) -> Self {
        let log = fs::File::create(dir.path().join("log")).expect("a log");
        let child = Command::new(program)
            .args(args)
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot run {program} ({error}); on Debian: `apt-get install {package}`")
            });
        Self { child, parent, dir }
    }

    /// What it printed.
    pub fn log(&self) -> String {
        let log = fs::read(self.dir.path().join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let skipped = log.chars().count().saturating_sub(6_000);
        log.chars().skip(skipped).collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may be gone already.
        if self.parent {
            let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        } else {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

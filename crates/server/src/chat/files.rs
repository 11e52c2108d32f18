//! Files that customers and agents send: which are taken, judged by their content.

/// Largest file, in bytes.
pub const FILE_MAX: usize = 10 * 1024 * 1024;

/// Longest name kept, in characters.
const NAME_MAX: usize = 120;

/// Types taken, as found by content, with the endings that name them. No SVG and no HTML: both can
/// carry scripts.
const TAKEN: [(&str, &[&str]); 13] = [
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("image/gif", &["gif"]),
    ("image/webp", &["webp"]),
    ("application/pdf", &["pdf"]),
    ("audio/mpeg", &["mp3"]),
    ("video/mp4", &["mp4"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("application/vnd.oasis.opendocument.text", &["odt"]),
    ("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    ("application/zip", &["zip"]),
    ("text/plain", &["txt", "log", "csv"]),
];

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Too large.
    #[error("the file is larger than {} MB", FILE_MAX / 1024 / 1024)]
    TooLarge,
    /// A type that is not taken, or an ending that lies about it.
    #[error("files of this type are not taken: {0}")]
    Type(String),
}

/// A file that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its name, made harmless.
    pub name: String,
    /// Its type, by content.
    pub content_type: &'static str,
}

/// Judges a file by its content; its name must agree.
///
/// # Errors
/// [`FileError`].
pub fn judge(name: &str, content: &[u8]) -> Result<Taken, FileError> {
    if content.is_empty() {
        return Err(FileError::Empty);
    }
    if content.len() > FILE_MAX {
        return Err(FileError::TooLarge);
    }
    let name = harmless(name);
    let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let found = match infer::get(content) {
        Some(kind) => kind.mime_type().to_owned(),
        None if is_text(content) => "text/plain".to_owned(),
        None => {
            return Err(FileError::Type(if ending.is_empty() { "unknown".into() } else { ending }));
        }
    };
    TAKEN
        .iter()
        .find(|(content_type, endings)| {
            *content_type == found && endings.contains(&ending.as_str())
        })
        .map(|(content_type, _)| Taken { name: name.clone(), content_type })
        .ok_or(FileError::Type(found))
}

/// The hash that a file's record carries: BLAKE3.
pub fn hash(content: &[u8]) -> [u8; 32] {
    *blake3::hash(content).as_bytes()
}

/// Plain text: UTF-8 without control signs, and nothing that a browser would take for markup.
fn is_text(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let begins = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    !begins.starts_with('<')
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The last part of a path, without signs that mean something to a shell, a header or a reader's
/// eye (a right-to-left override can hide an ending).
fn harmless(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')'))
        .collect();
    let kept = kept.trim().trim_start_matches('.');
    let cut = kept.chars().count().saturating_sub(NAME_MAX);
    let short: String = kept.chars().skip(cut).collect();
    if short.is_empty() { "file".to_owned() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn content_decides_and_the_name_must_agree() {
        for (name, content, want) in [
            ("cat.png", PNG, Ok("image/png")),
            ("notes.txt", b"hello\nworld".as_slice(), Ok("text/plain")),
            ("cat.jpg", PNG, Err(FileError::Type("image/png".into()))),
            ("page.txt", b"<script>alert(1)</script>", Err(FileError::Type("text/html".into()))),
            ("a.svg", b"<svg onload=alert(1)>", Err(FileError::Type("svg".into()))),
            (
                "a.exe",
                b"MZ\x90\0\x03\0\0\0",
                Err(FileError::Type("application/vnd.microsoft.portable-executable".into())),
            ),
            ("none", b"", Err(FileError::Empty)),
        ] {
            assert_eq!(judge(name, content).map(|t| t.content_type), want, "{name}");
        }
        assert_eq!(judge("big.txt", &vec![b'a'; FILE_MAX + 1]), Err(FileError::TooLarge));
    }

    #[test]
    fn names_are_made_harmless() {
        for (name, want) in [
            ("../../etc/passwd.txt", "passwd.txt"),
            ("C:\\Users\\a\\cv.txt", "cv.txt"),
            ("in\"voi\r\nce.txt", "invoice.txt"),
            ("ann\u{202e}txt.exe.txt", "anntxt.exe.txt"),
            ("Счёт (2).txt", "Счёт (2).txt"),
            ("...", "file"),
        ] {
            assert_eq!(harmless(name), want);
        }
        assert_eq!(harmless(&"x".repeat(500)).len(), NAME_MAX);
    }
}

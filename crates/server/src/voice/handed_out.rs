//! The sound of a recording as it leaves the house: whole or in part, with silence in the place of what
//! is redacted.

use std::{
    io::{self, SeekFrom},
    ops::Range,
    path::Path,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use telephony::media::{Silenced, silence};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};

use crate::http::error::ApiError;

/// Bytes read at a time.
const STEP: u64 = 64 * 1024;

/// What of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Bytes(Range<u64>),
    /// A part that begins after its end.
    Beyond,
}

/// Answers with the sound in `path`, or the part of it that `asked` names, with `silenced` out of it.
/// Whoever has a part of another state of it (`If-Range`) is given the whole.
///
/// # Errors
/// What the disk says.
pub async fn hand_out(
    path: &Path,
    silenced: Vec<Silenced>,
    asked: &HeaderMap,
) -> io::Result<Response> {
    let mut file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let tag = tag(length, &silenced);
    let (status, range) = match part(asked, length, &tag) {
        Part::Whole => (StatusCode::OK, 0..length),
        Part::Bytes(range) => (StatusCode::PARTIAL_CONTENT, range),
        Part::Beyond => return Ok(ApiError::beyond_end(length).into_response()),
    };
    file.seek(SeekFrom::Start(range.start)).await?;
    let sound = stream::try_unfold((file, range.start), {
        let end = range.end;
        move |(mut file, at)| {
            let silenced = silenced.clone();
            async move {
                let mut read = Vec::new();
                let wanted = (end - at).min(STEP);
                (&mut file).take(wanted).read_to_end(&mut read).await?;
                if read.is_empty() {
                    return Ok::<_, io::Error>(None);
                }
                silence(&mut read, at, &silenced);
                let next = at + read.len() as u64;
                Ok(Some((Bytes::from(read), (file, next))))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(sound));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let of = format!("bytes {}-{}/{length}", range.start, range.end - 1);
        if let Ok(of) = HeaderValue::from_str(&of) {
            headers.insert(header::CONTENT_RANGE, of);
        }
    }
    Ok(response)
}

/// The name of one state of the sound: another one as soon as something else is silent in it.
fn tag(length: u64, silenced: &[Silenced]) -> String {
    let mut hasher = blake3::Hasher::new();
    for span in silenced {
        hasher.update(&span.from.as_nanos().to_le_bytes());
        hasher.update(&span.until.as_nanos().to_le_bytes());
        hasher.update(&[u8::from(span.customer), u8::from(span.agents)]);
    }
    format!("\"{length:x}-{}\"", &hasher.finalize().to_hex()[..16])
}

/// One part at most (RFC 9110 section 14.2): whoever asks for several at once, or in a way that cannot
/// be read, is given the whole.
fn part(asked: &HeaderMap, length: u64, tag: &str) -> Part {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let of_another = text(header::IF_RANGE).is_some_and(|held| held != tag);
    let named = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((from, until)) = named.filter(|_| !of_another).and_then(|named| named.split_once('-'))
    else {
        return Part::Whole;
    };
    let number = |text: &str| match text.trim() {
        digits if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            // More than can be counted is after any end.
            Some(digits.parse().unwrap_or(u64::MAX))
        }
        _ => None,
    };
    match (number(from), number(until), from.trim().is_empty(), until.trim().is_empty()) {
        (Some(from), Some(until), ..) if until < from => Part::Whole,
        (Some(from), ..)
            if from >= length && (number(until).is_some() || until.trim().is_empty()) =>
        {
            Part::Beyond
        }
        (Some(from), Some(until), ..) => Part::Bytes(from..until.saturating_add(1).min(length)),
        (Some(from), None, _, true) => Part::Bytes(from..length),
        (None, Some(last), true, _) if last == 0 || length == 0 => Part::Beyond,
        (None, Some(last), true, _) => Part::Bytes(length.saturating_sub(last)..length),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_given_and_anything_else_is_the_whole() {
        for (asked, want) in [
            (None, Part::Whole),
            (Some("bytes=0-"), Part::Bytes(0..1_000)),
            (Some("bytes=10-19"), Part::Bytes(10..20)),
            (Some("bytes=990-5000"), Part::Bytes(990..1_000)),
            (Some("bytes=999-99999999999999999999999"), Part::Bytes(999..1_000)),
            (Some("bytes=-10"), Part::Bytes(990..1_000)),
            (Some("bytes=-5000"), Part::Bytes(0..1_000)),
            (Some("bytes=1000-"), Part::Beyond),
            (Some("bytes=99999999999999999999999-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=20-10"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("bytes=2000-1,5"), Part::Whole),
            (Some("bytes=-"), Part::Whole),
            (Some("bytes=+1-2"), Part::Whole),
            (Some("seconds=0-1"), Part::Whole),
            (Some("bytes"), Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(asked) = asked {
                headers.insert(header::RANGE, HeaderValue::from_static(asked));
            }
            assert_eq!(part(&headers, 1_000, "\"a\""), want, "{asked:?}");
            for (held, still) in [("\"a\"", want), ("\"b\"", Part::Whole)] {
                headers.insert(header::IF_RANGE, HeaderValue::from_static(held));
                assert_eq!(part(&headers, 1_000, "\"a\""), still, "{asked:?} with {held}");
            }
        }
    }
}

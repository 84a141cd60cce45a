//! Objects: put, read, listed, copied, deleted.

use super::{
    BUCKET,
    answers::{Refusal, moment, xml},
    folder::Folder,
    range,
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::{
    collections::HashMap,
    fmt::Write,
    fs::Metadata,
    io::{self, SeekFrom},
    path::Path,
};
use tokio::{
    fs::{self, File},
    io::{AsyncReadExt, AsyncSeekExt},
};

/// Bytes that are read and sent together.
const PIECE: usize = 64 * 1024;
/// Most names of a page.
const PAGE: usize = 1_000;

/// Changes with each write.
fn tag(data: &Metadata) -> String {
    let time =
        data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    format!("\"{:x}-{:x}\"", data.len(), time.as_nanos())
}

async fn find(folder: &Folder, key: &str) -> Result<(File, Metadata), Refusal> {
    let file = File::open(folder.object(key)?).await.map_err(missing)?;
    let data = file.metadata().await?;
    if data.is_file() { Ok((file, data)) } else { Err(Refusal::NoSuchKey) }
}

fn missing(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refusal::NoSuchKey,
        _ => Refusal::Broken(error),
    }
}

pub(super) async fn put(folder: &Folder, key: &str, body: Body, signed: &str) -> Result<Response, Refusal> {
    let path = folder.object(key)?;
    let draft = folder.receive(body, signed).await?;
    let tag = tag(&fs::metadata(draft.path()).await?);
    draft.rename(&path).await?;
    Ok([(header::ETAG, tag)].into_response())
}

pub(super) async fn head(folder: &Folder, key: &str) -> Result<Response, Refusal> {
    let (_, data) = find(folder, key).await?;
    Ok([(header::ETAG, tag(&data)), (header::CONTENT_LENGTH, data.len().to_string())].into_response())
}

pub(super) async fn get(
    folder: &Folder,
    key: &str,
    headers: &HeaderMap,
    query: &HashMap<String, String>,
) -> Result<Response, Refusal> {
    let (mut file, data) = find(folder, key).await?;
    let size = data.len();
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let asked = asked.map(|header| range::of(header, size)).transpose()?.flatten();
    let (first, count) = asked.unwrap_or((0, size));
    file.seek(SeekFrom::Start(first)).await?;
    let pieces = stream::try_unfold((file, count), async |(mut file, left)| {
        let room = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        if room == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; room];
        match file.read(&mut piece).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            read => {
                piece.truncate(read);
                Ok(Some((Bytes::from(piece), (file, left - read as u64))))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(pieces.fuse()));
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_LENGTH, count.into());
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let mut say = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            answer.insert(name, value);
        }
    };
    say(header::ETAG, &tag(&data));
    // types are in the rows of files; a link says its own
    say(header::CONTENT_TYPE, query.get("response-content-type").map_or("application/octet-stream", String::as_str));
    for (parameter, name) in [
        ("response-content-disposition", header::CONTENT_DISPOSITION),
        ("response-cache-control", header::CACHE_CONTROL),
    ] {
        if let Some(text) = query.get(parameter) {
            say(name, text);
        }
    }
    if asked.is_some() {
        say(header::CONTENT_RANGE, &format!("bytes {first}-{}/{size}", first + count - 1));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

pub(super) async fn copy(folder: &Folder, from: &HeaderValue, key: &str) -> Result<Response, Refusal> {
    let from = from.to_str().map_err(|_| Refusal::InvalidArgument)?;
    let from = from.strip_prefix('/').unwrap_or(from);
    let from = from.strip_prefix(BUCKET).and_then(|rest| rest.strip_prefix('/')).ok_or(Refusal::NoSuchBucket)?;
    let (from, to, draft) = (folder.object(from)?, folder.object(key)?, folder.draft());
    // the kernel copies, or shares the blocks where the file system can
    fs::copy(&from, draft.path()).await.map_err(missing)?;
    File::open(draft.path()).await?.sync_all().await?;
    let data = fs::metadata(draft.path()).await?;
    draft.rename(&to).await?;
    let (time, tag) = (moment(data.modified()), tag(&data));
    Ok(xml("CopyObjectResult", &format!("<LastModified>{time}</LastModified><ETag>{tag}</ETag>")))
}

pub(super) async fn delete(folder: &Folder, key: &str) -> Result<Response, Refusal> {
    let path = folder.object(key)?;
    match fs::remove_file(&path).await.map_err(missing) {
        Ok(()) | Err(Refusal::NoSuchKey) => {}
        Err(refusal) => return Err(refusal),
    }
    // empty folders go, up to the first that isn't
    for parent in path.ancestors().skip(1).take_while(|parent| *parent != folder.objects()) {
        if fs::remove_dir(parent).await.is_err() {
            break;
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn list(folder: &Folder, query: &HashMap<String, String>) -> Result<Response, Refusal> {
    let prefix = query.get("prefix").cloned().unwrap_or_default();
    let most = query.get("max-keys").and_then(|text| text.parse().ok()).unwrap_or(PAGE).min(PAGE);
    let after = query.get("continuation-token").or_else(|| query.get("start-after")).cloned().unwrap_or_default();
    let root = folder.objects();
    // walking a folder is quick and blocks
    let walked = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        walk(&root, "", &prefix, &after, most + 1, &mut found)?;
        io::Result::Ok(found)
    });
    let mut found = walked.await.map_err(io::Error::other)??;
    let is_cut = found.len() > most;
    found.truncate(most);
    let mut inside =
        format!("<Name>{BUCKET}</Name><KeyCount>{}</KeyCount><IsTruncated>{is_cut}</IsTruncated>", found.len());
    if let Some((last, _)) = found.last().filter(|_| is_cut) {
        let _ = write!(inside, "<NextContinuationToken>{last}</NextContinuationToken>");
    }
    for (key, data) in &found {
        let (time, tag, size) = (moment(data.modified()), tag(data), data.len());
        let _ = write!(
            inside,
            "<Contents><Key>{key}</Key><LastModified>{time}</LastModified><ETag>{tag}</ETag><Size>{size}</Size></Contents>"
        );
    }
    Ok(xml("ListBucketResult", &inside))
}

/// Objects after a name, in the order of their names, until there are so many.
fn walk(
    folder: &Path,
    path: &str,
    prefix: &str,
    after: &str,
    most: usize,
    found: &mut Vec<(String, Metadata)>,
) -> io::Result<()> {
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        // deleted meanwhile
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // a folder sorts as its name with a slash, as the names of what is in it do
        let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
        names.push((format!("{path}{name}{slash}"), entry));
    }
    names.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, entry) in names {
        if found.len() >= most {
            break;
        }
        let matches = name.starts_with(prefix) || prefix.starts_with(&name);
        if name.ends_with('/') {
            // all in it comes before where we go on
            let is_over = name.as_str() < after && !after.starts_with(&name);
            if matches && !is_over {
                walk(&entry.path(), &name, prefix, after, most, found)?;
            }
        } else if name.starts_with(prefix) && name.as_str() > after {
            match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                data => found.push((name, data?)),
            }
        }
    }
    Ok(())
}

//! Multipart uploads: a folder each, with the name in `key` and a file a part: its number and its hash.

use super::{
    BUCKET,
    answers::{Refusal, moment, xml},
    folder::Folder,
};
use axum::{
    body::{Body, to_bytes},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    fs::Metadata,
    io,
    path::{Path, PathBuf},
};
use tokio::fs;
use uuid::Uuid;

/// No part but the last may be smaller.
const SMALLEST: u64 = 5 << 20;
/// Largest number of a part.
const MOST_PARTS: u32 = 10_000;
/// Largest list of parts.
const LARGEST_LIST: usize = 4 << 20;

/// A part that is there.
struct Part {
    path: PathBuf,
    hash: String,
    data: Metadata,
}

async fn parts_in(folder: &Path) -> io::Result<BTreeMap<u32, Part>> {
    let mut parts = BTreeMap::new();
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().into_string().unwrap_or_default();
        if let Some((number, hash)) = name.split_once('-')
            && let Ok(number) = number.parse()
        {
            parts.insert(number, Part { path: entry.path(), hash: hash.to_owned(), data: entry.metadata().await? });
        }
    }
    Ok(parts)
}

pub(super) async fn begin(folder: &Folder, key: &str) -> Result<Response, Refusal> {
    folder.object(key)?;
    let id = Uuid::new_v4().simple().to_string();
    let upload = folder.uploads().join(&id);
    fs::create_dir(&upload).await?;
    fs::write(upload.join("key"), key).await?;
    Ok(xml(
        "InitiateMultipartUploadResult",
        &format!("<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>"),
    ))
}

pub(super) async fn put_part(
    folder: &Folder,
    key: &str,
    upload: &str,
    query: &HashMap<String, String>,
    body: Body,
    signed: &str,
) -> Result<Response, Refusal> {
    let upload = folder.upload(upload, key).await?;
    let number: u32 = query.get("partNumber").and_then(|text| text.parse().ok()).unwrap_or_default();
    if !(1..=MOST_PARTS).contains(&number) {
        return Err(Refusal::InvalidArgument);
    }
    let draft = folder.receive(body, signed).await?;
    let before = parts_in(&upload).await?.remove(&number);
    let path = upload.join(format!("{number}-{signed}"));
    // its folder isn't made anew when the upload has ended meanwhile
    fs::rename(draft.path(), &path).await.map_err(|_| Refusal::NoSuchUpload)?;
    if let Some(before) = before.filter(|before| before.path != path) {
        let _ = fs::remove_file(before.path).await;
    }
    Ok([(header::ETAG, format!("\"{signed}\""))].into_response())
}

pub(super) async fn parts(folder: &Folder, key: &str, upload: &str) -> Result<Response, Refusal> {
    let path = folder.upload(upload, key).await?;
    let mut inside = format!(
        "<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId><IsTruncated>false</IsTruncated>"
    );
    for (number, part) in parts_in(&path).await? {
        let (time, hash, size) = (moment(part.data.modified()), part.hash, part.data.len());
        let _ = write!(
            inside,
            "<Part><PartNumber>{number}</PartNumber><LastModified>{time}</LastModified><ETag>\"{hash}\"</ETag><Size>{size}</Size></Part>"
        );
    }
    Ok(xml("ListPartsResult", &inside))
}

pub(super) async fn list(folder: &Folder) -> Result<Response, Refusal> {
    let mut inside = format!("<Bucket>{BUCKET}</Bucket><IsTruncated>false</IsTruncated>");
    let mut uploads = fs::read_dir(folder.uploads()).await?;
    while let Some(upload) = uploads.next_entry().await? {
        let path = upload.path().join("key");
        let (Ok(key), Ok(data)) = (fs::read_to_string(&path).await, fs::metadata(&path).await) else { continue };
        let (id, time) = (upload.file_name().into_string().unwrap_or_default(), moment(data.modified()));
        let _ =
            write!(inside, "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{time}</Initiated></Upload>");
    }
    Ok(xml("ListMultipartUploadsResult", &inside))
}

pub(super) async fn abort(folder: &Folder, key: &str, upload: &str) -> Result<Response, Refusal> {
    let path = folder.upload(upload, key).await?;
    fs::remove_dir_all(path).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn complete(
    folder: &Folder,
    key: &str,
    upload: &str,
    body: Body,
    signed: &str,
) -> Result<Response, Refusal> {
    let path = folder.upload(upload, key).await?;
    let body = to_bytes(body, LARGEST_LIST).await.map_err(|_| Refusal::InvalidArgument)?;
    if crate::server::hex::hex(&Sha256::digest(&body)) != signed {
        return Err(Refusal::BodyDoesNotMatch);
    }
    let wanted = parse(std::str::from_utf8(&body).unwrap_or_default()).ok_or(Refusal::InvalidArgument)?;
    let mut there = parts_in(&path).await?;
    if !wanted.is_sorted_by(|(one, _), (other, _)| one < other) {
        return Err(Refusal::InvalidPartOrder);
    }
    let mut files = Vec::new();
    for (at, (number, hash)) in wanted.iter().enumerate() {
        let part = there.remove(number).filter(|part| part.hash == *hash).ok_or(Refusal::InvalidPart)?;
        if at + 1 < wanted.len() && part.data.len() < SMALLEST {
            return Err(Refusal::EntityTooSmall);
        }
        files.push(part.path);
    }
    let (draft, to) = (folder.draft(), folder.object(key)?);
    let into = draft.path().to_owned();
    tokio::task::spawn_blocking(move || join(&files, &into)).await.map_err(io::Error::other)??;
    draft.rename(&to).await?;
    // the upload is over, whatever becomes of its parts
    let _ = fs::remove_dir_all(&path).await;
    let tag = format!("{signed}-{}", wanted.len());
    Ok(xml(
        "CompleteMultipartUploadResult",
        &format!("<Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>\"{tag}\"</ETag>"),
    ))
}

/// One file of several; the kernel copies.
fn join(files: &[PathBuf], into: &Path) -> io::Result<()> {
    let mut whole = std::fs::File::create_new(into)?;
    for file in files {
        io::copy(&mut std::fs::File::open(file)?, &mut whole)?;
    }
    whole.sync_all()
}

/// Numbers and hashes of `<Part>`s.
fn parse(text: &str) -> Option<Vec<(u32, String)>> {
    let between = |text: &str, tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
    };
    let parts: Vec<(u32, String)> = text
        .split("<Part>")
        .skip(1)
        .map(|part| {
            let etag = between(part, "ETag")?.replace("&quot;", "\"");
            Some((between(part, "PartNumber")?.trim().parse().ok()?, etag.trim_matches('"').to_owned()))
        })
        .collect::<Option<_>>()?;
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lists_of_parts_are_read_in_any_order_of_their_fields() {
        let text = "<CompleteMultipartUpload><Part><ETag>&quot;aa&quot;</ETag><PartNumber>1</PartNumber></Part>\
                    <Part><PartNumber>2</PartNumber><ETag>\"bb\"</ETag></Part></CompleteMultipartUpload>";
        assert_eq!(parse(text), Some(vec![(1, "aa".to_owned()), (2, "bb".to_owned())]));
        for wrong in ["", "<Part></Part>", "<Part><PartNumber>x</PartNumber><ETag>a</ETag></Part>"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

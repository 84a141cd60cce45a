//! The folder: names that lead nowhere else, and files that are whole before they have their name.

use super::answers::Refusal;
use crate::server::hex::hex;
use axum::body::Body;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::{
    fs::Permissions,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};
use uuid::Uuid;

/// Drafts that are older were left by a process that ended.
const FORGOTTEN: Duration = Duration::from_hours(24);
/// Longest name.
const LONGEST_NAME: usize = 500;

pub(super) struct Folder {
    root: PathBuf,
}

/// A file that isn't whole yet; deleted unless it gets its name.
pub(super) struct Draft {
    path: PathBuf,
}

impl Drop for Draft {
    fn drop(&mut self) {
        // gone already when it has its name
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Draft {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name, in place of what had it.
    pub(super) async fn rename(self, to: &Path) -> io::Result<()> {
        let Some(folder) = to.parent() else { return Err(io::Error::other("a name without a folder")) };
        // whoever deletes the last object of a folder deletes the folder
        for _ in 0..3 {
            fs::create_dir_all(folder).await?;
            match fs::rename(&self.path, to).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => {
                    done?;
                    return File::open(folder).await?.sync_all().await;
                }
            }
        }
        Err(io::Error::other("the folder of a name is deleted again and again"))
    }
}

impl Folder {
    pub(super) async fn open(root: &Path) -> io::Result<Self> {
        for part in ["objects", "uploads", "drafts"] {
            fs::create_dir_all(root.join(part)).await?;
        }
        fs::set_permissions(root, Permissions::from_mode(0o700)).await?;
        let mut drafts = fs::read_dir(root.join("drafts")).await?;
        while let Some(draft) = drafts.next_entry().await? {
            let age = draft
                .metadata()
                .await
                .and_then(|data| data.modified())
                .map(|time| SystemTime::now().duration_since(time));
            if matches!(age, Ok(Ok(age)) if age > FORGOTTEN) {
                let _ = fs::remove_file(draft.path()).await;
            }
        }
        Ok(Self { root: root.to_owned() })
    }

    pub(super) fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// Where an object is.
    pub(super) fn object(&self, key: &str) -> Result<PathBuf, Refusal> {
        if !is_name(key) {
            return Err(Refusal::InvalidArgument);
        }
        Ok(self.objects().join(key))
    }

    /// Where the parts of an upload are, when there is one of this name.
    pub(super) async fn upload(&self, upload: &str, key: &str) -> Result<PathBuf, Refusal> {
        let id: Uuid = upload.parse().map_err(|_| Refusal::NoSuchUpload)?;
        let folder = self.uploads().join(id.simple().to_string());
        match fs::read_to_string(folder.join("key")).await {
            Ok(name) if name == key => Ok(folder),
            _ => Err(Refusal::NoSuchUpload),
        }
    }

    pub(super) fn draft(&self) -> Draft {
        Draft { path: self.root.join("drafts").join(Uuid::new_v4().simple().to_string()) }
    }

    /// Writes a body, checks it against the hash that was signed, and has it on the disk.
    pub(super) async fn receive(&self, body: Body, signed: &str) -> Result<Draft, Refusal> {
        let draft = self.draft();
        let mut file = File::create_new(&draft.path).await?;
        let (mut pieces, mut hash) = (body.into_data_stream(), Sha256::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Refusal::BodyDoesNotMatch)?;
            hash.update(&piece);
            file.write_all(&piece).await?;
        }
        if hex(&hash.finalize()) != signed {
            return Err(Refusal::BodyDoesNotMatch);
        }
        file.flush().await?;
        file.sync_all().await?;
        Ok(draft)
    }
}

/// Names that the files of this program have: no dots that lead out, nothing that an address or XML would escape.
pub(super) fn is_name(key: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    key.len() <= LONGEST_NAME && key.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert!(is_name("export/ab/cd/abcd") && is_name("writing/0192f3a4-5b6c") && is_name("a.csv"));
        for wrong in
            ["", "/", "a/", "/a", "a//b", "..", "a/../b", ".hidden", "a/.b", "a%2fb", "a\\b", "a b", "ä", "a\0"]
        {
            assert!(!is_name(wrong), "{wrong:?}");
        }
        assert!(!is_name(&"a".repeat(501)));
    }
}

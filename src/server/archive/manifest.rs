//! The list of what an archive holds, and the files it is about.

use super::{ArchiveError, Month};
use crate::server::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    path::Path,
};

/// Name of the manifest in its folder.
const FILE: &str = "manifest.json";
/// Layout of folder and manifest; grows when they change.
const FORMAT: u32 = 1;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of folder and manifest.
    pub format: u32,
    /// The month, `2024-01`.
    pub month: String,
    /// The last migration of the database it was taken from.
    pub migration: i64,
    /// When, in UTC, RFC 3339.
    pub made_at: String,
    /// Its files.
    pub tables: Vec<TableFile>,
}

/// The rows of one table: `NAME.copy`, as `COPY … TO STDOUT` writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// The table.
    pub table: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub(super) fn new(month: Month, migration: i64, made_at: String) -> Self {
        Self { format: FORMAT, month: month.to_string(), migration, made_at, tables: Vec::new() }
    }

    /// Rows of one table.
    #[must_use]
    pub fn rows_of(&self, table: &str) -> u64 {
        self.tables.iter().find(|file| file.table == table).map_or(0, |file| file.rows)
    }

    /// Rows and bytes of all tables.
    #[must_use]
    pub fn total(&self) -> (u64, u64) {
        self.tables.iter().fold((0, 0), |(rows, bytes), file| (rows + file.rows, bytes + file.bytes))
    }

    /// The month.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn month(&self, folder: &Path) -> Result<Month, ArchiveError> {
        self.month.parse().map_err(|why| ArchiveError::Unusable { folder: folder.to_owned(), why })
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), ArchiveError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).map_err(|error| at(&path)(error.into()))?;
        let mut file = private(&path)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(at(&path))
    }

    /// Reads the manifest of a folder and compares every file with it.
    ///
    /// # Errors
    /// When something is missing or not as it was written.
    pub fn read(folder: &Path) -> Result<Self, ArchiveError> {
        let unusable = |why: String| ArchiveError::Unusable { folder: folder.to_owned(), why };
        let path = folder.join(FILE);
        let text = fs::read(&path).map_err(at(&path))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| unusable(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(unusable(format!("its format is {}, this program reads {FORMAT}", manifest.format)));
        }
        for file in &manifest.tables {
            let (bytes, sha256) = digest(&folder.join(file.name()))?;
            if (bytes, &sha256) != (file.bytes, &file.sha256) {
                return Err(unusable(format!("{} is not the file that was written", file.name())));
            }
        }
        Ok(manifest)
    }
}

impl TableFile {
    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}.copy", self.table)
    }
}

/// A new folder with people's data in it, in the place of what an earlier attempt left: for its owner alone.
pub(super) fn make_folder(path: &Path) -> Result<(), ArchiveError> {
    use std::os::unix::fs::DirBuilderExt;
    if path.exists() {
        fs::remove_dir_all(path).map_err(at(path))?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// Gives a folder that is whole its name, both on the disk.
pub(super) fn put_in_place(made: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let sync = |path: &Path| File::open(path).and_then(|folder| folder.sync_all()).map_err(at(path));
    sync(made)?;
    fs::rename(made, folder).map_err(at(folder))?;
    sync(folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// A new file with people's data in it: for its owner alone.
pub(super) fn private(path: &Path) -> Result<File, ArchiveError> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(at(path))
}

/// Puts a path to an error of the disk.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |error| ArchiveError::Disk { path, error }
}

fn digest(path: &Path) -> Result<(u64, String), ArchiveError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut piece).map_err(at(path))?;
        if read == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
}

//! A disk that is full for a while.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::super::Redb;
use super::super::file::{File, with_backend};
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::Batch;
use crate::store::clock::Clock;
use crate::store::suite::folder::Folder;

/// A file on a disk that may be full.
#[derive(Debug)]
struct Filling {
    file: FileBackend,
    is_full: Arc<AtomicBool>,
}

impl Filling {
    fn check(&self) -> io::Result<()> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Filling {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.file.write(offset, data)
    }
}

#[tokio::test]
async fn writing_goes_on_when_there_is_room_again() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let is_full = Arc::new(AtomicBool::new(false));
    let full = Arc::clone(&is_full);
    let open = move |path: &std::path::Path| {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        with_backend(Filling { file: FileBackend::new(file)?, is_full: Arc::clone(&full) })
    };
    let store = Redb::over(File::opened_by(&path, Box::new(open)), Clock::System).unwrap();
    store.commit(Batch::new().put("before", "1", None).append("log", "1", None)).await.unwrap();

    is_full.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        let batch = Batch::new().put("during", vec![1; 1 << 20], None).append("log", "2", None);
        let error = store.commit(batch).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{}", error.report());
        let message = error.to_string();
        assert!(message.ends_with("the disk is full; free some space"), "{message}");
    }

    is_full.store(false, Ordering::SeqCst);
    store.commit(Batch::new().put("after", "1", None).append("log", "3", None)).await.unwrap();
    assert_eq!(store.get("before").await.unwrap().unwrap().value, "1");
    assert_eq!(store.get("after").await.unwrap().unwrap().value, "1");
    assert_eq!(store.get("during").await.unwrap(), None);
    let entries = store.entries("log", 0, 9).await.unwrap();
    assert_eq!(entries, [(1, "1".into()), (2, "3".into())]);
}

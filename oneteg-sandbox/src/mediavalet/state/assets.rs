//! The assets of a library: those that are stored, and those that are computed when they are read.
//!
//! ```text
//! generated -- changed --> stored under the same id
//! generated -- removed --> gone
//! ```
//! Everything about a generated asset follows from its number: it is a text file in the root category, uploaded a
//! second after the one before it, and before everything else.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use super::asset::Asset;
use super::blobs::Blob;
use super::clock::EPOCH;
use super::file::MediaFile;
use super::numbers::Numbers;
use super::store::ROOT_CATEGORY;
use super::uuid_table::{UuidTable, kinds, uuid};

/// A stored asset, or a generated one.
#[derive(Debug)]
pub(crate) enum AssetRef<'a> {
    Stored(&'a Asset),
    Generated(Box<Asset>),
}

impl Deref for AssetRef<'_> {
    type Target = Asset;

    fn deref(&self) -> &Asset {
        match self {
            Self::Stored(asset) => asset,
            Self::Generated(asset) => asset,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Assets {
    stored: UuidTable<Asset>,
    /// Generated assets have the numbers from 1 to this one.
    last_generated: u64,
    /// The numbers of generated assets that are stored by now, or gone.
    taken: BTreeSet<u64>,
}

impl Assets {
    pub(crate) fn new(generated: u64) -> Self {
        Self {
            stored: UuidTable::new(kinds::ASSET),
            last_generated: generated,
            taken: BTreeSet::new(),
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<AssetRef<'_>> {
        match self.stored.get(id) {
            Some(asset) => Some(AssetRef::Stored(asset)),
            None => Some(self.generated(self.number(id)?)),
        }
    }

    /// An asset to change. A generated one is stored first.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Asset> {
        if let Some(number) = self.number(id) {
            self.taken.insert(number);
            let asset = build(number, self.last_generated);
            self.stored.insert(id, asset);
        }
        self.stored.get_mut(id)
    }

    pub(crate) fn insert(&mut self, id: &str, asset: Asset) {
        self.stored.insert(id, asset);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Asset> {
        self.get_mut(id)?;
        self.stored.remove(id)
    }

    pub(crate) fn stored(&self) -> impl Iterator<Item = (&str, &Asset)> {
        self.stored.iter()
    }

    pub(crate) fn stored_mut(&mut self) -> impl Iterator<Item = (&str, &mut Asset)> {
        self.stored.iter_mut()
    }

    /// The numbers of the generated assets that are not stored.
    pub(crate) fn generated_numbers(&self) -> Numbers {
        Numbers::range(1, self.last_generated).without(&self.taken)
    }

    /// The generated asset with one of [`Assets::generated_numbers`].
    pub(crate) fn generated(&self, number: u64) -> AssetRef<'_> {
        AssetRef::Generated(Box::new(build(number, self.last_generated)))
    }

    /// The number of assets that are not soft-deleted.
    pub(crate) fn count(&self) -> u64 {
        let stored = self.stored().filter(|(_, asset)| asset.soft_deleted.is_none()).count();
        stored as u64 + self.generated_numbers().len()
    }

    /// The bytes of all versions of all assets.
    pub(crate) fn bytes(&self) -> u64 {
        let files = self.stored().flat_map(|(_, asset)| &asset.files);
        let stored: u64 = files.map(|file| file.blob.length).sum();
        stored + self.generated_numbers().len() * content(1).len() as u64
    }

    /// The file of a generated asset, by its name in the blob storage.
    pub(crate) fn generated_blob(&self, blob_name: &str) -> Option<Arc<Blob>> {
        let id = blob_name.strip_prefix("assets/")?.strip_suffix(".txt")?;
        Some(self.generated(self.number(id)?).file().blob.clone())
    }

    /// The number of the generated asset with this id.
    fn number(&self, id: &str) -> Option<u64> {
        let digits = id.rsplit('-').next()?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        let exists = (1..=self.last_generated).contains(&number) && !self.taken.contains(&number);
        (exists && uuid(kinds::GENERATED_ASSET, number) == id).then_some(number)
    }
}

/// The content of a generated file. All of them have the same length up to the number 999,999,999.
fn content(number: u64) -> String {
    format!("Generated asset {number:09}\n")
}

fn build(number: u64, last: u64) -> Asset {
    let id = uuid(kinds::GENERATED_ASSET, number);
    let file_id = uuid(kinds::GENERATED_FILE, number);
    let before = i64::try_from(last.saturating_sub(number)).unwrap_or(i64::MAX);
    let at = (EPOCH - 1).saturating_sub(before);
    let name = format!("generated-{number:09}.txt");
    let etag = format!("\"{file_id}\"");
    let blob = Arc::new(Blob::from_bytes(content(number), etag));
    let file = MediaFile::new(file_id, &name, &format!("assets/{id}.txt"), blob, at);
    let mut asset = Asset::new(id, file, format!("Generated {number:09}"), at);
    asset.categories.push(ROOT_CATEGORY.to_owned());
    asset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_asset_is_stored_when_it_changes_and_gone_when_it_is_removed() {
        let mut assets = Assets::new(3);
        let id = |number| uuid(kinds::GENERATED_ASSET, number);
        assert_eq!(assets.get(&id(2)).unwrap().title, "Generated 000000002");
        assert!(assets.get(&id(1)).unwrap().created < assets.get(&id(2)).unwrap().created);
        assert!(assets.get(&id(4)).is_none() && assets.get(&id(0)).is_none());
        assert_eq!((assets.stored().count(), assets.count()), (0, 3));
        assets.get_mut(&id(2)).unwrap().title = "Changed".into();
        assert_eq!(assets.get(&id(2)).unwrap().title, "Changed");
        assert_eq!((assets.stored().count(), assets.count()), (1, 3));
        assert!(assets.remove(&id(2)).is_some() && assets.remove(&id(1)).is_some());
        assert!(assets.get(&id(2)).is_none() && assets.get_mut(&id(1)).is_none());
        assert_eq!(assets.generated_numbers(), Numbers::range(3, 3));
        assert_eq!(assets.bytes(), 26);
        let blob = assets.generated_blob(&format!("assets/{}.txt", id(3))).unwrap();
        assert_eq!(&blob.bytes()[..], b"Generated asset 000000003\n");
    }
}

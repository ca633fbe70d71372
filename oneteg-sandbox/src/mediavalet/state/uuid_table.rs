//! Objects of one kind by id, in order of creation.

use std::collections::BTreeMap;

/// The first group of an id's digits, by kind of object.
pub(crate) mod kinds {
    pub(crate) const ASSET: u32 = 0xa55e_7000;
    pub(crate) const CATEGORY: u32 = 0xca7e_6000;
    pub(crate) const ATTRIBUTE: u32 = 0xa771_0000;
    pub(crate) const KEYWORD: u32 = 0x4e79_0000;
    pub(crate) const LIGHTBOX: u32 = 0x11b0_0000;
    pub(crate) const SAVED_SEARCH: u32 = 0x5ea0_0000;
    pub(crate) const FILE: u32 = 0xf11e_0000;
    pub(crate) const RENDITION: u32 = 0x4e4d_0000;
    pub(crate) const USER: u32 = 0x05e7_0000;
    pub(crate) const LIBRARY: u32 = 0x11b4_0000;
    pub(crate) const ORG_UNIT: u32 = 0x0496_0000;
    pub(crate) const COMMENT: u32 = 0xc033_0000;
    pub(crate) const GROUP: u32 = 0x6409_0000;
    pub(crate) const DIRECT_LINK: u32 = 0xd1ec_0000;
    pub(crate) const DOWNLOAD: u32 = 0xd09a_0000;
    pub(crate) const ATTRIBUTE_GROUP: u32 = 0xa776_0000;
    pub(crate) const KEYWORD_GROUP: u32 = 0x4e76_0000;
    pub(crate) const PERSON: u32 = 0xbe45_0000;
    pub(crate) const NOTIFICATION: u32 = 0x407e_0000;
    pub(crate) const PORTAL: u32 = 0xb047_0000;
    pub(crate) const CROP_TEMPLATE: u32 = 0xc409_0000;
    pub(crate) const HISTORY: u32 = 0x4157_0000;
    pub(crate) const SUBSCRIPTION: u32 = 0x5b5c_0000;
    pub(crate) const GENERATED_ASSET: u32 = 0xa55e_7001;
    pub(crate) const GENERATED_FILE: u32 = 0xf11e_0001;
    pub(crate) const EVENT: u32 = 0xe7e4_0000;
}

/// A UUID made of the kind and a number, so that ids sort in order of creation.
pub(crate) fn uuid(kind: u32, number: u64) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

/// A table that numbers its ids.
#[derive(Debug)]
pub(crate) struct UuidTable<T> {
    kind: u32,
    rows: BTreeMap<String, T>,
    last_number: u64,
}

impl<T> UuidTable<T> {
    pub(crate) fn new(kind: u32) -> Self {
        Self { kind, rows: BTreeMap::new(), last_number: 0 }
    }

    /// Reserves an id. It is never issued again, not even after a removal.
    pub(crate) fn next_id(&mut self) -> String {
        self.last_number += 1;
        uuid(self.kind, self.last_number)
    }

    /// Adds a row and returns its id.
    pub(crate) fn add(&mut self, row: T) -> String {
        let id = self.next_id();
        self.rows.insert(id.clone(), row);
        id
    }

    /// Adds or replaces the row with this id.
    pub(crate) fn insert(&mut self, id: &str, row: T) {
        self.rows.insert(id.to_owned(), row);
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.rows.contains_key(id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.rows.remove(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.rows.iter().map(|(id, row)| (id.as_str(), row))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut T)> {
        self.rows.iter_mut().map(|(id, row)| (id.as_str(), row))
    }
}

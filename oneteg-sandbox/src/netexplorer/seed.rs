//! The data that a sandbox starts with: the same ids, bytes and dates each time.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::request::Caller;
use super::settings::{ADMINISTRATOR, MEMBER};
use super::state::{FileDates, Group, Store, StoredContent, Tag, TagCategory, User};

/// The id of the seed's folder that only the administrator may see. Others get 403 for it and for everything
/// in it.
pub const RESTRICTED_FOLDER: u64 = 7;

/// The folders from id 2 on: parent and name. Folder 1 is the root.
const FOLDERS: &[(u64, &str)] = &[
    (1, "Projets"),
    (2, "Catalogue"),
    (2, "Campagne d'été"),
    (1, "Archives"),
    (5, "2022"),
    (1, "Direction"),
];

/// The files from version 1001 on: folder, name, and length in bytes.
const FILES: &[(u64, &str, usize)] = &[
    (2, "Lisez-moi.txt", 420),
    (3, "Lampe de bureau.txt", 1_300),
    (3, "Fauteuil.txt", 2_048),
    (3, "Tabouret.csv", 777),
    (4, "Affiche.svg", 5_000),
    (4, "Bannière.svg", 12_345),
    (6, "Bilan 2022.csv", 65_536),
    (7, "Salaires.csv", 900),
];

/// Fills an empty store.
pub(crate) fn fill(store: &mut Store) {
    let caller = Caller { user: ADMINISTRATOR, admin: true };
    for (parent, name) in FOLDERS {
        let now = store.advance_clock();
        // Cannot fail, because the names are valid and distinct: see the test.
        let _ = store.tree.add_folder(*parent, name, ADMINISTRATOR, now);
    }
    if let Ok(folder) = store.tree.visible_folder_mut(RESTRICTED_FOLDER, caller) {
        folder.only_for = Some(BTreeSet::from([ADMINISTRATOR]));
    }
    for (index, (folder, name, length)) in FILES.iter().enumerate() {
        let now = store.advance_clock();
        let content = StoredContent::new(file_bytes(index, *length));
        let _ =
            store.tree.place_content(*folder, name, content, FileDates::default(), (caller, now));
    }
    let mut reader = User::new("bo", "Bo", "Ferreira", false);
    reader.roots = vec![1];
    let reader = store.users.add(|_| reader);
    for (name, ldap) in [("Marketing", false), ("Annuaire", true)] {
        let members = BTreeSet::from([MEMBER, reader]);
        store.groups.add(|_| Group { name: name.into(), members, ldap });
    }
    let category = store.tag_categories.add(|_| TagCategory::named("Statut"));
    for (name, color) in [("Brouillon", "orange"), ("Validé", "green")] {
        store.tags.add(|_| Tag {
            name: name.into(),
            color: color.into(),
            category,
            private: false,
            owner: ADMINISTRATOR,
        });
    }
}

/// Lines of text that differ from those of every other file.
fn file_bytes(index: usize, length: usize) -> Bytes {
    let line = |n: usize| format!("fichier {index}, ligne {n}\n").into_bytes();
    (0..).flat_map(line).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netexplorer::settings::NetexplorerSettings;

    #[test]
    fn the_seed_is_complete() {
        let mut store = Store::empty(&NetexplorerSettings::default());
        fill(&mut store);
        let names = |id| store.tree.folders.get(id).map(|folder| folder.name.as_str());
        assert_eq!(names(RESTRICTED_FOLDER), Some("Direction"));
        for (index, (parent, name)) in FOLDERS.iter().enumerate() {
            assert_eq!(names(index as u64 + 2), Some(*name));
            assert!(store.tree.child(*parent, name).is_some());
        }
        for (index, (_, name, length)) in FILES.iter().enumerate() {
            let found = store.tree.version(index as u64 + 1001).unwrap();
            assert_eq!(found.file.name, *name);
            assert_eq!(found.version.content.bytes.len(), *length);
        }
    }
}

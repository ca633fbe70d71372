//! The seed: what a stand-in starts with. Ids, bytes and dates are the same each time.

mod patterns;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use self::patterns::Pattern;
use super::state::{
    Asset, Attribute, Collection, GeneratedAssets, Group, ROOT_FOLDER, Role, Store, StoredFile,
    User, View,
};
use crate::common::pictures::PictureSize;
use crate::error::SandboxError;

/// The id of the seed's asset that the caller may not see: reading or changing it fails with code 3004.
pub const RESTRICTED_ASSET: u64 = 214;

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

/// A picture of the seed.
struct Picture {
    name: &'static str,
    /// The path of the folder that it is in.
    folder: &'static str,
    pattern: Pattern,
    width: u32,
    height: u32,
    photographer: &'static str,
    status: &'static str,
    tags: &'static [&'static str],
    year: &'static str,
}

const fn picture(
    name: &'static str,
    folder: &'static str,
    pattern: Pattern,
    (width, height): (u32, u32),
    (photographer, status, year): (&'static str, &'static str, &'static str),
    tags: &'static [&'static str],
) -> Picture {
    Picture { name, folder, pattern, width, height, photographer, status, tags, year }
}

const SPRING: &str = "Campaigns/Spring";
const AUTUMN: &str = "Campaigns/Autumn";
const LAMPS: &str = "Products/Lamps";
const CHAIRS: &str = "Products/Chairs";

/// The pictures, from id 201. They are small so that a sandbox starts fast even in a debug build; only the
/// first is larger than a preview.
#[rustfmt::skip]
const PICTURES: &[Picture] = &[
    picture("Spring banner", SPRING, Pattern::Diagonal, (600, 200), ("Ada Lindqvist", "Approved", "2023"), &["banner", "spring"]),
    picture("Spring poster", SPRING, Pattern::Rings, (300, 400), ("Ada Lindqvist", "Draft", "2023"), &["poster", "spring"]),
    picture("Spring tile", SPRING, Pattern::Checks, (64, 64), ("Bo Ferreira", "Approved", "2023"), &["spring"]),
    picture("Autumn banner", AUTUMN, Pattern::Diagonal, (450, 150), ("Bo Ferreira", "Approved", "2022"), &["autumn", "banner"]),
    picture("Autumn poster", AUTUMN, Pattern::Rings, (180, 240), ("Chidi Okafor", "Draft", "2022"), &["autumn", "poster"]),
    picture("Desk lamp", LAMPS, Pattern::Horizontal, (240, 180), ("Chidi Okafor", "Approved", "2021"), &["lamp", "product"]),
    picture("Floor lamp", LAMPS, Pattern::Vertical, (120, 160), ("Chidi Okafor", "Approved", "2021"), &["lamp", "product"]),
    picture("Wall lamp", LAMPS, Pattern::Horizontal, (160, 120), ("Ada Lindqvist", "Draft", "2022"), &["lamp", "product"]),
    picture("Armchair", CHAIRS, Pattern::Checks, (240, 320), ("Bo Ferreira", "Approved", "2020"), &["chair", "product"]),
    picture("Stool", CHAIRS, Pattern::Vertical, (160, 160), ("", "Draft", "2020"), &["chair", "product"]),
    picture("Logo", "Products", Pattern::Disc, (192, 192), ("", "Approved", "2019"), &["logo"]),
    picture("Logo small", "Products", Pattern::Disc, (32, 32), ("", "Approved", "2019"), &["logo"]),
];

/// The ids of the seed's attributes.
struct AttributeIds {
    description: u64,
    photographer: u64,
    status: u64,
    tags: u64,
    year: u64,
}

/// Fills an empty store.
pub(super) fn fill(store: &mut Store) -> Result<(), SandboxError> {
    add_folders(store);
    let attributes = add_attributes(store);
    let pictures = PICTURES
        .iter()
        .map(|picture| add_picture(store, picture, &attributes))
        .collect::<Result<Vec<_>, _>>()?;
    add_document(store, &attributes);
    add_restricted(store);
    relate_pictures(store, &pictures);
    add_view(store, &pictures)?;
    add_people(store);
    add_collections(store, &pictures);
    Ok(())
}

fn add_folders(store: &mut Store) {
    for (name, description, below) in [
        ("Campaigns", "Pictures by season", &["Spring", "Autumn"][..]),
        ("Products", "Pictures by kind of product", &["Lamps", "Chairs"]),
        ("Archive", "Nothing yet", &[]),
    ] {
        let folder = store.add_folder(ROOT_FOLDER, name, description);
        for name in below {
            store.add_folder(folder, name, "");
        }
    }
}

fn add_attributes(store: &mut Store) -> AttributeIds {
    let mut add = |label: &str, kind, vocabulary: &[&str]| {
        store.attributes.add(|_| Attribute {
            label: label.into(),
            kind,
            vocabulary: vocabulary.iter().map(|value| (*value).to_owned()).collect(),
        })
    };
    AttributeIds {
        description: add("Description", "text area", &[]),
        photographer: add("Photographer", "text", &[]),
        status: add("Status", "pulldown", &["Approved", "Draft", "Retired"]),
        tags: add("Tags", "tag", &[]),
        year: add("Year", "number", &[]),
    }
}

fn add_asset(store: &mut Store, name: &str, folder: u64, file: StoredFile) -> u64 {
    let now = store.tick();
    store.assets.add(|id| Asset {
        name: name.to_owned(),
        file: Arc::new(file),
        earlier: Vec::new(),
        creation_date: now - DAY * i64::try_from(id % 100).unwrap_or(0),
        import_date: now,
        mod_date: now,
        attributes: BTreeMap::new(),
        folders: BTreeSet::from([folder]),
        views: Vec::new(),
        related: Vec::new(),
        restricted: false,
    })
}

fn add_picture(
    store: &mut Store,
    picture: &Picture,
    attributes: &AttributeIds,
) -> Result<u64, SandboxError> {
    let size = PictureSize { width: picture.width, height: picture.height };
    let file_name = format!("{}.png", picture.name.to_lowercase().replace(' ', "-"));
    let file = StoredFile::new(file_name, draw(picture.pattern, size)?);
    let folder = store.folder_at(picture.folder.split('/')).unwrap_or(ROOT_FOLDER);
    let id = add_asset(store, picture.name, folder, file);
    if let Some(asset) = store.assets.get_mut(id) {
        for (attribute, value) in [
            (attributes.description, format!("{}, a generated picture", picture.name).as_str()),
            (attributes.photographer, picture.photographer),
            (attributes.status, picture.status),
            (attributes.year, picture.year),
        ] {
            if !value.is_empty() {
                asset.attributes.insert(attribute, vec![value.to_owned()]);
            }
        }
        let tags = picture.tags.iter().map(|tag| (*tag).to_owned()).collect();
        asset.attributes.insert(attributes.tags, tags);
    }
    Ok(id)
}

/// The pictures drawn so far. They are the same in every sandbox, and a test program may start hundreds.
static DRAWN: Mutex<BTreeMap<(Pattern, u32, u32), Bytes>> = Mutex::new(BTreeMap::new());

fn draw(pattern: Pattern, size: PictureSize) -> Result<Bytes, SandboxError> {
    let mut drawn = DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (pattern, size.width, size.height);
    if let Some(bytes) = drawn.get(&key) {
        return Ok(bytes.clone());
    }
    let bytes = pattern.png(size).map_err(|error| SandboxError::Seed(error.to_string()))?;
    let bytes = Bytes::from(bytes);
    drawn.insert(key, bytes.clone());
    Ok(bytes)
}

/// A file that is not a picture: it has no size in pixels and no proxies.
fn add_document(store: &mut Store, attributes: &AttributeIds) {
    let body = "Campaign brief\n\nTwo seasons, one banner and one poster each.\n";
    let folder = store.folder_at(["Campaigns"]).unwrap_or(ROOT_FOLDER);
    let file = StoredFile::new("campaign-brief.txt", Bytes::from_static(body.as_bytes()));
    let id = add_asset(store, "Campaign brief", folder, file);
    if let Some(asset) = store.assets.get_mut(id) {
        asset.attributes.insert(attributes.status, vec!["Draft".into()]);
    }
}

fn add_restricted(store: &mut Store) {
    let folder = store.folder_at(["Campaigns"]).unwrap_or(ROOT_FOLDER);
    let file = StoredFile::new("secret.txt", Bytes::from_static(b"Not for everybody.\n"));
    let id = add_asset(store, "Restricted", folder, file);
    if let Some(asset) = store.assets.get_mut(id) {
        asset.restricted = true;
    }
}

/// The spring banner and poster are related, and so are the two logos.
fn relate_pictures(store: &mut Store, pictures: &[u64]) {
    for (one, other) in [(0, 1), (1, 0), (10, 11), (11, 10)] {
        let (Some(one), Some(other)) = (pictures.get(one), pictures.get(other)) else { continue };
        if let Some(asset) = store.assets.get_mut(*one) {
            asset.related.push(*other);
        }
    }
}

fn add_view(store: &mut Store, pictures: &[u64]) -> Result<(), SandboxError> {
    let Some(&id) = pictures.first() else { return Ok(()) };
    let bytes = draw(Pattern::Horizontal, PictureSize { width: 200, height: 200 })?;
    let view = store.views.add(|_| View {
        asset: id,
        name: "Square".into(),
        description: "Cut for social media".into(),
        file: Arc::new(StoredFile::new("spring-banner-square.png", bytes)),
    });
    if let Some(asset) = store.assets.get_mut(id) {
        asset.views.push(view);
    }
    Ok(())
}

/// Adds generated assets, in a separate folder.
pub(super) fn add_generated(store: &mut Store, count: u64) -> Result<(), SandboxError> {
    let folder = store.add_folder(ROOT_FOLDER, "Generated", "");
    let bytes = draw(Pattern::Rings, PictureSize { width: 48, height: 32 })?;
    let template = Asset {
        name: String::new(),
        file: Arc::new(StoredFile::new("generated.png", bytes)),
        earlier: Vec::new(),
        creation_date: 0,
        import_date: 0,
        mod_date: 0,
        attributes: BTreeMap::new(),
        folders: BTreeSet::from([folder]),
        views: Vec::new(),
        related: Vec::new(),
        restricted: false,
    };
    store.generated = Some(GeneratedAssets::new(count, template));
    Ok(())
}

fn add_people(store: &mut Store) {
    let caller = store.caller;
    let ada = store.users.add(|_| User { name: "Ada Lindqvist".into(), level: 4 });
    let bo = store.users.add(|_| User { name: "Bo Ferreira".into(), level: 2 });
    for (name, users) in [("Everybody", vec![caller, ada, bo]), ("Marketing", vec![caller, ada])] {
        store.groups.add(|_| Group { name: name.into(), users: BTreeSet::from_iter(users) });
    }
}

/// Two collections that the caller can read, and one that belongs to another user alone.
fn add_collections(store: &mut Store, pictures: &[u64]) {
    let caller = store.caller;
    let ada = caller + 1;
    for (title, members, permissions) in [
        ("Website", &[10, 0, 3][..], vec![(caller, Role::Owner), (ada, Role::Viewer)]),
        ("Lamps", &[5, 6, 7], vec![(caller, Role::Viewer), (ada, Role::Owner)]),
        ("Ada's drafts", &[1], vec![(ada, Role::Owner)]),
    ] {
        let assets = members.iter().filter_map(|index| pictures.get(*index).copied()).collect();
        let permissions = permissions.into_iter().collect();
        store.collections.add(|_| Collection { title: title.into(), assets, permissions });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded() -> Store {
        let mut store = Store::empty();
        fill(&mut store).unwrap();
        store
    }

    #[test]
    fn the_restricted_asset_has_the_published_id_and_is_the_only_one() {
        let store = seeded();
        let restricted: Vec<_> =
            store.assets.iter().filter(|(_, asset)| asset.restricted).map(|(id, _)| id).collect();
        assert_eq!(restricted, [RESTRICTED_ASSET]);
    }

    #[test]
    fn every_picture_found_its_folder_and_is_unique() {
        let store = seeded();
        let mut checksums = BTreeSet::new();
        for (id, asset) in store.assets.iter() {
            assert!(!asset.folders.contains(&ROOT_FOLDER), "{id} fell back to the root");
            assert!(checksums.insert(asset.file.checksum.clone()), "{id} looks like another");
        }
    }
}

//! The seed: what a stand-in starts with. Ids, bytes and dates are the same each time.

use super::state::{
    Asset, Attribute, AttributeGroup, Autotag, Blob, Category, KeywordGroup, MediaFile, Person,
    ROOT_CATEGORY, Store, Upload, User, kinds, uuid,
};
use crate::common::pictures::{PictureSize, encode_indexed};
use crate::error::SandboxError;

/// The id of the seed's asset that the caller may not see.
pub const RESTRICTED_ASSET: &str = "a55e7000-0000-4000-8000-000000000009";

/// The pictures: file name, title, width and height in pixels, and keyword.
const PICTURES: [(&str, &str, u32, u32, &str); 6] = [
    ("red-shoe.png", "Red shoe", 400, 300, "shoe"),
    ("blue-shoe.png", "Blue shoe", 300, 400, "shoe"),
    ("green-bag.png", "Green bag", 160, 160, "bag"),
    ("harbour.png", "Harbour at dawn", 480, 270, "place"),
    ("mountain.png", "Mountain", 360, 240, "place"),
    ("logo.png", "Logo", 200, 100, "brand"),
];

/// Fills an empty store: categories, attributes, users, pictures, a plain file, a table and a restricted asset.
pub(crate) fn fill(store: &mut Store) -> Result<(), SandboxError> {
    let members = uuid(kinds::GROUP, 2);
    store.users.add(User::new("viewer", "Vera", "Member", &members));
    store.users.add(User::new("editor", "Edwin", "Member", &members));
    let root = ROOT_CATEGORY.to_owned();
    let products = store.categories.add(Category::new("Products", Some(root.clone())));
    let shoes = store.categories.add(Category::new("Shoes", Some(products.clone())));
    let places = store.categories.add(Category::new("Places", Some(root)));
    let photographer = add_attribute(store, "Photographer", "Text");
    let usage = add_attribute(store, "Usage Rights", "List");
    add_attribute(store, "Review", "Status");
    store.attribute_groups.add(AttributeGroup {
        name: "Credits".into(),
        description: "Who made a picture, and who may use it".into(),
        attributes: vec![photographer.clone(), usage.clone()],
    });

    for (name, title, width, height, keyword) in PICTURES {
        let size = PictureSize { width, height };
        let bytes = gradient(size).map_err(|error| SandboxError::Seed(error.to_string()))?;
        let category = match keyword {
            "shoe" => &shoes,
            "place" => &places,
            _ => &products,
        };
        add_asset(store, name, title, bytes, |asset| {
            asset.categories.push(category.clone());
            asset.add_keywords(&[keyword.to_owned()]);
            asset.autotags = vec![Autotag {
                id: format!("tag-{keyword}"),
                name: format!("{keyword} (found)"),
                confidence: 0.875,
            }];
            asset.attributes.insert(photographer.clone(), format!("{title} Studio"));
            if keyword == "shoe" {
                asset.attributes.insert(usage.clone(), "Web".into());
            }
        });
        store.extend_vocabulary(&[keyword.to_owned()]);
    }
    let subjects = KeywordGroup { name: "Subjects".into(), parent: None };
    let subjects = store.keyword_groups.add(subjects);
    for (_, keyword) in store.keywords.iter_mut() {
        keyword.group = (keyword.name != "brand").then(|| subjects.clone());
    }
    let shows = |n| vec![uuid(kinds::ASSET, n)];
    store.persons.add(Person { name: Some("Mia Model".into()), assets: shows(1) });
    store.persons.add(Person { name: None, assets: shows(4) });
    let in_products = |asset: &mut Asset| asset.categories.push(products.clone());
    add_asset(store, "read-me.txt", "Read me", b"Nothing is kept.\n".to_vec(), in_products);
    let table = b"name;price\nRed shoe;49\n".to_vec();
    add_asset(store, "prices.csv", "Price list", table, in_products);
    add_asset(store, "contract.pdf", "Contract", b"secret".to_vec(), |asset| {
        asset.restricted = true;
    });
    Ok(())
}

fn add_attribute(store: &mut Store, name: &str, kind: &str) -> String {
    let attribute = Attribute { name: name.into(), kind: kind.into(), ..Attribute::default() };
    store.attributes.add(attribute)
}

/// Adds an asset that is ready. `describe` sets its metadata.
fn add_asset(
    store: &mut Store,
    name: &str,
    title: &str,
    bytes: Vec<u8>,
    describe: impl FnOnce(&mut Asset),
) {
    let id = store.uploads.next_id();
    let blob_name = format!("assets/{}", Upload::new_upload_name(&id, name));
    let etag = store.blobs.next_etag();
    let blob = store.blobs.put(&blob_name, Blob::from_bytes(bytes, etag));
    let at = store.tick();
    let file = MediaFile::new(store.next_file_id(), name, &blob_name, blob, at);
    let mut asset = Asset::new(id.clone(), file, title.to_owned(), at);
    describe(&mut asset);
    store.assets.insert(&id, asset);
}

/// A gradient as PNG.
fn gradient(size: PictureSize) -> Result<Vec<u8>, png::EncodingError> {
    let PictureSize { width, height } = size;
    let palette: Vec<u8> = (0..=255).flat_map(|step| [step, 255 - step, step / 2]).collect();
    let steps = u64::from(width + height).max(1);
    let index = |x: u32, y: u32| u8::try_from(u64::from(x + y) * 255 / steps).unwrap_or(u8::MAX);
    let indices: Vec<u8> = (0..height).flat_map(|y| (0..width).map(move |x| index(x, y))).collect();
    encode_indexed(size, &palette, None, &indices)
}

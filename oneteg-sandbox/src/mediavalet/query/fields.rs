//! The values of an asset by the names that searches and filters have for them.

use super::super::render;
use super::super::state::{Asset, Store};

/// The fields that a search can look at.
const SEARCHED: [&str; 15] = [
    "title",
    "description",
    "filename",
    "keywords",
    "comments",
    "attributes",
    "category",
    "categories",
    "categoryids",
    "cognitivetextinimage",
    "alttext",
    "categorynames",
    "categoryancestornames",
    "videointelligence",
    "facerecognition",
];

pub(super) fn is_searched(name: &str) -> bool {
    SEARCHED.contains(&name) || name.starts_with("cognitive")
}

/// The texts that a search looks at: of the fields named, else of all.
pub(super) fn searched(store: &Store, asset: &Asset, names: &[String]) -> Vec<String> {
    let all: Vec<String>;
    let names = if names.is_empty() {
        all = SEARCHED.iter().map(|name| (*name).to_owned()).collect();
        &all
    } else {
        names
    };
    names.iter().flat_map(|name| texts(store, asset, name)).collect()
}

fn texts(store: &Store, asset: &Asset, name: &str) -> Vec<String> {
    match name {
        "title" => vec![asset.title.clone()],
        "description" => vec![asset.description.clone()],
        "alttext" => vec![asset.alt_text.clone()],
        "filename" => vec![asset.file().name.clone()],
        "keywords" => asset.keywords.clone(),
        "comments" => asset.comments.iter().map(|comment| comment.text.clone()).collect(),
        "attributes" => asset.attributes.values().cloned().collect(),
        "categoryids" => asset.categories.clone(),
        "category" | "categories" | "categorynames" => names(store, &asset.categories),
        "categoryancestornames" => {
            let ancestors = asset.categories.iter().flat_map(|id| store.ancestors(id));
            names(store, &ancestors.collect::<Vec<_>>())
        }
        // There is no cognitive service here.
        _ => Vec::new(),
    }
}

fn names(store: &Store, categories: &[String]) -> Vec<String> {
    let found = categories.iter().filter_map(|id| store.categories.get(id));
    found.map(|category| category.name.clone()).collect()
}

/// Whether a filter may have this name: a documented one, or an attribute.
pub(super) fn is_filtered(store: &Store, name: &str) -> bool {
    const NAMES: [&str; 19] = [
        "assettype",
        "averagerating",
        "cognitivecolor",
        "cognitivetextinimage",
        "createdby",
        "dateapproved",
        "datecheckedout",
        "datependingapproval",
        "daterejected",
        "dateuploaded",
        "dateexpired",
        "datesoftdeleted",
        "file extension",
        "fileextension",
        "status",
        "categoryids",
        "categoryancestorids",
        "lightboxids",
        "keywords",
    ];
    NAMES.contains(&name.to_lowercase().as_str()) || store.attribute_named(name).is_some()
}

/// The values that a filter compares; none for what the asset does not have.
pub(super) fn filtered(store: &Store, asset: &Asset, name: &str) -> Vec<String> {
    let date = |moment: Option<i64>| moment.map(render::date).into_iter().collect();
    match name.to_lowercase().as_str() {
        "assettype" => vec![asset.file().kind().to_owned()],
        "averagerating" => asset.rating.map(|rating| rating.to_string()).into_iter().collect(),
        "createdby" => vec![store.caller_name().to_owned()],
        "datecheckedout" => date(asset.checked_out.as_ref().map(|out| out.at)),
        "dateapproved" => date((asset.status == 0).then_some(asset.created)),
        "dateuploaded" => date(Some(asset.file().uploaded)),
        "datesoftdeleted" => date(asset.soft_deleted),
        "file extension" | "fileextension" => vec![asset.file().extension()],
        "status" => vec![asset.shown_status().to_string()],
        "keywords" => asset.keywords.clone(),
        "categoryids" => asset.categories.clone(),
        "categoryancestorids" => {
            asset.categories.iter().flat_map(|id| store.ancestors(id)).collect()
        }
        "lightboxids" => store.lightboxes_of(asset),
        _ => store
            .attribute_named(name)
            .and_then(|id| asset.attributes.get(id))
            .cloned()
            .into_iter()
            .collect(),
    }
}

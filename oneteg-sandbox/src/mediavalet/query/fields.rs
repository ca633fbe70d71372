//! The values of an asset, by the names that searches and filters use.

use crate::mediavalet::render;
use crate::mediavalet::state::{Asset, Store};

/// The fields that a search can cover.
const SEARCH_FIELDS: [&str; 15] = [
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

pub(super) fn is_search_field(name: &str) -> bool {
    SEARCH_FIELDS.contains(&name) || name.starts_with("cognitive")
}

/// The values that a search covers: those of the named fields, or of all fields.
pub(super) fn search_values(store: &Store, asset: &Asset, names: &[String]) -> Vec<String> {
    let all: Vec<String>;
    let names = if names.is_empty() {
        all = SEARCH_FIELDS.iter().map(|name| (*name).to_owned()).collect();
        &all
    } else {
        names
    };
    names.iter().flat_map(|name| field_values(store, asset, name)).collect()
}

fn field_values(store: &Store, asset: &Asset, name: &str) -> Vec<String> {
    match name {
        "title" => vec![asset.title.clone()],
        "description" => vec![asset.description.clone()],
        "alttext" => vec![asset.alt_text.clone()],
        "filename" => vec![asset.file().name.clone()],
        "keywords" => asset.keywords.clone(),
        "comments" => asset.comments.iter().map(|comment| comment.text.clone()).collect(),
        "attributes" => asset.attributes.values().cloned().collect(),
        "categoryids" => asset.categories.clone(),
        "category" | "categories" | "categorynames" => category_names(store, &asset.categories),
        "categoryancestornames" => {
            let ancestors = asset.categories.iter().flat_map(|id| store.ancestors(id));
            category_names(store, &ancestors.collect::<Vec<_>>())
        }
        // The sandbox has no cognitive services.
        _ => Vec::new(),
    }
}

fn category_names(store: &Store, categories: &[String]) -> Vec<String> {
    let found = categories.iter().filter_map(|id| store.categories.get(id));
    found.map(|category| category.name.clone()).collect()
}

/// Whether a filter may use this name: a documented one, or that of an attribute.
pub(super) fn is_filter_name(store: &Store, name: &str) -> bool {
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
    NAMES.contains(&name.to_lowercase().as_str()) || store.lookup_attribute(name).is_some()
}

/// The values that a filter compares; none if the asset does not have the property.
pub(super) fn filter_values(store: &Store, asset: &Asset, name: &str) -> Vec<String> {
    let date = |moment: Option<i64>| moment.map(render::date).into_iter().collect();
    match name.to_lowercase().as_str() {
        "assettype" => vec![asset.file().asset_type().to_owned()],
        "averagerating" => asset.rating.map(|rating| rating.to_string()).into_iter().collect(),
        "createdby" => vec![store.caller_name().to_owned()],
        "datecheckedout" => date(asset.checked_out.as_ref().map(|out| out.at)),
        "dateapproved" => date((asset.status == 0).then_some(asset.created)),
        "dateuploaded" => date(Some(asset.file().uploaded)),
        "datesoftdeleted" => date(asset.soft_deleted),
        "file extension" | "fileextension" => vec![asset.file().extension()],
        "status" => vec![asset.effective_status().to_string()],
        "keywords" => asset.keywords.clone(),
        "categoryids" => asset.categories.clone(),
        "categoryancestorids" => {
            asset.categories.iter().flat_map(|id| store.ancestors(id)).collect()
        }
        "lightboxids" => store.lightboxes_with(asset),
        _ => store
            .lookup_attribute(name)
            .and_then(|id| asset.attributes.get(id))
            .cloned()
            .into_iter()
            .collect(),
    }
}

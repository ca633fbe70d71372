//! Direct links: made, listed, switched off and on. Nothing is behind their addresses.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::render;
use super::super::state::{Asset, DirectLink, Store};

/// The sizes of pictures, the sizes of videos, and the formats of each kind of asset. What is neither picture,
/// video nor sound counts as a document.
const IMAGE_SIZES: [&str; 9] = [
    "XLarge",
    "Widescreen",
    "Fullscreen",
    "Large",
    "Medium",
    "Small",
    "Thumbnail",
    "Original",
    "Custom",
];
const VIDEO_SIZES: [&str; 6] =
    ["Widescreen360p", "Widescreen480p", "Widescreen720p", "Widescreen1080p", "Original", "Custom"];
const IMAGE_FORMATS: [&str; 5] = ["GIF", "JPG", "PDF", "PNG", "TIFF"];
const VIDEO_FORMATS: [&str; 7] = ["AVI", "FLV", "MKV", "MOV", "MPEG", "MP4", "WMV"];
const AUDIO_FORMATS: [&str; 3] = ["MP3", "MP4", "MWA"];
const DOCUMENT_FORMATS: [&str; 1] = ["PDF"];

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wanted {
    rendition_settings: RenditionSettings,
    link_settings: LinkSettings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct RenditionSettings {
    size: Size,
    format: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Size {
    r#type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct LinkSettings {
    link_name: Option<String>,
    is_unique_link: bool,
}

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let asset = call.id("assetId");
    store.asset(&asset, call.version)?;
    let links = store.direct_links.iter().filter(|(_, link)| link.asset == asset);
    call.list(links.map(|(id, link)| render::direct_link(store, id, link, call)).collect())
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("assetId");
    let asset = store.asset(&id, call.version)?;
    let wanted: Wanted = call.json()?;
    check(asset, &wanted.rendition_settings)?;
    let name = wanted.link_settings.link_name.unwrap_or_default();
    let taken = |(_, link): (&str, &DirectLink)| link.name.eq_ignore_ascii_case(&name);
    if wanted.link_settings.is_unique_link && store.direct_links.iter().any(taken) {
        return Err(Failure::new(StatusCode::CONFLICT, "There is a link of this name"));
    }
    let created = store.tick();
    let link = DirectLink { asset: id, name, active: true, created };
    let id = store.direct_links.add(link);
    shown(store, &id, call)
}

pub(crate) fn activate(store: &mut Store, call: &Call) -> Outcome {
    switch(store, call, true)
}

pub(crate) fn deactivate(store: &mut Store, call: &Call) -> Outcome {
    switch(store, call, false)
}

fn switch(store: &mut Store, call: &Call, active: bool) -> Outcome {
    let (id, asset) = (call.id("directLinkId"), call.id("assetId"));
    let found = store.direct_links.get_mut(&id).filter(|link| link.asset == asset);
    found.ok_or_else(|| Failure::missing("direct link", &id))?.active = active;
    shown(store, &id, call)
}

fn shown(store: &Store, id: &str, call: &Call) -> Outcome {
    let link: Option<Value> =
        store.direct_links.get(id).map(|link| render::direct_link(store, id, link, call));
    let link = link.ok_or_else(|| Failure::missing("direct link", id))?;
    Ok(Answer::new(StatusCode::CREATED, link))
}

fn check(asset: &Asset, wanted: &RenditionSettings) -> Result<(), Failure> {
    let (sizes, formats): (&[&str], &[&str]) = match asset.file().kind() {
        "Image" => (&IMAGE_SIZES, &IMAGE_FORMATS),
        "Video" => (&VIDEO_SIZES, &VIDEO_FORMATS),
        "Audio" => (&[], &AUDIO_FORMATS),
        _ => (&[], &DOCUMENT_FORMATS),
    };
    let refused = |what: &str, given: &str| {
        let kind = asset.file().kind();
        Err(Failure::bad_request(format!(
            "There is no {what} {given:?} for assets of the type {kind}"
        )))
    };
    if let Some(format) = &wanted.format
        && !formats.contains(&format.as_str())
    {
        return refused("format", format);
    }
    match wanted.size.r#type.as_deref() {
        Some(size) if !sizes.contains(&size) => refused("size", size),
        Some("Custom") if wanted.size.width.is_none() || wanted.size.height.is_none() => {
            Err(Failure::bad_request("The size \"Custom\" needs `Width` and `Height`"))
        }
        _ => Ok(()),
    }
}

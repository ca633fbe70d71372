//! Smaller pictures of assets, and their kinds.

use serde_json::{Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::blobs::Permissions;
use super::super::call::Call;
use super::super::state::{Rendition, Store};

pub(crate) fn kinds(_: &mut Store, call: &Call) -> Outcome {
    let shown = |kind: Rendition| {
        json!({
            "renditionKindId": kind.id(), "code": kind as u32, "name": kind.name(),
            "description": format!("At most {} pixels", kind.longest_edge()), "isDefault": false,
            "mimeType": "image/png", "targetFileExtension": "png",
            "width": kind.longest_edge(), "height": kind.longest_edge(),
        })
    };
    call.list(Rendition::ALL.into_iter().map(shown).collect())
}

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let shown = |kind: Rendition| -> Option<Value> {
        let size = asset.file().picture?.within(kind.longest_edge());
        Some(json!({
            "id": kind.id(), "renditionTypeId": kind.id(), "width": size.width, "height": size.height,
            "mimeType": "image/png", "watermarked": false,
        }))
    };
    call.list(Rendition::ALL.into_iter().filter_map(shown).collect())
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    let asset = store.asset(&call.id("assetId"), call.version)?;
    let wanted = call.id("renditionKindId");
    let kind = Rendition::ALL.into_iter().find(|kind| kind.id() == wanted);
    let file = asset.file();
    let name = kind.and_then(|kind| file.rendition(kind));
    let name = name.ok_or_else(|| Failure::missing("rendition", &wanted))?;
    let thumb = file.rendition(Rendition::Thumb);
    let link = |name: &str| call.links.to(name, Permissions::Read);
    Ok(Answer::ok(json!({
        "renditionUrl": link(&name),
        "thumbnailUrl": thumb.map(|name| link(&name)),
        "sasExpiry": call.links.milliseconds(),
        "sasRenewal": 0,
    })))
}

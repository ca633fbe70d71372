//! Templates for new files. How a template gets its content is not known: in the sandbox, it is empty.

use serde_json::{Value, json};

use super::downloads;
use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, date};
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{FileTemplate, Store};

fn render(id: u64, template: &FileTemplate) -> Value {
    let mut object = json!({
        "id": id,
        "guid": template.guid,
        "name": template.name,
        "description": template.description,
        "parent_id": template.folder,
        "date": date(template.date),
    });
    if let (Some(kind), Value::Object(members)) =
        (render::preview_kind(&template.name), &mut object)
    {
        members.insert("file_type".into(), kind.into());
    }
    object
}

fn lookup(store: &Store, id: u64) -> Result<&FileTemplate, ApiError> {
    store.file_templates.get(id).ok_or_else(ApiError::not_found)
}

fn apply_fields(
    store: &Store,
    request: &ApiRequest,
    template: &mut FileTemplate,
) -> Result<(), ApiError> {
    let fields = &request.fields;
    for (name, member) in [("name", &mut template.name), ("description", &mut template.description)]
    {
        if let Some(value) = fields.string(name)? {
            value.clone_into(member);
        }
    }
    template.folder = fields.id("parent_id")?.unwrap_or(template.folder);
    store.tree.visible_folder(template.folder, request.caller)?;
    if template.name.trim().is_empty() { Err(ApiError::invalid_name()) } else { Ok(()) }
}

/// The folder of the templates by default: the first root.
fn default_folder(store: &Store) -> Result<u64, ApiError> {
    store.tree.roots().next().ok_or_else(ApiError::not_found)
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let mut template = FileTemplate {
        guid: String::new(),
        name: String::new(),
        description: String::new(),
        folder: default_folder(store)?,
        date: store.now(),
    };
    apply_fields(store, request, &mut template)?;
    template.date = store.advance_clock();
    template.guid = store.unique_name("template");
    let id = store.file_templates.add(|_| template.clone());
    ApiResponse::ok(render(id, &template))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let id = request.path_id("templateId")?;
    let mut template = lookup(store, id)?.clone();
    apply_fields(store, request, &mut template)?;
    template.date = store.advance_clock();
    let rendered = render(id, &template);
    store.file_templates.insert(id, template);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let id = request.path_id("templateId")?;
    lookup(store, id)?;
    store.file_templates.remove(id);
    Ok(ApiResponse::Empty)
}

pub(crate) fn of_folder(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let templates = store.file_templates.iter().filter(|(_, template)| template.folder == folder);
    ApiResponse::list(templates.map(|(id, template)| render(id, template)))
}

pub(crate) fn folder(store: &Store, _: &ApiRequest) -> ApiResult {
    ApiResponse::ok(json!({ "folder": default_folder(store)? }))
}

/// A new, empty file. Without a name, it has that of the template.
pub(crate) fn copy(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let fields = &request.fields;
    let member = choices::TEMPLATE_MEMBER.get();
    let template = RequestFields::required(member, fields.id(member)?)?;
    let template = lookup(store, template)?;
    let name = fields.string("name")?.unwrap_or(&template.name).to_owned();
    let parent = fields.id("parent_id")?.unwrap_or(template.folder);
    let modification = fields.date("modification")?;
    store.check_permission(request.caller, parent, "write")?;
    let now = store.advance_clock();
    let id = store.tree.reserve_file(parent, &name, None, (request.caller, now))?;
    if let Some(version) = store.tree.versions.get_mut(id) {
        version.modification = modification.unwrap_or(now);
    }
    let found = store.tree.visible_version(id, request.caller)?;
    ApiResponse::ok(render::file(store, request.caller, found, true))
}

/// A token for the template's content, which no known operation downloads.
pub(crate) fn token(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("id")?;
    lookup(store, id)?;
    downloads::check_purpose(request.path_param("type"))?;
    let token = store.unique_name("template-token");
    ApiResponse::ok(json!({ "token": token }))
}

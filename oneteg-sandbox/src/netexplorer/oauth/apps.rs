//! Applications and their tokens. Only administrators may manage them; users may list and revoke their own
//! tokens.

use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Application, ApplicationKind, Grant, Store};

fn render(id: &str, app: &Application) -> Value {
    json!({
        "client_id": id,
        "name": app.name,
        "description": app.description,
        "editor": app.editor,
        "editor_url": app.editor_url,
        "type": app.kind.type_number(),
    })
}

/// With the secret, which is shown only when it is generated.
fn render_with_secret(id: &str, app: &Application) -> Value {
    let mut value = render(id, app);
    if let Value::Object(members) = &mut value {
        members.insert("client_secret".into(), app.secret.as_str().into());
    }
    value
}

fn apply_fields(app: &mut Application, fields: &RequestFields) -> Result<(), ApiError> {
    let strings = [
        ("name", &mut app.name),
        ("description", &mut app.description),
        ("editor", &mut app.editor),
        ("editor_url", &mut app.editor_url),
    ];
    for (name, member) in strings {
        if let Some(value) = fields.string(name)? {
            value.clone_into(member);
        }
    }
    if let Some(number) = fields.integer("type")? {
        let unknown = || ApiError::bad_request("« type » doit être 0 ou 1");
        app.kind = ApplicationKind::of_type(number).ok_or_else(unknown)?;
    }
    Ok(())
}

/// The application in the path, for administrators.
fn lookup<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> Result<(&'a str, &'a Application), ApiError> {
    request.caller.require_admin()?;
    let found = store.oauth.applications.get_key_value(request.path_param("clientId"));
    found.map(|(id, app)| (id.as_str(), app)).ok_or_else(ApiError::not_found)
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    ApiResponse::list(store.oauth.applications.iter().map(|(id, app)| render(id, app)))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, app) = lookup(store, request)?;
    ApiResponse::ok(render(id, app))
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let name = RequestFields::required("name", request.fields.string("name")?)?;
    let mut app = Application::new(name, ApplicationKind::Client, "");
    apply_fields(&mut app, &request.fields)?;
    let id = store.oauth.unique_name("app");
    app.secret = store.oauth.unique_name("secret");
    let rendered = render_with_secret(&id, &app);
    store.oauth.applications.insert(id, app);
    ApiResponse::ok(rendered)
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, app) = lookup(store, request)?;
    let (id, mut app) = (id.to_owned(), app.clone());
    apply_fields(&mut app, &request.fields)?;
    let rendered = render(&id, &app);
    store.oauth.applications.insert(id, app);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = lookup(store, request)?.0.to_owned();
    store.oauth.applications.remove(&id);
    store.oauth.revoke_application(&id);
    Ok(ApiResponse::Empty)
}

/// Generates a new secret. Existing tokens stay valid.
pub(crate) fn reset(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = lookup(store, request)?.0.to_owned();
    let secret = store.oauth.unique_name("secret");
    let app = store.oauth.applications.get_mut(&id).ok_or_else(ApiError::not_found)?;
    app.secret = secret;
    ApiResponse::ok(render_with_secret(&id, app))
}

/// The valid access tokens whose grant passes the filter.
fn list_tokens(store: &Store, filter: impl Fn(&Grant) -> bool) -> ApiResult {
    let tokens = store.oauth.active_tokens().filter(|(_, grant)| filter(grant));
    ApiResponse::list(tokens.map(|(token, grant)| {
        let (client, user) = (&grant.client_id, grant.user.to_string());
        let mut all =
            json!({ "token": token, "client_id": client, "user_id": user, "scope": grant.scope });
        if let Value::Object(all) = &mut all {
            all.retain(|name, _| choices::TOKEN_MEMBERS.get().contains(name));
        }
        all
    }))
}

pub(crate) fn tokens(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    list_tokens(store, |grant| grant.client_id == id)
}

pub(crate) fn own_tokens(store: &Store, request: &ApiRequest) -> ApiResult {
    list_tokens(store, |grant| grant.user == request.caller.user)
}

/// The path contains the token itself, which may be an access or a refresh token.
pub(crate) fn revoke(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let revoked = store.oauth.revoke(request.path_param("token"), |_| true);
    if revoked { Ok(ApiResponse::Empty) } else { Err(ApiError::not_found()) }
}

pub(crate) fn revoke_own(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let user = request.caller.user;
    let revoked = store.oauth.revoke(request.path_param("token"), |grant| grant.user == user);
    if revoked { Ok(ApiResponse::Empty) } else { Err(ApiError::not_found()) }
}

//! Applications and the tokens that are out: for administrators, except for a user's own tokens.

use serde_json::{Value, json};

use super::{App, AppKind};
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::Store;

fn render(id: &str, app: &App) -> Value {
    json!({
        "client_id": id,
        "name": app.name,
        "description": app.description,
        "editor": app.editor,
        "editor_url": app.editor_url,
        "type": app.kind as i64,
    })
}

/// With the secret, which is shown when it is made and never again.
fn render_with_secret(id: &str, app: &App) -> Value {
    let mut value = render(id, app);
    if let Value::Object(members) = &mut value {
        members.insert("client_secret".into(), app.secret.as_str().into());
    }
    value
}

fn set(app: &mut App, body: &Members) -> Result<(), Failure> {
    let texts = [
        ("name", &mut app.name),
        ("description", &mut app.description),
        ("editor", &mut app.editor),
        ("editor_url", &mut app.editor_url),
    ];
    for (name, member) in texts {
        if let Some(text) = body.text(name)? {
            text.clone_into(member);
        }
    }
    match body.number("type")? {
        None => {}
        Some(0) => app.kind = AppKind::Client,
        Some(1) => app.kind = AppKind::Server,
        Some(_) => return Err(Failure::invalid("« type » doit être 0 ou 1")),
    }
    Ok(())
}

fn known<'a>(store: &'a Store, call: &Call) -> Result<(&'a str, &'a App), Failure> {
    call.caller.must_be_admin()?;
    let found = store.oauth.apps.get_key_value(call.segment("clientId"));
    found.map(|(id, app)| (id.as_str(), app)).ok_or_else(Failure::missing)
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    Answer::list(store.oauth.apps.iter().map(|(id, app)| render(id, app)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, app) = known(store, call)?;
    Answer::ok(render(id, app))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let name = Members::needed("name", call.body.text("name")?)?;
    let mut app = App::named(name, AppKind::Client, "");
    set(&mut app, &call.body)?;
    let id = store.oauth.fresh("app");
    app.secret = store.oauth.fresh("secret");
    let answer = render_with_secret(&id, &app);
    store.oauth.apps.insert(id, app);
    Answer::ok(answer)
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let (id, app) = known(store, call)?;
    let (id, mut app) = (id.to_owned(), app.clone());
    set(&mut app, &call.body)?;
    let answer = render(&id, &app);
    store.oauth.apps.insert(id, app);
    Answer::ok(answer)
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let id = known(store, call)?.0.to_owned();
    store.oauth.apps.remove(&id);
    store.oauth.end_app(&id);
    Ok(Answer::Empty)
}

/// A new secret. The tokens that are out stay good.
pub(crate) fn reset(store: &mut Store, call: &Call) -> Outcome {
    let id = known(store, call)?.0.to_owned();
    let secret = store.oauth.fresh("secret");
    let app = store.oauth.apps.get_mut(&id).ok_or_else(Failure::missing)?;
    app.secret = secret;
    Answer::ok(render_with_secret(&id, app))
}

/// The shape of a token in a list is unknown; this one is the sandbox's own choice.
fn tokens_of(store: &Store, mine: impl Fn(&super::Grant) -> bool) -> Outcome {
    Answer::list(store.oauth.out().filter(|(_, grant)| mine(grant)).map(|(token, grant)| {
        let user = grant.user.to_string();
        json!({ "token": token, "client_id": grant.client, "user_id": user, "scope": grant.scope })
    }))
}

pub(crate) fn tokens(store: &Store, call: &Call) -> Outcome {
    let (id, _) = known(store, call)?;
    tokens_of(store, |grant| grant.client == id)
}

pub(crate) fn own_tokens(store: &Store, call: &Call) -> Outcome {
    tokens_of(store, |grant| grant.user == call.caller.user)
}

/// The path takes the token itself, of either kind.
pub(crate) fn revoke(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let revoked = store.oauth.revoke(call.segment("token"), |_| true);
    if revoked { Ok(Answer::Empty) } else { Err(Failure::missing()) }
}

pub(crate) fn revoke_own(store: &mut Store, call: &Call) -> Outcome {
    let user = call.caller.user;
    let revoked = store.oauth.revoke(call.segment("token"), |grant| grant.user == user);
    if revoked { Ok(Answer::Empty) } else { Err(Failure::missing()) }
}
